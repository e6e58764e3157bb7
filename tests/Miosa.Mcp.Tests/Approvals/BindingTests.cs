using Microsoft.Extensions.DependencyInjection;
using Miosa.Mcp.Approvals;
using Miosa.Mcp.Calls;
using static Miosa.Mcp.Tests.Approvals.Person;

namespace Miosa.Mcp.Tests.Approvals;

/// <summary>What was approved is what is done: whatever changes between the two voids it.</summary>
public sealed class BindingTests
{
    private static readonly object Thing = new { name = "thing" };

    public static TheoryData<string, string> Changes => new()
    {
        { "content", "APPROVAL_FILES_MISMATCH" },
        { "link", "APPROVAL_FILES_MISMATCH" },
        { "interpreter", "APPROVAL_FILES_MISMATCH" },
        { "path", "APPROVAL_FILES_MISMATCH" },
        { "gone", "APPROVAL_FILES_MISMATCH" },
        { "environment", "APPROVAL_ENV_MISMATCH" },
        { "device", "APPROVAL_DEVICE_MISMATCH" },
    };

    [Theory, MemberData(nameof(Changes))]
    public async Task What_changed_between_the_approval_and_the_call_voids_it_for_good(string change, string code)
    {
        var place = new PretendPlace { Facts = PretendPlace.With() };
        await using var mcp = await StartAsync(place);
        var pending = await mcp.Client.RefusedAsync("thing_remove", Thing);
        await mcp.ApproveAsync(pending);

        place.Facts = change switch
        {
            "content" => PretendPlace.With(content: "rm -rf /"),
            "link" => PretendPlace.With(link: "/tmp/other.sh"),
            "interpreter" => PretendPlace.With(interpreter: "/tmp/sh"),
            "path" => PretendPlace.With(path: "/home/agent/.local/bin/run.sh"),
            "gone" => PretendPlace.With() with { Files = [] },
            "environment" => PretendPlace.With(environment: "sha256:2"),
            _ => PretendPlace.With(device: "sbx_2"),
        };
        var refusal = await mcp.Client.RefusedAsync("thing_remove", Thing);
        place.Facts = PretendPlace.With();
        var afterwards = await mcp.Client.RefusedAsync("thing_remove", Thing);

        Assert.Equal(code, Code(refusal));
        Assert.Equal(ApprovalState.Voided, (await mcp.RowAsync(Id(pending))).State);
        Assert.NotEqual(Id(pending), Id(afterwards));
        Assert.Equal(0, mcp.World.Runs);
        Assert.Single(await mcp.EventsAsync(types: "approval.voided"));
    }

    [Fact]
    public async Task What_changed_while_it_waited_is_asked_about_as_it_is_now_and_nobody_approves_the_old_by_mistake()
    {
        var place = new PretendPlace { Facts = PretendPlace.With() };
        await using var mcp = await StartAsync(place);
        var before = await mcp.Client.RefusedAsync("thing_remove", Thing);

        place.Facts = PretendPlace.With(content: "rm -rf /");
        var after = await mcp.Client.RefusedAsync("thing_remove", Thing);

        Assert.NotEqual(Id(before), Id(after));
        var told = Assert.Single(await mcp.EventsAsync(types: "approval.voided"));
        Assert.Equal((Id(before), "APPROVAL_FILES_MISMATCH"), (told.Data.GetProperty("approval_id").GetString(), told.Data.GetProperty("code").GetString()));
        var refused = await Assert.ThrowsAsync<ToolFailureException>(() => mcp.ApproveAsync(before));
        Assert.Equal(ToolErrorCode.Conflict, refused.Code);
    }

    [Fact]
    public async Task A_policy_that_changed_voids_it_also_where_it_became_looser()
    {
        var folder = new PretendFolder { Says = new Authority { Rules = [new PolicyRule { Effect = RuleEffect.Ask, Capabilities = ["thing.*"], Reason = "things are dear" }] } };
        await using var mcp = await McpHarness.StartAsync(mcp => mcp.Services.AddSingleton<IWorkspaceAuthority>(folder), "confirm-risky");
        await mcp.ApproveAsync(await mcp.Client.RefusedAsync("thing_remove", Thing));

        folder.Says = new Authority();

        Assert.Equal("APPROVAL_POLICY_MISMATCH", Code(await mcp.Client.RefusedAsync("thing_remove", Thing)));
        Assert.Equal(0, mcp.World.Runs);
    }

    [Fact]
    public async Task A_rule_that_now_forbids_it_is_stronger_than_the_approval()
    {
        var folder = new PretendFolder();
        await using var mcp = await McpHarness.StartAsync(mcp => mcp.Services.AddSingleton<IWorkspaceAuthority>(folder), "confirm-risky");
        await mcp.ApproveAsync(await mcp.Client.RefusedAsync("thing_remove", Thing));

        folder.Says = new Authority { Rules = [new PolicyRule { Effect = RuleEffect.Deny, Capabilities = ["thing.remove"], Reason = "code freeze" }] };
        var refusal = await mcp.Client.RefusedAsync("thing_remove", Thing);

        Assert.Equal("DENIED", Code(refusal));
        Assert.Contains("code freeze", (string)refusal["message"]!, StringComparison.Ordinal);
        Assert.Equal(0, mcp.World.Runs);
    }

