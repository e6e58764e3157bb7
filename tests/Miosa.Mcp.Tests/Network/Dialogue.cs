using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Miosa.Mcp.Tests.Network;

/// <summary>A connection over which a test says exactly what it wants.</summary>
internal sealed class Dialogue : IAsyncDisposable
{
    private readonly NetworkStream _stream;

    public Dialogue(Socket socket) => _stream = new NetworkStream(socket, ownsSocket: true);

    public static async Task<Dialogue> ConnectAsync(IPEndPoint to)
    {
        var socket = new Socket(to.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(to, TestContext.Current.CancellationToken);
        return new Dialogue(socket);
    }

    public Task SendAsync(string text) => _stream.WriteAsync(Encoding.Latin1.GetBytes(text), TestContext.Current.CancellationToken).AsTask();

    /// <summary>Says that nothing more will come.</summary>
    public void EndSending() => _stream.Socket.Shutdown(SocketShutdown.Send);

    /// <summary>Reads up to and with a text.</summary>
    public async Task<string> ReadUntilAsync(string end)
    {
        var read = new StringBuilder();
        var one = new byte[1];
        while (!read.ToString().EndsWith(end, StringComparison.Ordinal))
        {
            Assert.True(await _stream.ReadAsync(one, TestContext.Current.CancellationToken).AsTask().InTime() > 0, $"It ended after: {read}");
            read.Append((char)one[0]);
        }
        return read.ToString();
    }

    /// <summary>Reads until the other side ends, by whichever means.</summary>
    public async Task<string> ReadToEndAsync()
    {
        var read = new StringBuilder();
        var buffer = new byte[4096];
        try
        {
            while (await _stream.ReadAsync(buffer, TestContext.Current.CancellationToken).AsTask().InTime() is > 0 and var count)
                read.Append(Encoding.Latin1.GetString(buffer, 0, count));
        }
        catch (IOException)
        {
            // Ended without ceremony.
        }
        return read.ToString();
    }

    public ValueTask DisposeAsync() => _stream.DisposeAsync();
}
