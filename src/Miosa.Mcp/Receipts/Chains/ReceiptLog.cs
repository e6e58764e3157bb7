using System.Collections.Concurrent;
using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using Miosa.Mcp.Calls;
using Miosa.Mcp.Receipts.Format;
using Miosa.Mcp.Storage;

namespace Miosa.Mcp.Receipts.Chains;

/// <summary>
/// The one thread that signs, chains and writes. What waits for it goes into one write for each chain, so a hundred
/// calls at once cost a hundred signatures and one write. It knows files only; what is on disk is the truth.
/// </summary>
internal sealed partial class ReceiptLog(ReceiptFolders folders, ReceiptOptions options, TimeProvider time, ILogger<ReceiptLog> logger) : IDisposable
{
    private const int MostInOneWrite = 256;
    private const int MostOpen = 256;
    private readonly BlockingCollection<Work> _work = [];
    private readonly KeyRing _keys = new(folders);
    private readonly ReceiptSealer _sealer = new();
    private readonly Dictionary<string, ReceiptChain> _chains = new(StringComparer.Ordinal);
    private readonly Lock _life = new();
    private IReadOnlyDictionary<string, ChainHead> _remembered = new Dictionary<string, ChainHead>();
    private ITimer? _anchoring;
    private Thread? _thread;
    private bool _closed;

    /// <summary>Called by the thread that writes, when something is on disk. It must be quick and not throw.</summary>
    public event Action<WrittenReceipts>? Written;

    /// <summary>What the database remembers of each workspace, to be told before the first receipt: files that have less were cut.</summary>
    public void Remember(IReadOnlyDictionary<string, ChainHead> heads) => _remembered = heads;

    public Task<Receipt> AddAsync(ReceiptDraft draft, CancellationToken cancellationToken) => Enqueue(new Work(draft, null, cancellationToken));

    /// <summary>From the next receipt of every chain on another key signs. Gives the fingerprint of the new one.</summary>
    public async Task<string> RotateAsync()
    {
        var fingerprint = "";
        await Enqueue(new Work(null, () => fingerprint = Rotate(), CancellationToken.None));
        return fingerprint;
    }

    /// <summary>Ends the chain of a workspace. A receipt after it begins another.</summary>
    public Task CloseAsync(string workspace) => Enqueue(new Work(null, () => End(workspace), CancellationToken.None));

    /// <summary>Lets chains that still have an old key go on with the present one.</summary>
    public Task CatchUpAsync(IReadOnlyCollection<string> workspaces) => Enqueue(new Work(null, () => CatchUp(workspaces), CancellationToken.None));

    /// <summary>Writes what was asked for until now.</summary>
    public void Dispose()
    {
        lock (_life)
        {
            if (_closed)
                return;
            _closed = true;
        }
        _anchoring?.Dispose();
        _work.CompleteAdding();
        _thread?.Join();
        _work.Dispose();
        _keys.Dispose();
    }

    private Task<Receipt> Enqueue(Work work)
    {
        lock (_life)
        {
            if (_closed)
                throw new StorageException("No more receipts are written, because the host is stopping.", "Call again when the host runs again.", retryable: true);
            if (_thread is null)
            {
                _thread = new Thread(Run) { IsBackground = true, Name = "receipt writer" };
                _thread.Start();
            }
            _work.Add(work);
        }
        return work.Done.Task;
    }

    private void Run()
    {
        List<Work> batch = new(MostInOneWrite);
        foreach (var first in _work.GetConsumingEnumerable())
        {
            var work = first;
            while (true)
            {
                if (work.Job is not null)
                {
                    Write(batch);
                    Do(work);
                }
                else
                {
                    batch.Add(work);
                }
                if (batch.Count >= MostInOneWrite || !_work.TryTake(out work!))
                    break;
            }
            Write(batch);
        }
        Do(new Work(null, AnchorAll, CancellationToken.None));
    }

    private void Do(Work work)
    {
        try
        {
            work.Job!();
            work.Done.TrySetResult(null!);
        }
        catch (Exception exception)
        {
            // Nobody knows how far it came; the files do.
            _chains.Clear();
            LogFailed(exception);
            work.Done.TrySetException(Failure(exception));
        }
    }

    /// <summary>Signs and writes a batch. No failure may end the one thread, and none of one workspace reaches another.</summary>
    private void Write(List<Work> batch)
    {
        if (batch.Count is 0)
            return;
        foreach (var workspace in batch.GroupBy(work => work.Draft!.Workspace, StringComparer.Ordinal))
        {
            List<Work> waiting = [.. workspace.Where(work => !work.IsCancelled())];
            if (waiting.Count is 0)
                continue;
            try
            {
                var receipts = Write(workspace.Key, [.. waiting.Select(work => work.Draft!)]);
                foreach (var (work, receipt) in waiting.Zip(receipts))
                    work.Done.TrySetResult(receipt);
            }
            catch (Exception exception)
            {
                // What is on disk decides how the chain goes on.
                _chains.Remove(workspace.Key);
                LogFailed(exception);
                var failure = Failure(exception);
                foreach (var work in waiting)
                    work.Done.TrySetException(failure);
            }
        }
        batch.Clear();
    }

