using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Miosa.Mcp.Approvals;
using Miosa.Mcp.Calls;
using Miosa.Mcp.Events;
using Miosa.Mcp.Storage;
using Miosa.Mcp.Tests.Transports;
using Miosa.Mcp.Transports.Access;

namespace Miosa.Mcp.Tests.Approvals;

/// <summary>The doors for people: HTTP with a key of their own, and the terminal.</summary>
public sealed class DoorTests
{
    private static readonly Server Product = new(
        mcp =>
        {
            mcp.Services.AddSingleton<TestWorld>();
            mcp.AddStorage().AddCalls().AddEvents().AddTools<TestTools>().AddTools<ApprovalTools>();
        },
        static endpoints => endpoints.MapApprovals());

    [Fact]
    public async Task A_person_s_key_of_that_scope_lists_shows_and_approves_and_the_call_goes_on()
    {
        await using var host = await RunningHost.StartAsync(server: Product);
        var person = await PersonAsync(host);
        var id = await AskAsync(host);

        var list = await GetAsync(person, "/v1/approvals?status=pending");
        var shown = await GetAsync(person, $"/v1/approvals/{id}");
        var approved = await person.PostAsJsonAsync($"/v1/approvals/{id}/approve", new { note = "go on", request_fingerprint = (string)shown["data"]!["request_fingerprint"]! }, Cancelled);

        Assert.Equal(id, (string)Assert.Single(list["data"]!.AsArray())!["id"]!);
        Assert.Null(list["data"]![0]!["arguments"]);
        Assert.Equal("thing", (string)shown["data"]!["arguments"]!["name"]!);
        Assert.Equal(HttpStatusCode.OK, approved.StatusCode);
        Assert.Null(await CallAsync(host, "thing_remove"));
        Assert.Equal(1, host.Services.GetRequiredService<TestWorld>().Runs);
    }

    [Fact]
    public async Task The_names_that_clients_of_miosa_know_work_too()
    {
        await using var host = await RunningHost.StartAsync(server: Product);
        var person = await PersonAsync(host);
        var id = await AskAsync(host);

        var row = (await GetAsync(person, "/actions/approvals?status=pending"))["data"]![0]!;
        var denied = await person.PostAsync($"/actions/approvals/{id}/deny", content: null, Cancelled);
        var catalog = await GetAsync(host.Http, "/actions/catalog");

        Assert.Equal(("thing.remove", "pending", "default"), ((string)row["capability_name"]!, (string)row["status"]!, (string)row["workspace_id"]!));
        Assert.StartsWith("sha256:", (string)row["request_fingerprint"]!, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, denied.StatusCode);
        Assert.Equal("APPROVAL_DENIED", await CallAsync(host, "thing_remove"));
        Assert.Equal("destructive", (string)catalog["data"]!.AsArray().Single(one => (string)one!["name"]! is "thing.remove")!["risk"]!);
    }

    [Fact]
    public async Task Neither_the_asker_nor_an_agent_a_token_or_a_key_without_the_scope_decides()
    {
        await using var host = await RunningHost.StartAsync(server: Product);
        var id = await AskAsync(host);
        var wide = await ClientAsync(host, [Scopes.All]);
        var agent = await ClientAsync(host, [Scopes.All], agent: "clerk");
        var token = host.NewClient((await host.Keys.DelegateAsync(maker: null, caller: null, new TokenRequest { Scopes = [Scopes.All] }, Cancelled)).Text);
        // Keys of others with the scope are not even made.
        Assert.Null(await ClientAsync(host, [Scopes.All, Scopes.DecideApprovals], agent: "clerk"));
        Assert.Null(await ClientAsync(host, [Scopes.DecideApprovals], kind: "platform"));
        await Assert.ThrowsAsync<ToolFailureException>(() => host.Keys.DelegateAsync(maker: null, caller: null, new TokenRequest { Scopes = [Scopes.DecideApprovals] }, Cancelled));
        // The key that asks has all other rights.
        foreach (var client in (HttpClient[])[host.Http, wide!, agent!, token])
        {
            using var answer = await client.PostAsync($"/v1/approvals/{id}/approve", content: null, Cancelled);
            Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
            using var list = await client.GetAsync("/v1/approvals", Cancelled);
            Assert.Equal(HttpStatusCode.Forbidden, list.StatusCode);
        }
        Assert.Equal("PENDING_APPROVAL", await CallAsync(host, "thing_remove"));
    }

