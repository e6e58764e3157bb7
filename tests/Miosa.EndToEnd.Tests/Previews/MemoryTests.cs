using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Miosa.EndToEnd.Tests.Previews;

/// <summary>What strangers can make the host hold. On a host of its own, whose memory nobody else uses.</summary>
public sealed class MemoryTests(SharedHost shared)
{
    /// <summary>As many as the edge takes on one connection.</summary>
    private const int Streams = 24;

    /// <summary>With a header of 4,000 characters seven times over they come to nearly as much as a request may have.</summary>
    private const int Times = 7;

    private const int HeaderLength = 4_000;
    private const int Megabyte = 1024 * 1024;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <summary>Two bytes for each character, as the server holds them: 800 MB in all, by requests of a few kilobytes, whose answers nobody takes.</summary>
    [Theory]
    [InlineData("cookie")]
    [InlineData("x-held")]
    public async Task Strangers_who_hold_all_they_may_over_http2_get_little_memory_and_keep_nobody_out(string header)
    {
        const int connections = 600;
        const int most = 250;
        Assert.SkipWhen(shared.Refusal is not null, shared.Refusal ?? "");
        await using var home = await BorrowedHome.CreateAsync();
        await home.SetAsync(new { Previews = new { Endpoint = "127.0.0.1:0", StrangersMiB = 32 } });
        await using var host = await MiosaProcess.ServeAsync(home.Path, "--http", "none");
        var client = await Client.StdioAsync(home.Path);
        await using var shown = await Shown.StartAsync(await SharedHost.RunningAsync(client, await client.CallAsync("sandbox_create", new { })));
        using var visitor = await shown.EnterAsync();
        await visitor.TextAsync(shown.At("/x"));
        var before = MemoryOf(host);
        var strangers = new List<Socket>(connections);
        try
        {
            for (var i = 0; i < connections; i++)
            {
                strangers.Add(await HoldAsync(shown.Url, header));
                if (i % 100 is 0)
                    Assert.Equal("/x", (string)(await visitor.JsonAsync(shown.At("/x")))["url"]!);
            }
            Assert.InRange(MemoryOf(host) - before, long.MinValue, most * (long)Megabyte);
        }
        finally
        {
            strangers.ForEach(socket => socket.Dispose());
        }
        TestContext.Current.TestOutputHelper?.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{before / Megabyte} MB before, {MemoryOf(host) / Megabyte} MB after"));
    }

    /// <summary>Says all that one connection may hold, takes no answer, and waits until it was read.</summary>
    private static async Task<Socket> HoldAsync(Uri url, string header)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, url.Port), Cancelled);
        // A window of nothing for what is sent back.
        byte[] said = [.. Http2Bytes.Begin([0, 4, 0, 0, 0, 0]), .. Http2Bytes.Bomb(Streams, "x", header, HeaderLength, Times), .. Http2Bytes.Asked];
        try
        {
            await socket.SendAsync(said, Cancelled);
            List<byte> heard = [];
            var buffer = new byte[16 * 1024];
            while (System.Runtime.InteropServices.CollectionsMarshal.AsSpan(heard).IndexOf(Http2Bytes.PingAnswer) < 0 && await socket.ReceiveAsync(buffer, Cancelled) is > 0 and var count)
                heard.AddRange(buffer.AsSpan(0, count));
        }
        catch (SocketException)
        {
            // It had to make way.
        }
        return socket;
    }

    private static long MemoryOf(MiosaProcess host)
    {
        var line = File.ReadLines($"/proc/{host.Id}/status").Single(line => line.StartsWith("VmRSS:", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024;
    }
}