    /// <summary>Writes receipts of one workspace, and what has to come before them.</summary>
    private IEnumerable<Receipt> Write(string workspace, IReadOnlyList<ReceiptDraft> drafts)
    {
        var chain = ChainOf(workspace);
        List<SealedReceipt> made = [];
        if (!chain.Key.Public.Equals(_keys.Current.Public))
            made.Add(chain.Add(OfOurs(ReceiptKind.KeyRotated, workspace, "receipts.rotate_key"), _sealer, time.GetUtcNow(), _keys.Current));
        var before = made.Count;
        foreach (var draft in drafts)
            made.Add(chain.Add(draft, _sealer, time.GetUtcNow()));
        if (made.Count is 0)
            return [];
        var (path, offset, bytes) = chain.Write();
        Tell(new WrittenReceipts(workspace, chain.Number, chain.ChainId, path, offset, bytes, made));
        AnchorInTime(chain);
        return made.Skip(before).Select(receipt => receipt.Receipt);
    }

    private ReceiptChain ChainOf(string workspace)
    {
        if (_chains.TryGetValue(workspace, out var known) && !known.IsTerminal)
            return known;
        var chain = OpenLast(workspace);
        _chains[workspace] = chain;
        return chain;
    }

    private ReceiptChain OpenLast(string workspace)
    {
        var head = _remembered.GetValueOrDefault(workspace);
        if (ReceiptFolders.ChainsIn(folders.WorkspaceOf(workspace)) is not [.., var (number, _)])
            return Begin(workspace, (head?.Chain ?? 0) + 1);
        var chain = ReceiptChain.Open(folders, workspace, number, _keys, out var problem);
        if (chain is null && problem is null)
            return Begin(workspace, number);
        if (chain is not null)
        {
            chain.Anchored = LastAnchor(workspace, chain.ChainId);
            if (chain.Anchored > chain.Sequence || (head is not null && (head.Chain > number || (head.ChainId == chain.ChainId && head.Sequence > chain.Sequence))))
                problem = "its files end before what was written into it";
            else
                return chain.IsTerminal ? Begin(workspace, number + 1) : chain;
        }
        // It stays as it is, for somebody to look at: going on with it would make two ends of one chain.
        LogBroken(workspace, ReceiptFolders.ChainName(number), problem!);
        return Begin(workspace, Math.Max(number, head?.Chain ?? 0) + 1);
    }

    private ReceiptChain Begin(string workspace, int number) => ReceiptChain.Begin(folders, workspace, number, _keys.Current);

    private string Rotate()
    {
        _keys.Rotate();
        CatchUp(_chains.Keys.ToList());
        return _keys.Current.Public.Fingerprint;
    }

    /// <summary>With the workspaces in memory, those that only lie on disk; then nothing needs the old key any more.</summary>
    private void CatchUp(IReadOnlyCollection<string> workspaces)
    {
        var isDone = true;
        foreach (var workspace in workspaces.Union(WorkspacesOnDisk(), StringComparer.Ordinal))
        {
            try
            {
                if (ReceiptFolders.ChainsIn(folders.WorkspaceOf(workspace)) is [.., var (number, _)] && ReceiptChain.Open(folders, workspace, number, _keys, out _) is { IsTerminal: false })
                    Write(workspace, []);
            }
            catch (Exception exception)
            {
                // Its next receipt tries again, with the old key that is kept for it; the others go on.
                isDone = false;
                _chains.Remove(workspace);
                LogFailed(exception);
            }
        }
        if (isDone)
            _keys.Forget();
    }

    /// <summary>By the name that the first receipt of each folder gives.</summary>
    private IEnumerable<string> WorkspacesOnDisk() => !Directory.Exists(folders.Workspaces) ? [] : Directory.EnumerateDirectories(folders.Workspaces)
        .Select(directory => ReceiptFiles.WorkspaceIn(directory)).OfType<string>();

    private void End(string workspace)
    {
        if (ReceiptFolders.ChainsIn(folders.WorkspaceOf(workspace)) is [] || ChainOf(workspace) is { Sequence: 0 })
            return;
        Write(workspace, [OfOurs(ReceiptKind.Closed, workspace, "receipts.close")]);
        Anchor(_chains[workspace]);
        _chains.Remove(workspace);
    }

