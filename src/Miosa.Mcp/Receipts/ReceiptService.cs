using System.Text.Json;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Miosa.Mcp.Calls;
using Miosa.Mcp.Receipts.Chains;
using Miosa.Mcp.Receipts.Format;

namespace Miosa.Mcp.Receipts;

/// <summary>Writes receipts, signed and each chained to the one before it in its workspace, and finds them again.</summary>
internal sealed partial class ReceiptService : IHostedService
{
    private readonly ReceiptFolders _folders;
    private readonly ReceiptLog _log;
    private readonly ReceiptIndexer _indexer;
    private readonly ReceiptStore _store;
    private readonly TimeProvider _time;
    private readonly ILogger<ReceiptService> _logger;
    private readonly Lock _lock = new();

    /// <summary>The calls that began since the start, until it is known which did not end before it; then null.</summary>
    private HashSet<string>? _begun = new(StringComparer.Ordinal);

    public ReceiptService(ReceiptFolders folders, ReceiptLog log, ReceiptIndexer indexer, ReceiptStore store, TimeProvider time, ILogger<ReceiptService> logger)
    {
        (_folders, _log, _indexer, _store, _time, _logger) = (folders, log, indexer, store, time, logger);
        log.Written += indexer.Add;
    }

    /// <summary>Completed when executions that the last host left without an end have their receipt.</summary>
    public Task Recovered { get; private set; } = Task.CompletedTask;

    /// <summary>
    /// What was added to a workspace's files, for a copy that people and git can read. It is told by the thread that
    /// writes receipts, so take it and do the work elsewhere; whoever missed some copies the folder anew with <see cref="ReceiptExport"/>.
    /// </summary>
    public event Action<WrittenReceipts> Written
    {
        add => _log.Written += value;
        remove => _log.Written -= value;
    }

    /// <summary>Signs and stores a receipt; when this returns it survives the end of this process.</summary>
    /// <exception cref="Storage.StorageException">It could not be stored; what it was for should not be done.</exception>
    public Task<Receipt> RecordAsync(ReceiptDraft draft, CancellationToken cancellationToken)
    {
        Check(draft);
        if (draft.Kind is ReceiptKind.Started)
        {
            lock (_lock)
                _begun?.Add(draft.CallId);
        }
        return _log.AddAsync(draft, cancellationToken);
    }

    /// <summary>The receipts of a workspace, the latest first.</summary>
    public async Task<IReadOnlyList<ReceiptRow>> ListAsync(ReceiptQuery query, CancellationToken cancellationToken)
    {
        await _indexer.FlushAsync(cancellationToken);
        return await _store.ListAsync(query, cancellationToken);
    }

    /// <summary>A receipt of a workspace as it stands in the files; null where the workspace has none of that name.</summary>
    public async Task<StoredReceipt?> FindAsync(string workspace, string id, CancellationToken cancellationToken)
    {
        await _indexer.FlushAsync(cancellationToken);
        return await _store.FindAsync(workspace, id, cancellationToken) is { } row ? new StoredReceipt(row, Read(row)) : null;
    }

    /// <summary>From the next receipt of every chain on another key signs. Gives the new one's fingerprint.</summary>
    public Task<string> RotateKeyAsync() => _log.RotateAsync();

