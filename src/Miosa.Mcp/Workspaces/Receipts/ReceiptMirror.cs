using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Miosa.Mcp.Receipts;
using Miosa.Mcp.Receipts.Chains;
using Miosa.Mcp.Workspaces.Folders;

namespace Miosa.Mcp.Workspaces.Receipts;

/// <summary>
/// Keeps a copy of each workspace's receipts in `receipts/` of its folder, for people and git. Only ever added to; the
/// originals are the host's, so what anybody changes there changes nothing, and shows when it is verified. A sandbox that
/// sleeps is not woken for it: what is missing comes when it is awake.
/// </summary>
internal sealed partial class ReceiptMirror(
    ReceiptService receipts, ReceiptFolders originals, WorkspaceContracts contracts, FolderDoors doors, TimeProvider time, ILogger<ReceiptMirror> logger) : BackgroundService
{
    public const string Folder = "receipts";

    /// <summary>What is written meanwhile goes with it.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    private const int MostAtOnce = 1 << 20;
    private readonly ConcurrentDictionary<string, bool> _behind = new(StringComparer.Ordinal);

    /// <summary>How long each file was when it was last in step.</summary>
    private readonly Dictionary<string, long> _inStep = new(StringComparer.Ordinal);

    /// <summary>What was last said to be in the way, so that it is not said every time.</summary>
    private readonly Dictionary<string, string> _told = new(StringComparer.Ordinal);

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        receipts.Written += Note;
        return base.StartAsync(cancellationToken);
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        receipts.Written -= Note;
        await base.StopAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // What the last host left out, and those that were given a folder since.
        foreach (var row in contracts.Rows)
            _behind[row.Name] = true;
        using var timer = new PeriodicTimer(Pause, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
            await CatchUpAsync(stoppingToken);
    }

    /// <summary>Writes what is missing, wherever that can be done now.</summary>
    internal async Task CatchUpAsync(CancellationToken cancellationToken)
    {
        foreach (var workspace in _behind.Keys)
        {
            if (contracts.Row(workspace) is not { } row)
            {
                // Its next receipt notes it again: clients choose the names, and may choose many.
                _behind.TryRemove(workspace, out _);
                continue;
            }
            try
            {
                if (doors.TryOpenForReceipts(row) is not { } target)
                    continue;
                _behind.TryRemove(workspace, out _);
                await CopyAsync(row, target, cancellationToken);
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                // It fell asleep, its disk is full, or something lies in the way; tried again.
                _behind[workspace] = true;
                if (_told.GetValueOrDefault(workspace) != exception.Message)
                    LogBehind(workspace, _told[workspace] = exception.Message);
            }
        }
    }

    /// <summary>By the thread that writes receipts, which waits for nobody.</summary>
    private void Note(WrittenReceipts written) => _behind[written.Workspace] = true;

    private async Task CopyAsync(WorkspaceRow row, IReceiptTarget target, CancellationToken cancellationToken)
    {
        foreach (var (name, open) in ReceiptExport.FilesOf(originals, row.Name))
        {
            await using var original = open();
            var key = $"{row.Name}\n{row.SandboxId}{row.Directory}\n{name}";
            if (_inStep.TryGetValue(key, out var length) && length == original.Length)
                continue;
            _inStep[key] = await CopyAsync(original, $"{Folder}/{name}", target, cancellationToken);
        }
    }

    /// <summary>How much of it the copy holds now.</summary>
    private static async Task<long> CopyAsync(Stream original, string path, IReceiptTarget target, CancellationToken cancellationToken)
    {
        var isLog = path.EndsWith(".jsonl", StringComparison.Ordinal);
        var present = await target.LengthAsync(path, cancellationToken) ?? 0;
        // A person's own words about the folder stay.
        if (path.EndsWith(".md", StringComparison.Ordinal) && present > 0)
            return original.Length;
        if (!isLog && present > 0)
        {
            await target.EmptyAsync(path, cancellationToken);
            present = 0;
        }
        if (present > original.Length)
        {
            // Nobody but us adds to it: this is not what we wrote.
            await target.EmptyAsync(path, cancellationToken);
            present = 0;
        }
        original.Position = present;
        var buffer = new byte[MostAtOnce];
        while (await original.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken) is > 0 and var read)
        {
            // The host may be in the middle of a line.
            var whole = isLog ? buffer.AsSpan(0, read).LastIndexOf((byte)'\n') + 1 : read;
            if (whole > 0)
                await target.AppendAsync(path, buffer.AsMemory(0, whole), cancellationToken);
            present += whole;
            original.Position = present;
            if (whole is 0)
                break;
        }
        return present;
    }

    [LoggerMessage(LogLevel.Information, "The receipts in the folder of {Workspace} are behind: {Reason}")]
    private partial void LogBehind(string workspace, string reason);
}
