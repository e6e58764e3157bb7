using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Miosa.Devices;
using Miosa.Devices.Doors;
using Miosa.Mcp.Events;
using Miosa.Mcp.Processes;
using Miosa.Mcp.Sandboxes;

namespace Miosa.Mcp.Files;

/// <summary>
/// Watches `/workspace` of every running sandbox and puts changes into the journal, whoever made them. The watch is
/// also how the host learns that a sandbox's machine ended by itself.
/// </summary>
internal sealed partial class FileWatcher(
    SandboxService sandboxes, ProcessService processes, LocalEngine engine, Journal journal, TimeProvider time, ILogger<FileWatcher> logger) : BackgroundService
{
    private const string Watched = "/workspace";
    private const int MostNamed = 100;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private static readonly string[] Ignored = [".git", "node_modules", "__pycache__", ".venv", ".next", "dist", "target"];
    private readonly ConcurrentDictionary<string, Task> _watches = new(StringComparer.Ordinal);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        void Started(SandboxRow sandbox) => _ = _watches.GetOrAdd(sandbox.Id, id => Task.Run(() => WatchAsync(sandbox, stoppingToken), stoppingToken));
        sandboxes.Started += Started;
        try
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, time, stoppingToken);
        }
        finally
        {
            sandboxes.Started -= Started;
        }
    }

    private async Task WatchAsync(SandboxRow sandbox, CancellationToken stoppingToken)
    {
        try
        {
            var door = engine.Door(sandbox.Id);
            await processes.AdoptAsync(sandbox, door, stoppingToken);
            while (engine.IsRunning(sandbox.Id))
            {
                try
                {
                    await using var watch = await door.FilesOf("root").WatchAsync(Watched, ignore: Ignored, cancellationToken: stoppingToken);
                    await foreach (var batch in watch.ReadAsync(stoppingToken))
                        await RecordAsync(sandbox, batch, stoppingToken);
                }
                catch (Exception exception) when (DoorFailures.IsBroken(exception))
                {
                    LogBroken(sandbox.Id, exception.Message);
                }
                await Task.Delay(Pause, time, stoppingToken);
            }
            await sandboxes.NoteEndedAsync(sandbox.Id, stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host stops; the sandbox does not.
        }
        catch (Exception exception)
        {
            LogFailed(exception, sandbox.Id);
        }
        finally
        {
            _watches.TryRemove(sandbox.Id, out _);
        }
    }

    private Task RecordAsync(SandboxRow sandbox, FileChanges batch, CancellationToken cancellationToken) =>
        journal.AppendAsync(
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
