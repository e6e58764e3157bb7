using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Options;
using Miosa.Mcp.Previews;
using Miosa.Mcp.Previews.Edge;

namespace Miosa.Mcp.Tests.Previews.Edge;

public sealed class EdgeConnectionsTests
{
    private const int MiB = 1024 * 1024;
    private const int Bound = 16;
    private readonly EdgeConnections _connections = new(Options.Create(new PreviewOptions { StrangersMiB = Bound }));

    [Fact]
    public async Task Beyond_the_bound_the_longest_waiting_strangers_make_way_and_who_is_served_stays()
    {
        var served = await OpenAsync();
        served.Connection.BeginRequest();
        served.Connection.CountStranger(MiB, isAlone: false);
        var silent = await OpenAsync();
        List<Opened> strangers = [];
        for (var i = 0; i < Bound - 1; i++)
        {
            strangers.Add(await OpenAsync());
            strangers[i].Connection.CountStranger(MiB, isAlone: false);
        }
        Assert.DoesNotContain(strangers, stranger => stranger.IsAborted);

        var last = await OpenAsync();
        last.Connection.CountStranger(MiB, isAlone: false);

        await Bounded.UntilAsync(() => strangers[0].IsAborted);
        Assert.False(served.IsAborted || silent.IsAborted || last.IsAborted || strangers[1].IsAborted, "Another one had to make way.");
    }

    [Fact]
    public async Task Who_was_let_in_gets_no_more_of_it_than_there_is()
    {
        List<Opened> served = [];
        for (var i = 0; i < Bound + 1; i++)
        {
            served.Add(await OpenAsync());
            served[i].Connection.BeginRequest();
            served[i].Connection.CountStranger(MiB, isAlone: false);
        }

        await Bounded.UntilAsync(() => served[^1].IsAborted);
        Assert.DoesNotContain(served.SkipLast(1), each => each.IsAborted);
    }

    [Fact]
    public async Task What_one_holds_is_counted_to_what_it_can_hold_at_most_and_is_free_when_it_ends()
    {
        for (var round = 0; round < 3 * Bound; round++)
        {
            var alone = await OpenAsync();
            for (var i = 0; i < 100; i++)
                alone.Connection.CountStranger(MiB, isAlone: true);
            var many = await OpenAsync();
            for (var i = 0; i < 100; i++)
                many.Connection.CountStranger(MiB, isAlone: false);
            Assert.False(alone.IsAborted || many.IsAborted);
            await alone.CloseAsync();
            await many.CloseAsync();
        }
    }

    private async Task<Opened> OpenAsync()
    {
        var context = new DefaultConnectionContext { RemoteEndPoint = new IPEndPoint(IPAddress.Loopback, 1) };
        var closed = new TaskCompletionSource();
        var serving = _connections.OnConnectionAsync(context, _ => closed.Task);
        await Task.Yield();
        return new Opened(context, (EdgeConnections.Connection)context.Items[EdgeConnections.Key]!, closed, serving);
    }

    private sealed record Opened(DefaultConnectionContext Context, EdgeConnections.Connection Connection, TaskCompletionSource Closed, Task Serving)
    {
        public bool IsAborted => Context.ConnectionClosed.IsCancellationRequested;

        public Task CloseAsync()
        {
            Closed.SetResult();
            return Serving;
        }
    }
}
