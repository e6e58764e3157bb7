using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Miosa.Mcp.Receipts.Chains;

namespace Miosa.Mcp.Receipts;

/// <summary>
/// Keeps the rows behind the files. No call waits for it: it is what is on disk that counts. A write of rows that
/// failed, or for which there was no room, is made up for from the files when the next one comes.
/// </summary>
internal sealed partial class ReceiptIndexer(ReceiptFolders folders, ReceiptStore store, TimeProvider time, ILogger<ReceiptIndexer> logger) : IAsyncDisposable
{
    private const int MostWaiting = 512;
    private const int MostInOneWrite = 1_000;

    /// <summary>A write of more would hold up the calls that write too.</summary>
    private const int MostAtATime = 32;

    /// <summary>What comes meanwhile goes with it; rows one by one would cost the calls a commit each.</summary>
    private static readonly TimeSpan Gathering = TimeSpan.FromMilliseconds(20);

    private readonly Channel<WrittenReceipts> _written = Channel.CreateBounded<WrittenReceipts>(new BoundedChannelOptions(MostWaiting) { SingleReader = true });
    private readonly Lock _lock = new();
    private readonly Dictionary<string, int> _behind = new(StringComparer.Ordinal);
    private TaskCompletionSource _idle = Finished();
    private TaskCompletionSource _hurry = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task? _running;
    private int _waiting;

    /// <summary>Who waits for the rows.</summary>
    private int _inNeed;

    /// <summary>Takes note of what was written.</summary>
    public void Add(WrittenReceipts written)
    {
        if (written.Receipts.Count is 0)
            return;
        lock (_lock)
        {
            _running ??= Task.Run(RunAsync);
            if (_written.Writer.TryWrite(written))
            {
                if (_waiting++ is 0)
                    _idle = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }
            else
            {
                _behind[written.Workspace] = written.Chain;
            }
        }
    }

    /// <summary>Waits until what was written until now can be asked for.</summary>
    public async Task FlushAsync(CancellationToken cancellationToken)
    {
        Task idle;
        List<KeyValuePair<string, int>> behind;
        lock (_lock)
        {
            (idle, behind) = (_idle.Task, [.. _behind]);
            _inNeed++;
            _hurry.TrySetResult();
        }
        try
        {
            await idle.WaitAsync(cancellationToken);
        }
        finally
        {
            lock (_lock)
                _inNeed--;
        }
        foreach (var (workspace, chain) in behind)
            await CatchUpAsync(workspace, chain, cancellationToken);
    }

    /// <summary>Makes the rows that a chain's files have and the database has not.</summary>
    public async Task CatchUpAsync(string workspace, int chain, CancellationToken cancellationToken)
    {
        lock (_lock)
            _behind.Remove(workspace);
        var indexed = await store.IndexedAsync(workspace, chain, cancellationToken);
        var directory = Path.Combine(folders.WorkspaceOf(workspace), ReceiptFolders.ChainName(chain));
        if (!Directory.Exists(directory))
            return;
        var segments = ReceiptFolders.SegmentsIn(directory);
        // Those that begin before what is missing, but for the one that holds it.
        var from = segments.TakeWhile(segment => First(segment) <= indexed + 1).Count();
        foreach (var rows in segments.Skip(Math.Max(0, from - 1)).SelectMany(segment => Rows(workspace, chain, segment)).Where(row => row.Sequence > indexed).Chunk(MostInOneWrite))
            await store.AddAsync(rows, cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        _written.Writer.TryComplete();
        lock (_lock)
        {
            // For good.
            _inNeed++;
            _hurry.TrySetResult();
        }
        if (_running is not null)
            await _running;
    }

    private async Task RunAsync()
    {
        List<WrittenReceipts> batch = [];
        while (await _written.Reader.WaitToReadAsync())
        {
            await GatherAsync();
            batch.Clear();
            while (batch.Count < MostInOneWrite && _written.Reader.TryRead(out var written))
                batch.Add(written);
            foreach (var chain in batch.GroupBy(written => (written.Workspace, written.Chain)))
            {
                foreach (var rows in chain.SelectMany(Rows).Chunk(MostAtATime))
                    await WriteAsync(chain.Key.Workspace, chain.Key.Chain, rows);
            }
            lock (_lock)
            {
                if ((_waiting -= batch.Count) is 0)
                    _idle.TrySetResult();
            }
        }
    }

    /// <summary>Waits a moment for more, unless somebody wants to know or it is over.</summary>
    private async Task GatherAsync()
    {
        Task hurry;
        lock (_lock)
        {
            if (_inNeed > 0)
                return;
            _hurry = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            hurry = _hurry.Task;
        }
        await Task.WhenAny(hurry, Task.Delay(Gathering, time));
    }

    private async Task WriteAsync(string workspace, int chain, IReadOnlyList<ReceiptRow> rows)
    {
        try
        {
            if (!await store.AddAsync(rows, CancellationToken.None))
                await CatchUpAsync(workspace, chain, CancellationToken.None);
        }
        catch (Exception exception)
        {
            lock (_lock)
                _behind[workspace] = chain;
            LogBehind(exception, workspace);
        }
    }

    private static IEnumerable<ReceiptRow> Rows(WrittenReceipts written)
    {
        var position = written.Offset;
        foreach (var receipt in written.Receipts)
        {
            yield return ReceiptRow.From(written.Workspace, written.Chain, written.Path, position, receipt.Line);
            position += receipt.Line.Length + 1;
        }
    }

    private static IEnumerable<ReceiptRow> Rows(string workspace, int chain, string segment)
    {
        var path = Path.Combine(ReceiptFolders.ChainName(chain), Path.GetFileName(segment));
        return ReceiptFiles.Lines(segment).TakeWhile(line => line.IsWhole).Select(line => ReceiptRow.From(workspace, chain, path, line.Offset, line.Line.Span));
    }

    private static long First(string segment) =>
        long.TryParse(Path.GetFileNameWithoutExtension(segment), System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var first) ? first : 0;

    private static TaskCompletionSource Finished()
    {
        var finished = new TaskCompletionSource();
        finished.SetResult();
        return finished;
    }

    [LoggerMessage(LogLevel.Warning, "The rows of receipts of {Workspace} are behind their files; they are made up for later")]
    private partial void LogBehind(Exception exception, string workspace);
}