    [Fact]
    public async Task A_call_with_other_arguments_is_bound_to_what_those_would_run()
    {
        var place = new PretendPlace { Facts = PretendPlace.With(), OfName = { ["edited"] = PretendPlace.With(path: "/workspace/edited.sh") } };
        await using var mcp = await StartAsync(place);
        var id = Id(await mcp.Client.RefusedAsync("thing_remove", Thing));
        var decided = await mcp.AnswerAsync(id, ApprovalState.Approved, arguments: new { name = "edited" });
        Assert.NotEqual(decided.Binding.Files, decided.EditedBinding!.Files);

        place.OfName["edited"] = PretendPlace.With(path: "/workspace/edited.sh", content: "rm -rf /");

        Assert.Equal("APPROVAL_FILES_MISMATCH", Code(await mcp.Client.RefusedAsync("thing_remove", Thing)));
        Assert.Equal(0, mcp.World.Runs);
    }

    [Fact]
    public async Task A_call_with_other_arguments_is_not_bound_to_what_it_would_have_run_with_the_old_ones()
    {
        var place = new PretendPlace { Facts = PretendPlace.With(), OfName = { ["edited"] = PretendPlace.With(path: "/workspace/edited.sh") } };
        await using var mcp = await StartAsync(place);
        var id = Id(await mcp.Client.RefusedAsync("thing_remove", Thing));
        await mcp.AnswerAsync(id, ApprovalState.Approved, arguments: new { name = "edited" });

        place.Facts = PretendPlace.With(content: "rm -rf /");

        await mcp.Client.CallAsync("thing_remove", Thing);
        Assert.Equal(1, mcp.World.Runs);
    }

    [Theory]
    [InlineData("./deploy.sh --now", new[] { "./deploy.sh" }, new string[0])]
    [InlineData("cd app && ./build.sh; python3 -m http.server", new[] { "cd", "app", "./build.sh", "python3", "http.server" }, new string[0])]
    [InlineData("bash -c 'source ./env.sh; run'", new[] { "bash", "source", "./env.sh", "run" }, new string[0])]
    [InlineData("FOO=./a.sh sh <./in.txt >out", new[] { "./a.sh", "sh", "./in.txt", "out" }, new string[0])]
    [InlineData("scr\"ip\"t.sh", new[] { "script.sh" }, new string[0])]
    [InlineData("my\\ script.sh", new[] { "my script.sh" }, new string[0])]
    [InlineData("$RUN/x.sh && cat *.txt", new[] { "cat" }, new[] { "$RUN/x.sh", "*.txt" })]
    [InlineData("rm -rf `cat list`", new[] { "rm", "cat", "list" }, new string[0])]
    public void The_words_of_a_line_that_may_be_files_are_found(string line, string[] words, string[] unbound)
    {
        var found = CommandWords.Of(line);

        Assert.Empty(words.Except(found.Words));
        Assert.Equal(unbound, found.Unbound);
    }

    [Fact]
    public void Where_the_line_goes_to_is_known() => Assert.Equal(["app", "lib"], CommandWords.Of("cd app && x; pushd lib").Directories);

    [Fact]
    public void A_line_within_an_argument_is_taken_apart_too() => Assert.Contains("./x.sh", CommandWords.Of(["sh", "-c", "cd /tmp; ./x.sh"]).Words);

    [Fact]
    public void What_a_person_reads_cannot_move_the_cursor_or_turn_around() =>
        Assert.Equal("rm -rf /\\u001b[2K\\rls \\u202ehs.x".Replace("\\r", "\\u000d", StringComparison.Ordinal), PlainText.Of("rm -rf /\u001b[2K\rls \u202ehs.x"));

    [Fact]
    public void What_is_one_line_stays_one_and_what_nobody_sees_is_written_out()
    {
        Assert.Equal("a\\u000auser        root 日本 🚲 \\U000e0041", PlainText.Line("a\nuser        root 日本 🚲 \U000e0041"));
        Assert.Equal("a\nb", PlainText.Of("a\nb"));
        Assert.True(PlainText.IsLine("Anna 日本 🚲"));
        Assert.False(PlainText.IsLine("a\u2028b"));
    }

    [Fact]
    public async Task No_path_writes_a_line_of_the_preview()
    {
        var place = new PretendPlace { Facts = PretendPlace.With(path: "/workspace/a\nuser        root") };
        await using var mcp = await StartAsync(place);

        var row = await mcp.RowAsync(Id(await mcp.Client.RefusedAsync("thing_remove", Thing)));

        Assert.Equal(["runs /workspace/a\\u000auser        root"], row.Facts!.Preview);
    }

    private static Task<McpHarness> StartAsync(PretendPlace place) => McpHarness.StartAsync(mcp => mcp.Services.AddSingleton<ICallInspector>(place), "confirm-risky");
}
