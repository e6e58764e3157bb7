using System.IO.Pipelines;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;

namespace Miosa.Mcp.Previews.Edge.Sockets;

/// <summary>A visitor's connection, as Kestrel wants it.</summary>
internal sealed class LoopConnection : ConnectionContext, IDuplexPipe
{
    private readonly LoopSocket _socket;
    private int _disposed;

    public LoopConnection(LoopSocket socket)
    {
        _socket = socket;
        Input = PipeReader.Create(new LoopStream(socket), new StreamPipeReaderOptions(bufferSize: 4096, minimumReadSize: 1024, leaveOpen: true));
        Writer = new LoopWriter(socket);
        Transport = this;
        ConnectionClosed = socket.Gone;
        LocalEndPoint = socket.LocalEndPoint;
        RemoteEndPoint = socket.RemoteEndPoint;
        Features.Set(Writer);
    }

    public override string ConnectionId { get; set; } = Guid.NewGuid().ToString("n");

    public override IFeatureCollection Features { get; } = new FeatureCollection();

    public override IDictionary<object, object?> Items { get; set; } = new Dictionary<object, object?>();

    public override IDuplexPipe Transport { get; set; }

    public override CancellationToken ConnectionClosed { get; set; }

    public override EndPoint? LocalEndPoint { get; set; }

    public override EndPoint? RemoteEndPoint { get; set; }

    public PipeReader Input { get; }

    public LoopWriter Writer { get; }

    public PipeWriter Output => Writer;

    public override void Abort(ConnectionAbortedException abortReason) => _socket.Shutdown();

    public override ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) is 0)
        {
            Input.Complete();
            Writer.Complete();
            _socket.Dispose();
        }
        return base.DisposeAsync();
    }
}
