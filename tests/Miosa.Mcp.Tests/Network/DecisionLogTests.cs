using Miosa.Mcp.Network;

namespace Miosa.Mcp.Tests.Network;

public sealed class DecisionLogTests
{
    [Fact]
    public async Task Equal_decisions_within_seconds_are_one_line_and_then_one_with_their_number()
    {
        await using var proxy = await RunningProxy.StartAsync(RunningProxy.Allowing());

        for (var i = 0; i < 1000; i++)
            await proxy.NoteAsync("evil.example");
        Assert.Equal(["evil.example 443 it is not allowed"], await proxy.EventsAsync(NetworkEvent.Refused));
        proxy.Time.Advance(DecisionLog.Window);

        Assert.Equal(["evil.example 443 it is not allowed", "evil.example 443 it is not allowed 999"], await EventsAsync(proxy, 2));
        await proxy.NoteAsync("evil.example");
        Assert.Equal(3, (await EventsAsync(proxy, 3)).Count);
    }

    [Fact]
    public async Task Of_many_different_ones_those_beyond_a_bound_are_counted_together()
    {
        await using var proxy = await RunningProxy.StartAsync(RunningProxy.Allowing());

        for (var i = 0; i < 500; i++)
            await proxy.NoteAsync($"host{i}.example");
        proxy.Time.Advance(DecisionLog.Window);

        var events = await EventsAsync(proxy, DecisionLog.MostSingly + 1);
        Assert.Equal($"* 0 more different ones than the journal takes singly {500 - DecisionLog.MostSingly}", events[^1]);
    }

    [Fact]
    public async Task What_was_counted_is_told_when_the_proxy_ends()
    {
        await using var proxy = await RunningProxy.StartAsync(RunningProxy.Allowing());
        await proxy.NoteAsync("evil.example");
        await proxy.NoteAsync("evil.example");
        await proxy.NoteAsync("evil.example");

        await proxy.Proxy.DisposeAsync();

        Assert.Equal(["evil.example 443 it is not allowed", "evil.example 443 it is not allowed 2"], await proxy.EventsAsync(NetworkEvent.Refused));
    }

    /// <summary>The lines, once there are that many.</summary>
    private static async Task<IReadOnlyList<string>> EventsAsync(RunningProxy proxy, int count)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var events = await proxy.EventsAsync(NetworkEvent.Refused);
            if (events.Count >= count)
                return events;
            Assert.True(TimeProvider.System.GetElapsedTime(started) < Bounded.Limit, $"There are only {events.Count}.");
        }
    }
}
