using System.Net;
using System.Net.Sockets;

namespace Miosa.Mcp.Tests.Network;

/// <summary>A server somewhere, at an address that the operator has excepted. Each connection is a test's to speak on.</summary>
internal sealed class Origin : IDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    public Origin()
    {
        _listener.Bind(new IPEndPoint(Address, 0));
        _listener.Listen();
    }

    public static IPAddress Address { get; } = IPAddress.Parse("127.0.0.2");

    public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    public async Task<Dialogue> AcceptAsync() => new(await _listener.AcceptAsync(TestContext.Current.CancellationToken).AsTask().InTime());

    /// <summary>Takes one connection, reads what is said up to a text, answers, and gives what it was told.</summary>
    public async Task<string> AnswerAsync(string upTo, string answer)
    {
        await using var connection = await AcceptAsync();
        var asked = await connection.ReadUntilAsync(upTo);
        await connection.SendAsync(answer);
        return asked;
    }

    /// <summary>Whether somebody has connected and waits.</summary>
    public bool HasVisitor => _listener.Poll(0, SelectMode.SelectRead);

    public void Dispose() => _listener.Dispose();
}
