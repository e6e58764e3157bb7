using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;

namespace Miosa.Mcp.Previews.Edge.Sockets;

/// <summary>A visitor's connection, as Kestrel wants it, with the features by which others find its parts.</summary>
internal sealed class LoopConnection : DefaultConnectionContext, IDuplexPipe
{
    private readonly LoopSocket _socket;
    private readonly LoopWriter _writer;
    private int _disposed;

    public LoopConnection(LoopSocket socket)
        : base(Guid.NewGuid().ToString("n"))
    {
        _socket = socket;
        _writer = new LoopWriter(socket);
        Input = PipeReader.Create(new LoopStream(socket), new StreamPipeReaderOptions(bufferSize: 4096, minimumReadSize: 1024, leaveOpen: true));
        Transport = this;
        ConnectionClosed = socket.Gone;
        LocalEndPoint = socket.LocalEndPoint;
        RemoteEndPoint = socket.RemoteEndPoint;
        Features.Set(_writer);
    }

    public PipeReader Input { get; }

    public PipeWriter Output => _writer;

    public override void Abort(ConnectionAbortedException abortReason) => _socket.Shutdown();

    public override async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) is 1)
            return;
        // First of all: from here on no call reads into, or sends from, what is given back next.
        _socket.Dispose();
        await Input.CompleteAsync();
        await _writer.CompleteAsync();
        await base.DisposeAsync();
    }
}