    private void AnchorInTime(ReceiptChain chain)
    {
        if (chain.Sequence - chain.Anchored >= options.AnchorEvery)
            Anchor(chain);
        else
            _anchoring ??= time.CreateTimer(_ => AnchorLater(), null, options.AnchorAfter, Timeout.InfiniteTimeSpan);
    }

    private void AnchorLater()
    {
        try
        {
            _ = Enqueue(new Work(null, AnchorAll, CancellationToken.None));
        }
        catch (StorageException)
        {
            // The host stops, and anchors everything at the end.
        }
    }

    /// <summary>Every chain that went on since its last anchor.</summary>
    private void AnchorAll()
    {
        _anchoring?.Dispose();
        _anchoring = null;
        foreach (var chain in _chains.Values.Where(chain => chain.Sequence > chain.Anchored))
            Anchor(chain);
        // A client may name any workspace; those that are open are opened again when they are needed.
        if (_chains.Count > MostOpen)
            _chains.Clear();
    }

    /// <summary>An anchor that cannot be written takes no receipt with it: the next one says the same and more.</summary>
    private void Anchor(ReceiptChain chain)
    {
        try
        {
            ReceiptFolders.Create(folders.Anchors);
            byte[] line = [.. ReceiptAnchor.Sign(chain.ChainId, chain.Sequence, chain.Hash!, time.GetUtcNow(), chain.Key).Write(), (byte)'\n'];
            using var file = new FileStream(folders.AnchorsOf(chain.Workspace), new FileStreamOptions { Mode = FileMode.Append, Access = FileAccess.Write, Share = FileShare.ReadWrite, BufferSize = 0, UnixCreateMode = ReceiptFolders.OwnerFile });
            var offset = file.Length;
            file.Write(line);
            chain.Anchored = chain.Sequence;
            Tell(new WrittenReceipts(chain.Workspace, 0, chain.ChainId, ReceiptFolders.AnchorFileName, offset, line, []));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            LogNotAnchored(exception, chain.Workspace);
        }
    }

    /// <summary>It is on disk, whatever those who listen make of it.</summary>
    private void Tell(WrittenReceipts written)
    {
        try
        {
            Written?.Invoke(written);
        }
        catch (Exception exception)
        {
            LogNotTold(exception, written.Workspace);
        }
    }

    private long LastAnchor(string workspace, string chainId) =>
        ReceiptFiles.LastAnchor(folders.AnchorsOf(workspace), chainId)?.Sequence ?? 0;

    private ReceiptDraft OfOurs(ReceiptKind kind, string workspace, string capability) => new()
    {
        Kind = kind,
        Workspace = workspace,
        Principal = "miosa:host",
        Transport = "host",
        CallId = Ids.New("call", time),
        CallHash = CanonicalJson.Hash("{}"u8),
        Capability = capability,
        CapabilityVersion = 1,
        Risk = Risk.Destructive,
        StartedAt = time.GetUtcNow(),
    };

    private StorageException Failure(Exception exception) => exception switch
    {
        StorageException storage => storage,
        InvalidDataException => new(exception.Message, "Until then nothing that needs a receipt is done.", retryable: false, exception),
        IOException or UnauthorizedAccessException => new($"A receipt could not be written into {folders.Root}: {exception.Message}", "Free some space and make it writable for the user the host runs as; what was recorded before is safe.", retryable: true, exception),
        CryptographicException => new($"A receipt could not be signed: {exception.Message}", "The host needs OpenSSL 3 (libcrypto.so.3).", retryable: false, exception),
        DllNotFoundException or EntryPointNotFoundException => new("A receipt could not be signed: libcrypto.so.3 is missing.", "Install OpenSSL 3 (Debian: libssl3).", retryable: false, exception),
        _ => new($"A receipt could not be made: {exception.Message}", "It is a fault of this host; report it with its log.", retryable: false, exception),
    };

    [LoggerMessage(LogLevel.Error, "Receipts of {Workspace}: chain {Chain} is not gone on with, because {Problem}; a new one begins. `miosa receipts verify` says more")]
    private partial void LogBroken(string workspace, string chain, string problem);

    [LoggerMessage(LogLevel.Error, "The end of the chain of {Workspace} could not be anchored")]
    private partial void LogNotAnchored(Exception exception, string workspace);

    [LoggerMessage(LogLevel.Error, "Somebody who follows the receipts of {Workspace} failed")]
    private partial void LogNotTold(Exception exception, string workspace);

    [LoggerMessage(LogLevel.Error, "Receipts could not be written")]
    private partial void LogFailed(Exception exception);

    /// <summary>A receipt to write, or something to do between two, and who waits for it.</summary>
    private sealed record Work(ReceiptDraft? Draft, Action? Job, CancellationToken CancellationToken)
    {
        public TaskCompletionSource<Receipt> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public bool IsCancelled() => CancellationToken.IsCancellationRequested && Done.TrySetCanceled(CancellationToken);
    }
}
