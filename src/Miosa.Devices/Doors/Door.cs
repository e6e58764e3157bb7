using System.Net.Sockets;

namespace Miosa.Devices.Doors;

/// <summary>
/// The one way into a sandbox: a client of the program that is its process 1. Every request takes a fresh stream, so a
/// door holds nothing, and a host that was killed simply connects again.
/// </summary>
public sealed class Door(Func<CancellationToken, ValueTask<Stream>> connect, TimeProvider? time = null)
{
    /// <summary>The longest a tail waits at a time.</summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(50);

    private const int InputLimit = 512 * 1024;
    private const int ListLimit = 100_000;

    /// <summary>How long the door may take for each step of an answer.</summary>
    public TimeSpan Deadline { get; init; } = TimeSpan.FromSeconds(30);

    internal Func<CancellationToken, ValueTask<Stream>> Connect { get; } = connect;

    internal TimeProvider Time { get; } = time ?? TimeProvider.System;

    /// <summary>Connects to a unix socket, each time anew.</summary>
    public static Func<CancellationToken, ValueTask<Stream>> OverSocket(string path) => async cancellationToken =>
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    };

    /// <summary>Starts a program, such as the runtime's exec of the door's relay, and speaks over its stdin and stdout, each time anew.</summary>
    public static Func<CancellationToken, ValueTask<Stream>> OverProgram(IReadOnlyList<string> command) =>
        _ => ValueTask.FromResult<Stream>(new ProgramStream(command));

    /// <summary>The sandbox's files, as one of its users sees and may change them.</summary>
    public DoorFiles FilesOf(string user) => new(this, user);

    public async Task<DoorInfo> InfoAsync(CancellationToken cancellationToken = default)
    {
        await using var call = await DoorCall.SendAsync(this, new DoorRequest(DoorVerb.Info), cancellationToken);
        return DoorInfo.Read((await call.ReadAsync(DoorFrame.Ok, cancellationToken)).Span);
    }

    /// <summary>
    /// Starts a process. Returns when its command runs, which is before it has done anything. Cancelled meanwhile, it may
    /// have been started all the same: its id tells.
    /// </summary>
    /// <exception cref="DoorException">It could not be started; the stage says what was in the way.</exception>
    public async Task<DoorProcess> StartAsync(ProcessStart start, CancellationToken cancellationToken = default)
    {
        var call = await DoorCall.SendAsync(this, start.ToRequest(), cancellationToken);
        try
        {
            var payload = await call.ReadAsync(DoorFrame.Started, cancellationToken);
            return DoorProcess.Read(call, start.Id, payload.Span);
        }
        catch
        {
            await call.DisposeAsync();
            throw;
        }
    }

    /// <summary>
    /// What a process wrote from a cursor on, and how it stands. Waits for something new, or with
    /// <paramref name="untilExit"/> for the end or a full page; at once when the process has ended.
    /// </summary>
    public async Task<OutputPage> TailAsync(string id, long cursor, int maxBytes, TimeSpan wait, bool untilExit = false, CancellationToken cancellationToken = default)
    {
        var waits = wait > LongestWait ? LongestWait : wait < TimeSpan.Zero ? TimeSpan.Zero : wait;
        var patient = new Door(Connect, Time) { Deadline = Deadline + waits };
        var request = new DoorRequest(DoorVerb.Tail).Text(id).U64((ulong)Math.Max(0, cursor))
            .U32((uint)Math.Max(0, maxBytes)).U32((uint)waits.TotalMilliseconds).Flag(untilExit);
        await using var call = await DoorCall.SendAsync(patient, request, cancellationToken);
        return OutputPage.Read((await call.ReadAsync(DoorFrame.Ok, cancellationToken)).Span);
    }

    /// <summary>Every process that is remembered: those that run, and the last thousand that ended.</summary>
    public async Task<IReadOnlyList<ProcessState>> ListAsync(CancellationToken cancellationToken = default)
    {
        var states = new List<ProcessState>();
        await using var call = await DoorCall.SendAsync(this, new DoorRequest(DoorVerb.List), cancellationToken);
        while (true)
        {
            var (kind, payload) = await call.ReadAsync(cancellationToken);
            switch (kind)
            {
                case DoorFrame.Item when states.Count < ListLimit:
                    states.Add(ProcessState.ReadAll(payload.Span));
                    break;
                case DoorFrame.End:
                    return states;
                default:
                    throw DoorCall.Unexpected(kind);
            }
        }
    }

    /// <summary>Feeds a process's stdin. Returns how much was taken: less than all when it does not read.</summary>
    /// <exception cref="DoorException">ESRCH: it has ended. EPIPE: it takes no input any more.</exception>
    public async Task<int> InputAsync(string id, ReadOnlyMemory<byte> bytes, bool close = false, CancellationToken cancellationToken = default)
    {
        var part = bytes.Length > InputLimit ? bytes[..InputLimit] : bytes;
        var taken = await AskAsync(new DoorRequest(DoorVerb.Input).Text(id).Flag(close && part.Length == bytes.Length).Bytes(part.Span), cancellationToken);
        return taken <= part.Length ? (int)taken : throw new DoorProtocolException("More input was taken than was given.");
    }

    /// <summary>Sends a signal to the process's group, or with <paramref name="tree"/> to all that it ever started.</summary>
    public Task SignalAsync(string id, int signal, bool tree = false, CancellationToken cancellationToken = default) =>
        AskAsync(new DoorRequest(DoorVerb.Signal).Text(id).U32((uint)signal).Flag(tree), cancellationToken);

    public Task ResizeAsync(string id, TerminalSize size, CancellationToken cancellationToken = default) =>
        AskAsync(new DoorRequest(DoorVerb.Resize).Text(id).U32(size.Rows).U32(size.Columns), cancellationToken);

    private async Task<uint> AskAsync(DoorRequest request, CancellationToken cancellationToken)
    {
        await using var call = await DoorCall.SendAsync(this, request, cancellationToken);
        return ReadNumber((await call.ReadAsync(DoorFrame.Ok, cancellationToken)).Span);
    }

    private static uint ReadNumber(ReadOnlySpan<byte> payload)
    {
        var fields = new DoorFields(payload);
        var number = fields.U32();
        fields.Finish();
        return number;
    }
}
