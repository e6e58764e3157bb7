using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Miosa.Mcp.Workspaces;
using Miosa.Mcp.Workspaces.Moving;

namespace Miosa.Mcp.Tests.Workspaces;

/// <summary>What a model reads of a contract by tools.</summary>
public sealed class WorkspaceToolsTests
{
    [Fact]
    public async Task A_boot_pack_says_whom_one_works_for_as_whom_and_what_there_is()
    {
        await using var acme = await WorkspaceHarness.StartAsync();
        var founder = await acme.ConnectAsync(WorkspaceHarness.Founder);

        var pack = await founder.CallAsync("workspace_get");

        Assert.Equal("Acme Bicycles", (string)pack["company"]!);
        Assert.Equal("founder", (string)pack["agent"]!);
        Assert.Contains("never promise a date", (string)pack["boot"]!, StringComparison.Ordinal);
        Assert.Contains("Decides what is worth doing", (string)pack["role"]!, StringComparison.Ordinal);
        Assert.Contains("support: Support", Strings(pack["agents"]));
        Assert.Contains(Strings(pack["skills"]), line => line.StartsWith("write-proposal: Writes a proposal", StringComparison.Ordinal));
        Assert.Empty(Strings(pack["left_out"]));
    }

    [Fact]
    public async Task Without_a_folder_there_is_no_contract_and_the_answer_says_how_to_make_one()
    {
        await using var acme = await WorkspaceHarness.StartAsync();
        var stranger = await acme.ConnectAsync(McpHarness.Somebody with { Workspace = "elsewhere" });

        var refusal = await stranger.RefusedAsync("workspace_get");

        Assert.Equal("NOT_FOUND", (string)refusal["code"]!);
        Assert.Contains("miosa init", (string)refusal["next_step"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_skill_comes_with_its_files_and_each_can_be_read()
    {
        await using var acme = await WorkspaceHarness.StartAsync();
        var person = await acme.ConnectAsync();

        var skill = await person.CallAsync("skill_get", new { name = "write-proposal" });
        var section = await person.CallAsync("skill_get", new { name = "write-proposal", section = "Prices" });
        var file = await person.CallAsync("skill_get", new { name = "write-proposal", file = "references/form.md" });

        Assert.Contains("Ask for the bicycle first", (string)skill["text"]!, StringComparison.Ordinal);
        Assert.Equal(["references/form.md"], Strings(skill["files"]));
        Assert.Equal("## Prices\n\nTake them from company.yaml.", ((string)section["text"]!).TrimEnd());
        Assert.Equal("One page. No adjectives.\n", (string)file["text"]!);
    }

    [Fact]
    public async Task A_name_that_is_almost_right_is_answered_with_the_right_one()
    {
        await using var acme = await WorkspaceHarness.StartAsync();
        var person = await acme.ConnectAsync();

        Assert.Contains("`write-proposal`", (string)(await person.RefusedAsync("skill_get", new { name = "write-proposals" }))["next_step"]!, StringComparison.Ordinal);
        Assert.Contains("`founder`", (string)(await person.RefusedAsync("agent_get", new { name = "foundr" }))["next_step"]!, StringComparison.Ordinal);
        Assert.Contains("monday", (string)(await person.RefusedAsync("runbook_get", new { name = "tuesdays-and-thursdays" }))["next_step"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Facts_are_found_by_path()
    {
        await using var acme = await WorkspaceHarness.StartAsync();
        var person = await acme.ConnectAsync();

        Assert.Equal(40, (int)(await person.CallAsync("company_get", new { path = "offers.0.price" }))["value"]!);
        Assert.Equal("acme", (string)(await person.CallAsync("company_get"))["value"]!["slug"]!);
        Assert.Equal("NOT_FOUND", (string)(await person.RefusedAsync("company_get", new { path = "offers.7" }))["code"]!);
    }

    [Fact]
    public async Task A_long_skill_has_an_index_and_goes_on_where_it_was_cut()
    {
        await using var acme = await WorkspaceHarness.StartAsync();
        var body = string.Concat(Enumerable.Range(1, 400).Select(number => $"## Step {number}\n\nDo the thing of the number {number}.\n\n"));
        acme.Write("skills/long/SKILL.md", $"---\nname: long\ndescription: Has many steps.\n---\n{body}");
        await acme.ReadAsync();
        var person = await acme.ConnectAsync();

        var read = "";
        string? cursor = null;
        var first = await person.CallAsync("skill_get", new { name = "long" });
        do
        {
            var part = cursor is null ? first : await person.CallAsync("skill_get", new { name = "long", cursor });
            Assert.InRange(part.ToJsonString().Length, 1, 7_000);
            read += (string)part["text"]!;
            cursor = (string?)part["next_cursor"];
        }
        while (cursor is not null);

        Assert.Equal(body.Trim(), read.Trim());
        Assert.Contains(Strings(first["sections"]), section => section.StartsWith("Step 1 (", StringComparison.Ordinal));
        Assert.Contains(Strings(first["sections"]), section => section.StartsWith("and ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Problems_are_told_with_file_and_line_and_what_is_mended_is_gone()
    {
        await using var acme = await WorkspaceHarness.StartAsync();
        var person = await acme.ConnectAsync();
        acme.Write("agents/support.md", "---\nid: support\nreportsTo: ghost\n---\nAnswers.\n");

        var broken = await person.CallAsync("workspace_validate");
        acme.Write("agents/support.md", "---\nid: support\nreportsTo: founder\n---\nAnswers.\n");
        var mended = await person.CallAsync("workspace_validate");

        Assert.Contains(Strings(broken["problems"]), problem => problem.StartsWith("agents/support.md:", StringComparison.Ordinal) && problem.Contains("ghost", StringComparison.Ordinal));
        Assert.DoesNotContain(Strings(mended["problems"]), problem => problem.Contains("ghost", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_change_of_the_folder_is_an_event_and_is_in_the_next_answer()
    {
        await using var acme = await WorkspaceHarness.StartAsync();
        var person = await acme.ConnectAsync();
        await person.CallAsync("workspace_get");

        acme.Write("agents/sales.md", "---\nid: sales\ntitle: Sales\n---\nSells.\n");
        await acme.ReadAsync();

        Assert.Contains("sales: Sales", Strings((await person.CallAsync("workspace_get"))["agents"]));
        Assert.Equal(["workspace.loaded", "workspace.changed"], (await acme.Mcp.EventsAsync(WorkspaceHarness.Name, "workspace.*")).Select(entry => entry.Type));
    }

    [Fact]
    public async Task A_change_is_noticed_by_itself()
    {
        await using var acme = await WorkspaceHarness.StartAsync();
        await acme.Contracts.FindAsync(WorkspaceHarness.Name, TestContext.Current.CancellationToken);

        acme.Write("agents/sales.md", "---\nid: sales\ntitle: Sales\n---\nSells.\n");

        await IsFoundAsync(acme, "agents/sales.md");
    }

    [Fact]
    public async Task A_folder_that_was_deleted_and_made_again_is_watched_again()
    {
        await using var acme = await WorkspaceHarness.StartAsync();
        await acme.ReadAsync();
        Directory.Delete(acme.Folder.Path, recursive: true);
        Assert.NotNull(await acme.ReadAsync());
        foreach (var (path, text) in SmallCompany.Files)
            acme.Write(path, text);
        await acme.ReadAsync();

        // A look that was due since the deletion may find the first one; the second is found by who hears of it.
        acme.Write("agents/ads.md", "---\nid: ads\ntitle: Ads\n---\nAdvertises.\n");
        await IsFoundAsync(acme, "agents/ads.md");
        acme.Write("agents/sales.md", "---\nid: sales\ntitle: Sales\n---\nSells.\n");
        await IsFoundAsync(acme, "agents/sales.md");
    }

    [Fact]
    public async Task Clients_that_connect_with_one_folder_at_once_do_not_take_its_copy_from_each_other()
    {
        await using var acme = await WorkspaceHarness.StartAsync();
        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(async () =>
        {
            await acme.Contracts.SetAsync(new WorkspaceRow { Name = "beta", Directory = acme.Folder.Path, CreatedAt = DateTimeOffset.UnixEpoch }, TestContext.Current.CancellationToken);
            Assert.NotNull(await acme.Contracts.FindAsync("beta", TestContext.Current.CancellationToken));
        })));

        Assert.True(File.Exists(Path.Combine(acme.Contracts.Mirror("beta")!.Tree, "SYSTEM.md")));
    }

    [Fact]
    public async Task A_sandbox_that_is_gone_takes_no_folder_with_it_that_is_elsewhere_by_now()
    {
        await using var acme = await WorkspaceHarness.StartAsync();

        await acme.Contracts.RemoveAsync(WorkspaceHarness.Name, "sbx_gone", TestContext.Current.CancellationToken);

        Assert.NotNull(acme.Contracts.Row(WorkspaceHarness.Name));
    }

    [Fact]
    public async Task Nothing_is_imported_into_a_folder_that_is_on_this_machine()
    {
        await using var acme = await WorkspaceHarness.StartAsync();
        using var other = new TemporaryDirectory();
        var desk = acme.Mcp.Services.GetRequiredService<FolderDesk>();

        var answer = await desk.AnswerAsync(new FolderQuestion { Do = FolderQuestion.Import, Directory = other.Path }, WorkspaceHarness.Person, TestContext.Current.CancellationToken);

        Assert.False(answer.Done);
        Assert.Contains("on this machine, not in a sandbox", answer.Lines[0], StringComparison.Ordinal);
        Assert.Equal(acme.Folder.Path, acme.Contracts.Row(WorkspaceHarness.Name)?.Directory);
    }

    /// <summary>The machine's own clock says when a watch tells; the host's says how long it lets files settle.</summary>
    private static Task IsFoundAsync(WorkspaceHarness acme, string path)
    {
        var mirror = acme.Contracts.Mirror(WorkspaceHarness.Name)!;
        return Bounded.UntilAsync(() =>
        {
            acme.Mcp.Time.Advance(TimeSpan.FromSeconds(1));
            return mirror.Files.ContainsKey(path);
        });
    }

    [Theory]
    [InlineData("", "DENIED")]
    [InlineData("devices:use, devices:create", "DENIED")]
    [InlineData("devices:set-primary", "PENDING_APPROVAL")]
    public async Task An_agent_opens_the_folder_only_where_its_file_lets_it_make_the_primary_sandbox(string devices, string code)
    {
        await using var acme = await WorkspaceHarness.StartAsync();
        acme.Write("agents/support.md", $"---\nid: support\ntitle: Support\ndevices: [{devices}]\n---\nAnswers.\n");
        await acme.ReadAsync();
        var support = await acme.ConnectAsync(WorkspaceHarness.Person with { Agent = "support" });

        Assert.Equal(code, (string)(await support.RefusedAsync("workspace_open"))["code"]!);
    }

    private static IReadOnlyList<string> Strings(JsonNode? list) => [.. list!.AsArray().Select(item => (string)item!)];
}
