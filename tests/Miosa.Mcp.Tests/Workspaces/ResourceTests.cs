using ModelContextProtocol;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;

namespace Miosa.Mcp.Tests.Workspaces;

/// <summary>A contract by addresses, for clients that read resources.</summary>
public sealed class ResourceTests
{
    private const string Sessions = "2025-11-25";

    [Fact]
    public async Task Every_part_has_an_address_and_every_address_can_be_read()
    {
        await using var acme = await WorkspaceHarness.StartAsync();
        var person = await acme.ConnectAsync();

        var listed = await person.Mcp.ListResourcesAsync().AsTask().InTime();

        Assert.Contains("workspace://boot", listed.Select(resource => resource.Uri));
        Assert.Contains("workspace://agents/founder", listed.Select(resource => resource.Uri));
        Assert.Contains("workspace://skills/write-proposal", listed.Select(resource => resource.Uri));
        Assert.Contains("workspace://runbooks/monday", listed.Select(resource => resource.Uri));
        foreach (var resource in listed)
            Assert.NotEqual("", await TextAsync(person, resource.Uri));
    }

    [Fact]
    public async Task Files_beside_a_skill_and_artifacts_are_read_by_their_path()
    {
        await using var acme = await WorkspaceHarness.StartAsync();
        var person = await acme.ConnectAsync();

        Assert.Equal("One page. No adjectives.\n", await TextAsync(person, "workspace://skills/write-proposal/references/form.md"));
        Assert.Equal("Bring your bicycle.\n", await TextAsync(person, "workspace://artifacts/leaflet.txt"));
        Assert.Equal("40", await TextAsync(person, "workspace://company/offers.0.price"));
        Assert.Contains("artifacts/leaflet.txt", await TextAsync(person, "workspace://artifacts"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("workspace://agents/nobody")]
    [InlineData("workspace://artifacts/../SYSTEM.md")]
    [InlineData("workspace://artifacts/%2e%2e/SYSTEM.md")]
    [InlineData("workspace://artifacts/..%2fSYSTEM.md")]
    [InlineData("workspace://skills/write-proposal/SKILL.md/../../x")]
    [InlineData("workspace://skills/write-proposal/%2fetc%2fpasswd")]
    [InlineData("workspace://")]
    [InlineData("workspace:///etc/passwd")]
    [InlineData("file:///etc/passwd")]
    public async Task What_is_no_part_of_the_contract_has_no_address(string uri)
    {
        await using var acme = await WorkspaceHarness.StartAsync();
        var person = await acme.ConnectAsync();

        var refusal = await Assert.ThrowsAsync<McpProtocolException>(() => person.Mcp.ReadResourceAsync(uri).AsTask().InTime());

        Assert.Contains("There is nothing at", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_workspace_sees_nothing_of_it()
    {
        await using var acme = await WorkspaceHarness.StartAsync();
        var stranger = await acme.ConnectAsync(McpHarness.Somebody with { Workspace = "rival" });

        Assert.Empty(await stranger.Mcp.ListResourcesAsync().AsTask().InTime());
        Assert.Empty(await stranger.Mcp.ListPromptsAsync().AsTask().InTime());
        await Assert.ThrowsAsync<McpProtocolException>(() => stranger.Mcp.ReadResourceAsync("workspace://boot").AsTask().InTime());
        await Assert.ThrowsAsync<McpProtocolException>(() => stranger.Mcp.GetPromptAsync("agent-founder").AsTask().InTime());
    }

    [Fact]
    public async Task A_key_that_does_not_open_the_contract_does_not_open_it_by_address_either()
    {
        await using var acme = await WorkspaceHarness.StartAsync();
        var runner = await acme.ConnectAsync(WorkspaceHarness.Person with { Scopes = ["sandboxes:exec"] });
        var reader = await acme.ConnectAsync(WorkspaceHarness.Person with { Scopes = ["workspace:read"] });

        Assert.Empty(await runner.Mcp.ListResourcesAsync().AsTask().InTime());
        Assert.Empty(await runner.Mcp.ListPromptsAsync().AsTask().InTime());
        Assert.DoesNotContain("Acme", runner.Mcp.ServerInstructions, StringComparison.Ordinal);
        await Assert.ThrowsAsync<McpProtocolException>(() => runner.Mcp.ReadResourceAsync("workspace://boot").AsTask().InTime());
        Assert.NotEmpty(await TextAsync(reader, "workspace://boot"));
        await Assert.ThrowsAsync<McpProtocolException>(() => reader.Mcp.ReadResourceAsync("workspace://artifacts/leaflet.txt").AsTask().InTime());
    }

    [Fact]
    public async Task Places_in_addresses_are_completed()
    {
        await using var acme = await WorkspaceHarness.StartAsync();
        var person = await acme.ConnectAsync();

        var templates = await person.Mcp.ListResourceTemplatesAsync().AsTask().InTime();
        var agents = await CompleteAsync(person, "workspace://agents/{id}", "id", "f");
        var facts = await CompleteAsync(person, "workspace://company/{path}", "path", "app");

        Assert.Contains("workspace://skills/{name}/{+file}", templates.Select(template => template.UriTemplate));
        Assert.Equal(["founder"], agents);
        Assert.Equal(["approvals", "approvals.mode"], facts);
    }

    [Fact]
    public async Task Who_subscribed_or_listed_is_told_of_a_change_and_nobody_else()
    {
        await using var acme = await WorkspaceHarness.StartAsync();
        var told = new Notices();
        var elsewhere = new Notices();
        var person = await acme.ConnectAsync(version: Sessions);
        var stranger = await acme.ConnectAsync(McpHarness.Somebody with { Workspace = "rival" }, Sessions);
        await using var first = told.Listen(person.Mcp);
        await using var second = elsewhere.Listen(stranger.Mcp);
        await person.Mcp.ListPromptsAsync().AsTask().InTime();
        await person.Mcp.ListResourcesAsync().AsTask().InTime();
        await person.Mcp.SubscribeToResourceAsync("workspace://agents/support").InTime();
        await stranger.Mcp.ListResourcesAsync().AsTask().InTime();

        acme.Write("agents/support.md", "---\nid: support\ntitle: Help\nreportsTo: founder\n---\nHelps.\n");
        await acme.ReadAsync();

        await told.Resources.Task.InTime();
        await told.Prompts.Task.InTime();
        Assert.Equal("workspace://agents/support", await told.Updated.Task.InTime());
        await stranger.Mcp.PingAsync().AsTask().InTime();
        Assert.False(elsewhere.Resources.Task.IsCompleted);
    }

    [Fact]
    public async Task A_new_artifact_is_told_to_who_subscribed_and_the_list_is_as_it_was()
    {
        await using var acme = await WorkspaceHarness.StartAsync();
        var told = new Notices();
        var person = await acme.ConnectAsync(version: Sessions);
        await using var first = told.Listen(person.Mcp);
        await person.Mcp.ListResourcesAsync().AsTask().InTime();
        await person.Mcp.SubscribeToResourceAsync("workspace://artifacts").InTime();

        acme.Write("artifacts/poster.txt", "Come in.\n");
        await acme.ReadAsync();

        Assert.Equal("workspace://artifacts", await told.Updated.Task.InTime());
        Assert.False(told.Resources.Task.IsCompleted);
    }

    [Fact]
    public async Task A_thousand_skills_are_listed_page_by_page_and_the_first_leads_to_all()
    {
        await using var acme = await WorkspaceHarness.StartAsync();
        for (var number = 0; number < 300; number++)
            acme.Write($"skills/s{number}/SKILL.md", $"---\nname: s{number}\ndescription: The skill number {number}.\n---\nDo it.\n");
        await acme.ReadAsync();
        var person = await acme.ConnectAsync();

        var page = await person.Mcp.ListResourcesAsync(new ListResourcesRequestParams()).AsTask().InTime();
        var all = await person.Mcp.ListResourcesAsync().AsTask().InTime();

        Assert.Equal(200, page.Resources.Count);
        Assert.NotNull(page.NextCursor);
        Assert.Equal("workspace://skills", page.Resources[3].Uri);
        Assert.Equal(all.Count, all.Select(resource => resource.Uri).Distinct(StringComparer.Ordinal).Count());
        Assert.Contains("workspace://skills/s299", all.Select(resource => resource.Uri));
    }

    private static async Task<string> TextAsync(TestClient client, string uri) =>
        Assert.IsType<TextResourceContents>(Assert.Single((await client.Mcp.ReadResourceAsync(uri).AsTask().InTime()).Contents)).Text;

    private static async Task<IEnumerable<string>> CompleteAsync(TestClient client, string template, string argument, string value) =>
        (await client.Mcp.CompleteAsync(new ResourceTemplateReference { Uri = template }, argument, value).AsTask().InTime()).Completion.Values;

    private sealed class Notices
    {
        public TaskCompletionSource Resources { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Prompts { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource<string> Updated { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public IAsyncDisposable Listen(McpClient client)
        {
            client.RegisterNotificationHandler(NotificationMethods.PromptListChangedNotification, (_, _) => Tell(() => Prompts.TrySetResult()));
            client.RegisterNotificationHandler(NotificationMethods.ResourceUpdatedNotification, (notice, _) => Tell(() => Updated.TrySetResult((string)notice.Params!["uri"]!)));
            return client.RegisterNotificationHandler(NotificationMethods.ResourceListChangedNotification, (_, _) => Tell(() => Resources.TrySetResult()));
        }

        private static ValueTask Tell(Action tell)
        {
            tell();
            return ValueTask.CompletedTask;
        }
    }
}
