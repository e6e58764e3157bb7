using Microsoft.Extensions.Logging;
using Miosa.Mcp.Events;
using Miosa.Mcp.Sandboxes;

namespace Miosa.Mcp.Network;

/// <summary>
/// Puts what happens at the way out of one sandbox into the journal. The first of a kind is there before it takes
/// effect; equal ones that follow within seconds are counted and told as one, and so is what a program does to many
/// hosts at once. Nothing is left out of the counts.
/// </summary>
internal sealed partial class DecisionLog(SandboxRow sandbox, Journal journal, TimeProvider time, ILogger logger) : IAsyncDisposable
{
    /// <summary>How long equal ones are gathered.</summary>
    public static readonly TimeSpan Window = TimeSpan.FromSeconds(5);

    /// <summary>Different ones that are told singly within a window.</summary>
    public const int MostSingly = 60;

    /// <summary>Decisions within a window beyond which a program is held to ask for the asking's sake.</summary>
    public const int Flood = 500;

    private const string Others = "*";
    private readonly Lock _lock = new();
    private readonly Queue<(long At, ProxyTarget Target)> _refused = [];
    private Dictionary<NetworkEvent, Tally> _seen = [];
    private ITimer? _timer;
    private int _noted;

    /// <summary>Whether more is asked than any program needs to.</summary>
    public bool IsFlooded => Volatile.Read(ref _noted) > Flood;

    /// <summary>Notes it; in the journal when this returns, unless one like it just was.</summary>
    public async Task NoteAsync(NetworkEvent what, long sent = 0, long received = 0)
    {
        lock (_lock)
        {
            _noted++;
            _timer ??= time.CreateTimer(static log => _ = ((DecisionLog)log!).FlushAsync(), this, Window, Timeout.InfiniteTimeSpan);
            if (!_seen.ContainsKey(what) && _seen.Count >= MostSingly)
                what = new NetworkEvent(what.Type, Others, 0, null, "more different ones than the journal takes singly");
            if (_seen.TryGetValue(what, out var tally) || what.Host is Others)
            {
                _seen[what] = (tally ?? new()).Plus(sent, received);
                return;
            }
            _seen[what] = new();
        }
        await AppendAsync(what, new Tally().Plus(sent, received));
    }

    /// <summary>Remembers what was refused, for the answer to the command that asked for it.</summary>
    public void Remember(ProxyTarget target)
    {
        const int most = 64;
        lock (_lock)
        {
            if (_refused.Count is most)
                _refused.Dequeue();
            _refused.Enqueue((time.GetTimestamp(), target));
        }
    }

    /// <summary>The targets that were refused since then, each once.</summary>
    public IReadOnlyList<ProxyTarget> RefusedSince(long timestamp)
    {
        lock (_lock)
            return [.. _refused.Where(refusal => refusal.At >= timestamp).Select(refusal => refusal.Target).Distinct()];
    }

    public async ValueTask DisposeAsync()
    {
        await FlushAsync();
        lock (_lock)
            _timer?.Dispose();
    }

    /// <summary>Writes what was gathered, and begins anew.</summary>
    private async Task FlushAsync()
    {
        Dictionary<NetworkEvent, Tally> gathered;
        lock (_lock)
        {
            gathered = _seen;
            _seen = [];
            _noted = 0;
            _timer?.Dispose();
            _timer = null;
        }
        try
        {
            foreach (var (what, tally) in gathered.Where(pair => pair.Value.Count > 0))
                await AppendAsync(what, tally);
        }
        catch (Exception exception)
        {
            LogLost(exception, sandbox.Id, gathered.Sum(pair => pair.Value.Count));
        }
    }

    private Task AppendAsync(NetworkEvent what, Tally tally) => journal.AppendAsync(
        new JournalEvent(what.Type)
        {
            Workspace = sandbox.Workspace,
            Device = sandbox.Id,
            Principal = sandbox.Principal,
            Data = new
            {
                sandbox_id = sandbox.Id,
                host = what.Host,
                port = what.Port,
                address = what.Address?.ToString(),
                rule = what.Type is NetworkEvent.Allowed or NetworkEvent.Closed ? what.Why : null,
                reason = what.Type is NetworkEvent.Refused or NetworkEvent.Failed ? what.Why : null,
                bytes_sent = what.Type is NetworkEvent.Closed ? tally.Sent : (long?)null,
                bytes_received = what.Type is NetworkEvent.Closed ? tally.Received : (long?)null,
                count = tally.Count > 1 ? tally.Count : (int?)null,
            },
        },
        CancellationToken.None);

    [LoggerMessage(LogLevel.Error, "{Count} decisions about the network of {Id} could not be put into the journal")]
    private partial void LogLost(Exception exception, string id, int count);

    private sealed record Tally(int Count = 0, long Sent = 0, long Received = 0)
    {
        public Tally Plus(long sent, long received) => new(Count + 1, Sent + sent, Received + received);
    }
}