    [Fact]
    public async Task A_person_who_asked_with_the_same_key_cannot_approve_with_it()
    {
        await using var host = await RunningHost.StartAsync(server: Product);
        var both = await ClientAsync(host, [Scopes.All, Scopes.DecideApprovals]);
        Assert.Equal("PENDING_APPROVAL", await CallAsync(host, "thing_remove", both));
        var id = (string)(await GetAsync(both!, "/v1/approvals"))["data"]![0]!["id"]!;

        using var answer = await both!.PostAsync($"/v1/approvals/{id}/approve", content: null, Cancelled);

        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.Contains("Who asked cannot approve", await answer.Content.ReadAsStringAsync(Cancelled), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Grants_are_given_listed_and_revoked()
    {
        await using var host = await RunningHost.StartAsync(server: Product);
        var person = await PersonAsync(host);
        var id = await AskAsync(host);
        var asker = (string)(await GetAsync(person, $"/v1/approvals/{id}"))["data"]!["asked_by"]!;

        var made = await person.PostAsJsonAsync("/v1/grants", new { capability = "thing.remove", principal = asker, constraints = new { name = "thing" }, expires_in_seconds = 3600, uses = 5 }, Cancelled);
        Assert.Equal(HttpStatusCode.Created, made.StatusCode);
        Assert.Null(await CallAsync(host, "thing_remove"));
        var grant = (await GetAsync(person, "/v1/grants"))["data"]![0]!;
        Assert.Equal(("active", 4), ((string)grant["status"]!, (int)grant["uses_left"]!));
        using var revoked = await person.DeleteAsync($"/v1/grants/{(string)grant["id"]!}", Cancelled);

        Assert.Equal(HttpStatusCode.OK, revoked.StatusCode);
        Assert.Equal("PENDING_APPROVAL", await CallAsync(host, "thing_remove"));
    }

    [Theory]
    [InlineData("{ no json")]
    [InlineData("[]")]
    [InlineData("""{"note":5}""")]
    [InlineData("""{"arguments":["thing"]}""")]
    [InlineData("""{"arguments":"thing"}""")]
    [InlineData("""{"arguments":{"name":"thing","name":"other"}}""")]
    [InlineData("""{"arguments":{"\ud800":"thing"}}""")]
    [InlineData("""{"request_fingerprint":"sha256:0"}""", HttpStatusCode.Conflict)]
    public async Task A_body_that_is_none_decides_nothing(string body, HttpStatusCode status = HttpStatusCode.BadRequest)
    {
        await using var host = await RunningHost.StartAsync(server: Product);
        var person = await PersonAsync(host);
        var id = await AskAsync(host);

        using var answer = await person.PostAsync($"/v1/approvals/{id}/approve", new StringContent(body), Cancelled);

        Assert.Equal(status, answer.StatusCode);
        Assert.Equal("pending", (string)(await GetAsync(person, $"/v1/approvals/{id}"))["data"]!["status"]!);
    }

    [Theory]
    [InlineData("[1]")]
    [InlineData("\"thing\"")]
    [InlineData("null")]
    [InlineData("""{"name":"a","name":"b"}""")]
    public async Task A_file_that_holds_no_arguments_approves_nothing(string text)
    {
        await using var host = await RunningHost.StartAsync(server: Product);
        var id = await AskAsync(host);
        using var directory = new TemporaryDirectory();
        await File.WriteAllTextAsync(directory.File("edit.json"), text, Cancelled);
        var output = new StringWriter();

        Assert.Equal(1, await At(host, "yes\n", output).DecideAsync(new ApprovalsDecision { Id = id, Decision = "approve" }, directory.File("edit.json"), Cancelled));

        Assert.Contains("arguments", output.ToString(), StringComparison.Ordinal);
        Assert.Equal("PENDING_APPROVAL", await CallAsync(host, "thing_remove"));
    }

    [Fact]
    public async Task A_file_with_other_arguments_is_shown_and_the_call_made_with_them()
    {
        await using var host = await RunningHost.StartAsync(server: Product);
        var id = await AskAsync(host);
        using var directory = new TemporaryDirectory();
        await File.WriteAllTextAsync(directory.File("edit.json"), """{"name":"other"}""", Cancelled);
        var output = new StringWriter();

        Assert.Equal(0, await At(host, "yes\n", output).DecideAsync(new ApprovalsDecision { Id = id, Decision = "approve" }, directory.File("edit.json"), Cancelled));

        Assert.Contains("instead     {\n              \"name\": \"other\"\n            }\n", output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_an_asker_calls_itself_writes_no_line_of_its_own_in_a_person_s_terminal()
    {
        await using var host = await RunningHost.StartAsync(server: Product);
        var asker = McpHarness.Somebody with { Agent = "clerk\u001b[2J\nappr_forged  pending", Workspace = "acme\r\u202eforged\nby nobody" };
        var row = await host.Services.GetRequiredService<ApprovalService>().AskAsync(asker, new Authority { Mode = ApprovalMode.Auto }, ["tools: + a\nuser        root"], Cancelled);
        var output = new StringWriter();

        Assert.Equal(0, await At(host, "", output).ListAsync(null, all: false, Cancelled));
        Assert.Equal(0, await At(host, "", output).ShowAsync(row.Id, Cancelled));

        var lines = output.ToString().Split('\n');
        Assert.Contains(lines, line => line.Contains("clerk\\u001b[2J\\u000aappr_forged", StringComparison.Ordinal));
        Assert.DoesNotContain(lines, line => line.StartsWith("appr_forged", StringComparison.Ordinal) || line.StartsWith("by nobody", StringComparison.Ordinal) || line.StartsWith("user", StringComparison.Ordinal));
        Assert.DoesNotContain(output.ToString(), c => c is '\u001b' or '\r' or '\u202e');
    }

    [Fact]
    public async Task A_database_that_cannot_be_read_is_told_at_every_door()
    {
        await using var host = await RunningHost.StartAsync(server: Product);
        var person = await PersonAsync(host);
        host.Services.GetRequiredService<Database>().Dispose();
        var output = new StringWriter();

        foreach (var (client, path) in ((HttpClient, string)[])[(person, "/v1/approvals"), (host.Http, "/actions/catalog")])
        {
            using var answer = await client.GetAsync(path, Cancelled);
            Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
            Assert.Equal("STORAGE_UNAVAILABLE", (string)JsonNode.Parse(await answer.Content.ReadAsStringAsync(Cancelled))!["error"]!["code"]!);
        }
        Assert.Equal(1, await At(host, "", output).ListAsync(null, all: false, Cancelled));
        Assert.Contains("The database is closed", output.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("600000 xyz abc")]
    [InlineData("0 00 00")]
    [InlineData("")]
    public async Task A_damaged_passphrase_lets_nobody_in_and_says_what_is_wrong(string stored)
    {
        await using var host = await RunningHost.StartAsync(server: Product);
        var id = await AskAsync(host);
        await File.WriteAllTextAsync(Path.Combine(host.Home.Path, "approver.hash"), stored, Cancelled);
        var output = new StringWriter();

        Assert.Equal(1, await At(host, "yes\ncorrect horse\n", output).DecideAsync(new ApprovalsDecision { Id = id, Decision = "approve" }, null, Cancelled));

        Assert.Contains("approver.hash is damaged", output.ToString(), StringComparison.Ordinal);
        Assert.Equal("PENDING_APPROVAL", await CallAsync(host, "thing_remove"));
    }

    [Theory]
    [InlineData("approve appr_1 --uses 3")]
    [InlineData("approve appr_1 --same name")]
    public void What_is_said_of_a_grant_is_refused_where_none_is_given(string line)
    {
        var command = ApprovalsCommandLine.Build(_ => throw new InvalidOperationException("It was run."));

        Assert.Contains("--grant-for", Assert.Single(command.Parse(line).Errors).Message, StringComparison.Ordinal);
        Assert.Empty(command.Parse(line + " --grant-for 8h").Errors);
    }

    [Fact]
    public async Task Another_workspace_s_person_sees_and_decides_nothing()
    {
        await using var host = await RunningHost.StartAsync(server: Product);
        var id = await AskAsync(host);
        var stranger = await PersonAsync(host);
        stranger.DefaultRequestHeaders.Add("X-Miosa-Workspace", "other");

        Assert.Empty((await GetAsync(stranger, "/v1/approvals"))["data"]!.AsArray());
        using var answer = await stranger.PostAsync($"/v1/approvals/{id}/approve", content: null, Cancelled);
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }

    [Fact]
    public async Task At_a_terminal_a_person_sees_exactly_what_will_be_done_and_says_yes()
    {
        await using var host = await RunningHost.StartAsync(server: Product);
        var id = await AskAsync(host, "th\u001b[2Jing");
        var output = new StringWriter();
        var command = new ApprovalsCommand(host.Home, new Terminal(new StringReader("yes\n"), output, output, isPerson: true));

        Assert.Equal(0, await command.ListAsync(null, all: false, Cancelled));
        Assert.Equal(0, await command.DecideAsync(new ApprovalsDecision { Id = id, Decision = "approve" }, null, Cancelled));

        var shown = output.ToString();
        Assert.Contains("thing_remove", shown, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', shown);
        Assert.Contains("Approved", shown, StringComparison.Ordinal);
        Assert.Null(await CallAsync(host, "thing_remove", name: "th\u001b[2Jing"));
    }

    [Theory]
    [InlineData("no\n")]
    [InlineData("y\n")]
    [InlineData("")]
    public async Task Anything_but_a_yes_decides_nothing(string typed)
    {
        await using var host = await RunningHost.StartAsync(server: Product);
        var id = await AskAsync(host);
        var output = new StringWriter();

        Assert.Equal(1, await new ApprovalsCommand(host.Home, new Terminal(new StringReader(typed), output, output, isPerson: true)).DecideAsync(new ApprovalsDecision { Id = id, Decision = "approve" }, null, Cancelled));

        Assert.Equal("PENDING_APPROVAL", await CallAsync(host, "thing_remove"));
    }

    [Fact]
    public async Task What_is_no_terminal_is_no_person()
    {
        await using var host = await RunningHost.StartAsync(server: Product);
        var id = await AskAsync(host);
        var output = new StringWriter();

        Assert.Equal(1, await new ApprovalsCommand(host.Home, new Terminal(new StringReader("yes\n"), output, output, isPerson: false)).DecideAsync(new ApprovalsDecision { Id = id, Decision = "approve" }, null, Cancelled));

        Assert.Equal("PENDING_APPROVAL", await CallAsync(host, "thing_remove"));
    }

    [Fact]
    public async Task With_a_passphrase_set_an_answer_needs_it()
    {
        await using var host = await RunningHost.StartAsync(server: Product);
        var id = await AskAsync(host);
        var output = new StringWriter();
        Assert.Equal(0, await new ApprovalsCommand(host.Home, new Terminal(new StringReader("\ncorrect horse\ncorrect horse\n"), output, output, isPerson: true)).SetPassphraseAsync(Cancelled));

        var decision = new ApprovalsDecision { Id = id, Decision = "approve" };
        Assert.Equal(1, await new ApprovalsCommand(host.Home, new Terminal(new StringReader("yes\nwrong horse\n"), output, output, isPerson: true)).DecideAsync(decision, null, Cancelled));
        Assert.Equal("PENDING_APPROVAL", await CallAsync(host, "thing_remove"));
        Assert.Equal(0, await new ApprovalsCommand(host.Home, new Terminal(new StringReader("yes\ncorrect horse\n"), output, output, isPerson: true)).DecideAsync(decision, null, Cancelled));
        Assert.Null(await CallAsync(host, "thing_remove"));
        Assert.DoesNotContain("horse", await File.ReadAllTextAsync(Path.Combine(host.Home.Path, "approver.hash"), Cancelled), StringComparison.Ordinal);
    }

    private static ApprovalsCommand At(RunningHost host, string typed, StringWriter output) => new(host.Home, new Terminal(new StringReader(typed), output, output, isPerson: true));

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private static async Task<HttpClient> PersonAsync(RunningHost host) => (await ClientAsync(host, [Scopes.DecideApprovals]))!;

    /// <summary>A client with a key of its own; null where the rules of keys do not even make such a key.</summary>
    private static async Task<HttpClient?> ClientAsync(RunningHost host, IReadOnlyList<string> scopes, string? agent = null, string kind = "user")
    {
        try
        {
            var made = await host.Keys.CreateAsync(new KeyRequest { Name = $"key {Guid.NewGuid():n}", Kind = kind, Scopes = scopes, Agent = agent, ExpiresInSeconds = 3600 }, Cancelled);
            return host.NewClient(made.Text);
        }
        catch (ToolFailureException)
        {
            return null;
        }
    }

    /// <summary>The key that asks makes a call that needs an answer; the id of its request.</summary>
    private static async Task<string> AskAsync(RunningHost host, string name = "thing")
    {
        Assert.Equal("PENDING_APPROVAL", await CallAsync(host, "thing_remove", name: name));
        var rows = await host.Services.GetRequiredService<ApprovalService>().ListAsync("default", ApprovalState.Pending, null, 1, Cancelled);
        return rows[0].Id;
    }

    /// <summary>The code of the refusal; null where the call was made.</summary>
    private static async Task<string?> CallAsync(RunningHost host, string tool, HttpClient? client = null, string name = "thing")
    {
        var body = JsonSerializer.Serialize(new { jsonrpc = "2.0", id = 1, method = "tools/call", @params = new { name = tool, arguments = new { name } } });
        using var request = new HttpRequestMessage(HttpMethod.Post, "/mcp") { Content = new StringContent(body, new MediaTypeHeaderValue("application/json")) };
        request.Headers.Accept.ParseAdd("application/json, text/event-stream");
        request.Headers.Add("MCP-Protocol-Version", "2025-11-25");
        using var response = await (client ?? host.Http).SendAsync(request, Cancelled);
        var text = await response.Content.ReadAsStringAsync(Cancelled);
        var json = JsonNode.Parse(text.StartsWith('{') ? text : text.Split('\n').Single(line => line.StartsWith("data: {", StringComparison.Ordinal))["data: ".Length..])!;
        var result = json["result"]!;
        return (bool?)result["isError"] is true ? (string)result["structuredContent"]!["code"]! : null;
    }

    private static async Task<JsonObject> GetAsync(HttpClient client, string path)
    {
        using var response = await client.GetAsync(path, Cancelled);
        var text = await response.Content.ReadAsStringAsync(Cancelled);
        Assert.True(response.IsSuccessStatusCode, $"{path}: {text}");
        return JsonNode.Parse(text)!.AsObject();
    }
}
