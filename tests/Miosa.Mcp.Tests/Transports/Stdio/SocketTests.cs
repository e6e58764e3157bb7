using System.Net.Sockets;
using System.Text.Json.Nodes;
using Miosa.Mcp.Hosting;
using Miosa.Mcp.Transports.Stdio;

namespace Miosa.Mcp.Tests.Transports.Stdio;

public sealed class SocketTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_caller_is_the_user_behind_the_socket_with_what_its_hello_said()
    {
        await using var host = await RunningHost.StartAsync();
        await using var client = await host.GreetAsync("""{"miosa":1,"workspace":"acme","agent":"cfo","toolsets":["files"],"read_only":true,"cwd":"/home/me"}""");

        await client.AskAsync(Said.Initialize(1, "2025-11-25"), 1);
        await client.SayAsync(Said.Initialized);
        var answer = await client.AskAsync(Said.Call(2, "whoami"), 2);

        var caller = JsonNode.Parse((string)answer["result"]!["content"]![0]!["text"]!)!;
        Assert.Equal($"local:{Posix.EffectiveUserId()}", (string)caller["Principal"]!);
        Assert.Equal(("stdio", "acme", "cfo", true, "/home/me"), ((string)caller["Transport"]!, (string)caller["Workspace"]!, (string)caller["Agent"]!, (bool)caller["ReadOnly"]!, (string)caller["WorkingDirectory"]!));
        Assert.Equal(("tester", "2"), ((string)caller["ClientName"]!, (string)caller["ClientVersion"]!));
    }

    [Theory]
    [InlineData("2024-11-05")]
    [InlineData("2025-03-26")]
    [InlineData("2025-06-18")]
    [InlineData("2025-11-25")]
    public async Task A_client_that_probes_for_the_new_era_may_fall_back_to_an_old_one(string version)
    {
        await using var host = await RunningHost.StartAsync();
        await using var client = await host.GreetAsync();

        var discovered = await client.AskAsync(Said.Stateless(1, "server/discover"), 1);
        var initialized = await client.AskAsync(Said.Initialize(2, version), 2);
        await client.SayAsync(Said.Initialized);
        var listed = await client.AskAsync(Said.Request(3, "tools/list"), 3);
        var pinged = await client.AskAsync(Said.Request(4, "ping"), 4);

        Assert.Equal("2026-07-28", (string)discovered["result"]!["supportedVersions"]![0]!);
        Assert.Equal(version, (string)initialized["result"]!["protocolVersion"]!);
        Assert.Equal(3, listed["result"]!["tools"]!.AsArray().Count);
        Assert.NotNull(pinged["result"]);
    }

    [Fact]
    public async Task Both_eras_are_served_on_one_connection()
    {
        await using var host = await RunningHost.StartAsync();
        await using var client = await host.GreetAsync();

        await client.AskAsync(Said.Initialize(1, "2025-11-25"), 1);
        await client.SayAsync(Said.Initialized);
        var stateless = await client.AskAsync(Said.StatelessCall(2, "whoami"), 2);
        var session = await client.AskAsync(Said.Call(3, "whoami"), 3);

        Assert.Equal("complete", (string)stateless["result"]!["resultType"]!);
        Assert.Contains("probe", (string)stateless["result"]!["content"]![0]!["text"]!, StringComparison.Ordinal);
        Assert.Contains("tester", (string)session["result"]!["content"]![0]!["text"]!, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("hello")]
    [InlineData("""{"miosa":2}""")]
    [InlineData("""{"jsonrpc":"2.0","id":1,"method":"initialize"}""")]
    public async Task Who_does_not_say_hello_is_told_how_and_left(string line)
    {
        await using var host = await RunningHost.StartAsync();
        await using var client = await host.OpenSocketAsync();

        await client.SayAsync(line);

        Assert.Contains("The first line must be a hello", (string)JsonNode.Parse((await client.HearAsync())!)!["error"]!, StringComparison.Ordinal);
        Assert.Null(await client.HearAsync());
    }

    [Fact]
    public async Task Who_says_hello_too_slowly_or_without_end_is_left()
    {
        await using var host = await RunningHost.StartAsync();
        await using var slow = await host.OpenSocketAsync();
        await using var endless = await host.OpenSocketAsync();

        await slow.Stream.WriteAsync("""{"miosa":"""u8.ToArray(), Cancellation);
        await endless.SayAsync($$"""{"miosa":1,"workspace":"{{new string('x', 100_000)}}"}""");

        foreach (var client in (Conversation[])[slow, endless])
        {
            Assert.Contains("The first line must be a hello", await client.HearAsync(), StringComparison.Ordinal);
            Assert.Null(await client.HearAsync());
        }
    }

    [Fact]
    public async Task A_line_that_is_no_message_is_answered_and_the_connection_goes_on()
    {
        await using var host = await RunningHost.StartAsync();
        await using var client = await host.GreetAsync();
        await client.AskAsync(Said.Initialize(1, "2025-11-25"), 1);

        await client.SayAsync("this is not JSON");
        Assert.Equal(-32700, (int)JsonNode.Parse((await client.HearAsync())!)!["error"]!["code"]!);
        var wrongVersion = await client.AskAsync("""{"jsonrpc":"1.0","id":5,"method":"ping"}""", 5);
        Assert.Equal(-32600, (int)wrongVersion["error"]!["code"]!);
        var tooDeep = await client.AskAsync(Said.Call(6, "length", string.Concat(Enumerable.Repeat("[", 5000)) + new string(']', 5000)), 6);
        Assert.Equal(-32600, (int)tooDeep["error"]!["code"]!);
        await client.SayAsync("");
        await client.SayAsync("  \r");

        Assert.NotNull((await client.AskAsync(Said.Request(7, "ping"), 7))["result"]);
    }

    [Fact]
    public async Task A_message_beyond_the_limit_is_refused_by_its_id_and_the_next_one_is_served()
    {
        await using var host = await RunningHost.StartAsync();
        await using var client = await host.GreetAsync();
        await client.AskAsync(Said.Initialize(1, "2025-11-25"), 1);

        var large = await client.AskAsync(Said.Call(2, "length", $$"""{"text":"{{new string('x', 4_000_000)}}"}"""), 2);
        var tooLarge = await client.AskAsync(Said.Call(3, "length", $$"""{"text":"{{new string('x', 9_000_000)}}"}"""), 3);
        var next = await client.AskAsync(Said.Call(4, "length", """{"text":"four"}"""), 4);

        Assert.Equal("4000000", (string)large["result"]!["content"]![0]!["text"]!);
        Assert.Contains("as an upload", (string)tooLarge["error"]!["message"]!, StringComparison.Ordinal);
        Assert.Equal("4", (string)next["result"]!["content"]![0]!["text"]!);
    }

    [Fact]
    public async Task A_client_that_has_no_more_to_say_still_gets_the_answers_it_asked_for()
    {
        await using var host = await RunningHost.StartAsync();
        await using var client = await host.GreetAsync();
        await client.AskAsync(Said.Initialize(1, "2025-11-25"), 1);

        await client.SayAsync(Said.Call(2, "wait"));
        await host.Board.EnteredAsync();
        ((NetworkStream)client.Stream).Socket.Shutdown(SocketShutdown.Send);
        host.Board.Gate.SetResult();

        Assert.Equal("done", (string)(await client.HearAnswerAsync(2))["result"]!["content"]![0]!["text"]!);
        Assert.Null(await client.HearAsync());
    }

    [Fact]
    public async Task A_client_that_vanishes_takes_its_waiting_with_it()
    {
        await using var host = await RunningHost.StartAsync();
        var client = await host.GreetAsync();
        await client.AskAsync(Said.Initialize(1, "2025-11-25"), 1);

        await client.SayAsync(Said.Call(2, "wait"));
        await host.Board.EnteredAsync();
        await client.DisposeAsync();

        await host.Board.Cancelled.Task.WaitAsync(Conversation.Patience);
    }

    [Fact]
    public async Task A_call_can_be_cancelled_in_either_era()
    {
        await using var host = await RunningHost.StartAsync();
        await using var client = await host.GreetAsync();
        await client.AskAsync(Said.Stateless(1, "server/discover"), 1);
        await client.AskAsync(Said.Initialize(2, "2025-11-25"), 2);

        await client.SayAsync(Said.StatelessCall(3, "wait"));
        await host.Board.EnteredAsync();
        await client.SayAsync("""{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":3}}""");

        await host.Board.Cancelled.Task.WaitAsync(Conversation.Patience);
    }

    [Fact]
    public async Task More_clients_than_there_is_room_for_are_told_so_and_make_room_when_they_go()
    {
        await using var host = await RunningHost.StartAsync();
        var clients = new List<Conversation>();
        for (var i = 0; i < SocketListener.MaxConnections; i++)
            clients.Add(await host.GreetAsync());

        await using (var oneMore = await host.OpenSocketAsync())
        {
            Assert.Contains("clients are connected already", await oneMore.HearAsync(), StringComparison.Ordinal);
        }

        foreach (var client in clients)
            await client.DisposeAsync();
        HelloAnswer? answer;
        do
            answer = await HostClient.AskAsync(host.Home, HostControl.Status, Cancellation);
        while (answer?.Status is null || answer.Status.Counts["stdio_connections"] > 1);
        await using var next = await host.GreetAsync();
    }

    [Fact]
    public async Task The_socket_is_for_its_owner_only()
    {
        await using var host = await RunningHost.StartAsync();

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(host.Home.SocketFile));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(host.Home.RunDirectory));
    }

    [Fact]
    public async Task The_host_tells_its_status_and_knows_what_it_does_not_know()
    {
        await using var host = await RunningHost.StartAsync();

        var status = await HostClient.AskAsync(host.Home, HostControl.Status, Cancellation);
        var unknown = await HostClient.AskAsync(host.Home, "dance", Cancellation);

        Assert.Equal((Environment.ProcessId, host.Home.Path), (status!.Status!.Host.Pid, status.Status.Home));
        Assert.Equal(host.Url, new Uri(status.Status.Host.Http!));
        Assert.Contains("'dance'", unknown!.Error, StringComparison.Ordinal);
    }
}
