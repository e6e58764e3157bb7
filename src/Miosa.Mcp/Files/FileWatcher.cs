using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Miosa.Devices;
using Miosa.Devices.Doors;
using Miosa.Mcp.Events;
using Miosa.Mcp.Sandboxes;

namespace Miosa.Mcp.Files;

/// <summary>
/// Watches `/workspace` of every running sandbox and puts changes into the journal, whoever made them. The watch is
/// also how the host learns that a sandbox's machine ended by itself.
/// </summary>
internal sealed partial class FileWatcher : IHostedService
{
    private const string Watched = "/workspace";
    private const int MostNamed = 100;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private static readonly string[] Ignored = [".git", "node_modules", "__pycache__", ".venv", ".next", "dist", "target"];
    private readonly ConcurrentDictionary<string, Task> _watches = new(StringComparer.Ordinal);
    private readonly SandboxService _sandboxes;
    private readonly LocalEngine _engine;
    private readonly Journal _journal;
    private readonly TimeProvider _time;
    private readonly ILogger<FileWatcher> _logger;

    // Here and not at the start, so that no sandbox is found before there is somebody to be told.
    public FileWatcher(SandboxService sandboxes, LocalEngine engine, Journal journal, IHostApplicationLifetime lifetime, TimeProvider time, ILogger<FileWatcher> logger)
    {
        (_sandboxes, _engine, _journal, _time, _logger) = (sandboxes, engine, journal, time, logger);
        sandboxes.Started += sandbox => Watch(sandbox, lifetime.ApplicationStopping);
    }

    /// <summary>Told when a watch begins: what changed before was seen by nobody.</summary>
    public event Action<SandboxRow>? Began;

    /// <summary>Told what changed, once it is in the journal.</summary>
    public event Action<SandboxRow, FileChanges>? Changed;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private void Watch(SandboxRow sandbox, CancellationToken stoppingToken) =>
        _ = _watches.GetOrAdd(sandbox.Id, _ => Task.Run(() => WatchAsync(sandbox, stoppingToken), CancellationToken.None));

    private async Task WatchAsync(SandboxRow sandbox, CancellationToken stoppingToken)
    {
        try
        {
            var door = _engine.Door(sandbox.Id);
            var budget = new ChangeBudget(_time);
            while (_engine.IsRunning(sandbox.Id))
            {
                // A frozen one would never answer, and what asks it anew all the time fills its queue.
                await _sandboxes.AwakeAsync(sandbox.Id, stoppingToken);
                try
                {
                    await using var watch = await door.FilesOf("root").WatchAsync(Watched, ignore: Ignored, cancellationToken: stoppingToken);
                    Began?.Invoke(sandbox);
                    await foreach (var batch in watch.ReadAsync(stoppingToken))
                    {
                        await RecordAsync(sandbox, batch, stoppingToken);
                        Changed?.Invoke(sandbox, batch);
                        if (budget.Take(batch) is var wait && wait > TimeSpan.Zero)
                            await Task.Delay(wait, _time, stoppingToken);
                    }
                }
                catch (Exception exception) when (DoorFailures.IsBroken(exception))
                {
                    LogBroken(sandbox.Id, exception.Message);
                }
                await Task.Delay(Pause, _time, stoppingToken);
            }
            await _sandboxes.NoteEndedAsync(sandbox.Id, stoppingToken);
            _watches.TryRemove(sandbox.Id, out _);
            // Started again between the look and here: whoever told of it still found this watch.
            if (_engine.IsRunning(sandbox.Id))
                Watch(sandbox, stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host stops; the sandbox does not.
        }
        catch (Exception exception)
        {
            LogFailed(exception, sandbox.Id);
            _watches.TryRemove(sandbox.Id, out _);
        }
    }

    private Task RecordAsync(SandboxRow sandbox, FileChanges batch, CancellationToken cancellationToken) =>
        _journal.AppendAsync(
            new JournalEvent("file.changed")
            {
                Workspace = sandbox.Workspace,
                Device = sandbox.Id,
                Principal = sandbox.Principal,
                Data = new
                {
                    sandbox_id = sandbox.Id,
                    changes = batch.Changes.Take(MostNamed).Select(change => new { change.Kind, change.Path, change.OldPath }).ToArray(),
                    unnamed = Math.Max(0, batch.Changes.Count - MostNamed),
                    overflow = batch.Overflowed,
                    directories_not_watched = batch.NotWatched,
                },
            },
            cancellationToken);

    [LoggerMessage(LogLevel.Information, "The watch of {Id} broke off and begins again: {Reason}")]
    private partial void LogBroken(string id, string reason);

    [LoggerMessage(LogLevel.Error, "Watching {Id} failed")]
    private partial void LogFailed(Exception exception, string id);
}