    /// <summary>Ends the chain of a workspace that is no more, so that nothing can be added to it.</summary>
    public Task CloseAsync(string workspace) => _log.CloseAsync(workspace);

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (!Directory.Exists(_folders.Workspaces))
        {
            _begun = null;
            return;
        }
        _log.Remember(await _store.HeadsAsync(cancellationToken));
        Recovered = Task.Run(RecoverAsync, CancellationToken.None);
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        // What is not done by then, the next host finds.
        await Recovered.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _log.Dispose();
        await _indexer.DisposeAsync();
    }

    /// <summary>Says of every execution that began under an earlier host and did not end that nobody knows how far it came.</summary>
    private async Task RecoverAsync()
    {
        try
        {
            foreach (var directory in Directory.EnumerateDirectories(_folders.Workspaces))
                await IndexAsync(directory);
            var open = await _store.OpenAsync(CancellationToken.None);
            List<ReceiptRow> interrupted;
            lock (_lock)
                interrupted = [.. open.Where(row => !_begun!.Contains(row.CallId))];
            foreach (var row in interrupted)
                await InterruptAsync(row);
            if (interrupted.Count > 0)
                LogInterrupted(interrupted.Count);
            await _log.CatchUpAsync([]);
        }
        catch (Exception exception)
        {
            LogNotRecovered(exception);
        }
        finally
        {
            lock (_lock)
                _begun = null;
        }
    }

    /// <summary>Damaged files of one workspace keep no other from its rows.</summary>
    private async Task IndexAsync(string directory)
    {
        try
        {
            if (ReceiptFiles.WorkspaceIn(directory) is not { } workspace)
                return;
            foreach (var (chain, _) in ReceiptFolders.ChainsIn(directory))
                await _indexer.CatchUpAsync(workspace, chain, CancellationToken.None);
        }
        catch (Exception exception)
        {
            LogNotIndexed(exception, directory);
        }
    }

    private async Task InterruptAsync(ReceiptRow row)
    {
        try
        {
            await _log.AddAsync(InterruptedOf(row, Read(row)), CancellationToken.None);
        }
        catch (Exception exception)
        {
            LogNotInterrupted(exception, row.CallId, row.Workspace);
        }
    }

    private JsonElement Read(ReceiptRow row)
    {
        using var file = File.OpenHandle(Path.Combine(_folders.WorkspaceOf(row.Workspace), row.Segment), FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var bytes = new byte[row.Length];
        return RandomAccess.Read(file, bytes, row.Position) == row.Length ? JsonElement.Parse(bytes) : throw new EndOfStreamException($"{row.Segment} ends before {row.Id}.");
    }

    private ReceiptDraft InterruptedOf(ReceiptRow row, JsonElement begun)
    {
        var ours = begun.GetProperty("issuer").GetProperty("runtime").GetProperty("miosa");
        var action = begun.GetProperty("credentialSubject").GetProperty("action");
        return new ReceiptDraft
        {
            Kind = ReceiptKind.Interrupted,
            Workspace = row.Workspace,
            Principal = row.Principal,
            Agent = row.Agent,
            Transport = Text(ours, "transport") ?? "",
            CallId = row.CallId,
            CallHash = Text(ours, "call_hash")!,
            ParametersHash = Text(action, "parameters_hash"),
            Capability = row.Capability,
            CapabilityVersion = ours.GetProperty("capability_version").GetInt32(),
            CapabilityFingerprint = Text(ours, "capability_fingerprint"),
            Risk = Enum.TryParse<Risk>(Text(ours, "risk"), ignoreCase: true, out var risk) ? risk : Risk.Destructive,
            Marks = ours.TryGetProperty("marks", out var marks) ? [.. marks.EnumerateArray().Select(mark => mark.GetString()!)] : [],
            Reasons = ["The host ended before the call did; whether it had its effect is not known."],
            ApprovalId = row.ApprovalId,
            GrantId = Text(ours, "grant_id"),
            PolicyVersion = Text(ours, "policy_version"),
            Device = row.Device,
            StartedAt = action.GetProperty("timestamp").GetDateTimeOffset(),
            EndedAt = _time.GetUtcNow(),
        };

        static string? Text(JsonElement json, string name) => json.TryGetProperty(name, out var value) ? value.GetString() : null;
    }

    /// <summary>What would make a receipt that nobody can verify is a fault of the caller, and found before anything is signed.</summary>
    private static void Check(ReceiptDraft draft)
    {
        if (draft.Kind is ReceiptKind.KeyRotated or ReceiptKind.Closed)
            throw new ArgumentException("This feature writes such receipts itself.", nameof(draft));
        if ((draft.Kind is ReceiptKind.Decision) != (draft.Decision is not null))
            throw new ArgumentException("A receipt of a decision says which, and no other does.", nameof(draft));
        if (draft.CallId.Length is 0 || draft.Principal.Length is 0 || draft.Workspace.Length is 0)
            throw new ArgumentException("A receipt names its call, its principal and its workspace.", nameof(draft));
        foreach (var hash in (string?[])[draft.CallHash, draft.ParametersHash, draft.ResultHash])
        {
            if (hash is not null && !ReceiptFormat.HashPattern().IsMatch(hash))
                throw new ArgumentException("A hash is `sha256:` and 64 hexadecimal digits.", nameof(draft));
        }
    }

    [LoggerMessage(LogLevel.Warning, "{Count} executions began under the last host and did not end; a receipt says so of each that could be read")]
    private partial void LogInterrupted(int count);

    [LoggerMessage(LogLevel.Error, "The receipts in {Directory} could not be looked through; `miosa receipts verify` says more")]
    private partial void LogNotIndexed(Exception exception, string directory);

    [LoggerMessage(LogLevel.Error, "The call {CallId} of {Workspace} did not end, and its beginning could not be read: it gets no receipt that says so")]
    private partial void LogNotInterrupted(Exception exception, string callId, string workspace);

    [LoggerMessage(LogLevel.Error, "What the last host left in its receipts could not be looked through")]
    private partial void LogNotRecovered(Exception exception);
}
