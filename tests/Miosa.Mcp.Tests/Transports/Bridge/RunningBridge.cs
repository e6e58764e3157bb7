using System.IO.Pipelines;
using System.Net.Sockets;
using Miosa.Mcp.Hosting;
using Miosa.Mcp.Transports.Bridge;

namespace Miosa.Mcp.Tests.Transports.Bridge;

/// <summary>The bridge in this process, with a client at its pipes.</summary>
internal sealed class RunningBridge : IAsyncDisposable
{
    private readonly Pipe _toBridge = new();
    private readonly Pipe _fromBridge = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly StdioBridge _bridge;
    private readonly Breakable _output;
    private readonly FileStream? _start;

    public RunningBridge(MiosaHome home, BridgeOptions? options = null)
    {
        // Held, so that the bridge waits for the hosts that the test starts and starts none itself.
        home.Create();
        _start = FileLock.TryTake(home.StartFile);
        _output = new Breakable(_fromBridge.Writer.AsStream());
        _bridge = new StdioBridge(
            new HostConnector(home, options ?? new BridgeOptions(), TimeProvider.System), _toBridge.Reader.AsStream(), _output, TimeProvider.System);
        Client = new Conversation(new BothWays(_fromBridge.Reader.AsStream(), _toBridge.Writer.AsStream()));
        Ended = _bridge.RunAsync(_stop.Token);
    }

    public Conversation Client { get; }

    /// <summary>Completes when the bridge does.</summary>
    public Task Ended { get; }

    /// <summary>Completes when the host that was only there to die has died.</summary>
    public Task FirstHostDied { get; private init; } = Task.CompletedTask;

    /// <summary>A bridge whose first host greets, does what it is told, and is gone.</summary>
    public static Task<RunningBridge> OverDyingHostAsync(MiosaHome home, Func<Conversation, Task> live)
    {
        var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(home.SocketFile));
        listener.Listen();
        return Task.FromResult(new RunningBridge(home) { FirstHostDied = DieAsync(home, listener, live) });
    }

    public ValueTask EndInputAsync() => _toBridge.Writer.CompleteAsync();

    /// <summary>From now on nobody reads what the bridge says.</summary>
    public void BreakOutput() => _output.IsBroken = true;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Ended.WaitAsync(Conversation.Patience);
        _bridge.Dispose();
        _stop.Dispose();
        _start?.Dispose();
    }

    private static async Task DieAsync(MiosaHome home, Socket listener, Func<Conversation, Task> live)
    {
        using (listener)
        {
            await using var client = new Conversation(new NetworkStream(await listener.AcceptAsync(TestContext.Current.CancellationToken), ownsSocket: true));
            await client.HearAsync();
            await client.SayAsync("""{"miosa":1}""");
            await live(client);
            File.Delete(home.SocketFile);
        }
    }

    /// <summary>A pipe's writer does not mind that nobody reads; a process's does.</summary>
    private sealed class Breakable(Stream inner) : Stream
    {
        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override void Flush() => inner.Flush();

        public bool IsBroken { get; set; }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
            IsBroken ? throw new IOException("Broken pipe") : inner.WriteAsync(buffer, cancellationToken);

        public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }

    /// <summary>Two one-way streams as one.</summary>
    private sealed class BothWays(Stream input, Stream output) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override void Flush() => output.Flush();

        public override Task FlushAsync(CancellationToken cancellationToken) => output.FlushAsync(cancellationToken);

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => input.ReadAsync(buffer, cancellationToken);

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => output.WriteAsync(buffer, cancellationToken);

        public override int Read(byte[] buffer, int offset, int count) => input.Read(buffer, offset, count);

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => output.Write(buffer, offset, count);
    }
}
