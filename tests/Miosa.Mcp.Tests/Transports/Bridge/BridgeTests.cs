using Miosa.Mcp.Hosting;
using Miosa.Mcp.Transports.Bridge;

namespace Miosa.Mcp.Tests.Transports.Bridge;

public sealed class BridgeTests
{
    [Fact]
    public async Task A_client_goes_on_with_the_next_host_without_knowing()
    {
        using var temporary = new TemporaryHome();
        var home = temporary.Home;
        var host = await RunningHost.StartAsync(home);
        await using var bridge = new RunningBridge(home);
        await bridge.Client.AskAsync(Said.Initialize(1, "2025-06-18"), 1);
        await bridge.Client.SayAsync(Said.Initialized);
        await bridge.Client.SayAsync(Said.Call(2, "wait"));
        await host.Board.EnteredAsync();

        await host.DisposeAsync();
        var lost = await bridge.Client.HearAnswerAsync(2);
        await using var next = await RunningHost.StartAsync(home);
        var answer = await bridge.Client.AskAsync(Said.Call(3, "whoami"), 3);

        Assert.Contains("idempotency_key", (string)lost["error"]!["message"]!, StringComparison.Ordinal);
        Assert.Contains("tester", (string)answer["result"]!["content"]![0]!["text"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_initialize_that_no_host_answered_is_asked_again()
    {
        using var temporary = new TemporaryHome();
        var home = temporary.Home;
        await using var bridge = await RunningBridge.OverDyingHostAsync(home, host => host.HearAsync());

        await bridge.Client.SayAsync(Said.Initialize(1, "2025-06-18"));
        await bridge.FirstHostDied;
        await using var next = await RunningHost.StartAsync(home);

        Assert.Equal("2025-06-18", (string)(await bridge.Client.HearAnswerAsync(1))["result"]!["protocolVersion"]!);
    }

    [Fact]
    public async Task The_answers_to_what_was_asked_come_before_the_bridge_ends()
    {
        await using var host = await RunningHost.StartAsync();
        await using var bridge = new RunningBridge(host.Home);
        await bridge.Client.AskAsync(Said.Initialize(1, "2025-06-18"), 1);
        await bridge.Client.SayAsync(Said.Call(2, "wait"));
        await host.Board.EnteredAsync();

        await bridge.EndInputAsync();
        host.Board.Gate.SetResult();

        Assert.Equal("done", (string)(await bridge.Client.HearAnswerAsync(2))["result"]!["content"]![0]!["text"]!);
        await bridge.Ended.WaitAsync(Conversation.Patience);
    }

    [Fact]
    public async Task A_client_that_stopped_reading_ends_the_bridge()
    {
        await using var host = await RunningHost.StartAsync();
        await using var bridge = new RunningBridge(host.Home);
        await bridge.Client.AskAsync(Said.Initialize(1, "2025-06-18"), 1);

        bridge.BreakOutput();
        await bridge.Client.SayAsync(Said.Request(2, "ping"));

        await bridge.Ended.WaitAsync(Conversation.Patience);
    }

    [Fact]
    public async Task A_host_that_refuses_is_quoted_to_the_client()
    {
        await using var host = await RunningHost.StartAsync();
        await using var bridge = new RunningBridge(host.Home, new BridgeOptions { Workspace = new string('x', 5000) });

        var answer = await bridge.Client.AskAsync(Said.Initialize(1, "2025-06-18"), 1);

        Assert.Contains("The Miosa host refused", (string)answer["error"]!["message"]!, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("mcp")]
    [InlineData("mcp --home /h --workspace w --agent a --toolsets x,y --read-only")]
    [InlineData("--home=/h mcp --toolsets=x,y")]
    public void Plain_bridge_commands_take_the_short_way(string line) =>
        Assert.NotNull(BridgeOptions.TryParse(line.Split(' ')));

    [Theory]
    [InlineData("")]
    [InlineData("serve")]
    [InlineData("mcp --help")]
    [InlineData("mcp --workspace")]
    [InlineData("mcp mcp")]
    [InlineData("--home /h status")]
    public void All_others_go_to_the_parser_that_can_explain(string line) =>
        Assert.Null(BridgeOptions.TryParse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)));

    [Fact]
    public void What_the_short_way_reads_is_what_was_said() =>
        Assert.Equivalent(
            new BridgeOptions { Home = "/h", Workspace = "w", Agent = "a", Toolsets = ["x", "y"], ReadOnly = true },
            BridgeOptions.TryParse("--home /h mcp --workspace=w --agent a --toolsets x,y --read-only".Split(' ')));

    [Fact]
    public void A_host_that_a_bridge_starts_takes_the_short_way_too() =>
        Assert.Equal("/h", HostStarter.TryParse(HostStarter.Arguments(new MiosaHome("/h")))?.Path);

    [Theory]
    [InlineData("serve")]
    [InlineData("serve --detached")]
    [InlineData("serve --detached --home")]
    [InlineData("serve --detached --home /h --http none")]
    [InlineData("serve --home /h --detached")]
    public void Any_other_host_is_for_the_parser(string line) => Assert.Null(HostStarter.TryParse(line.Split(' ')));
}
