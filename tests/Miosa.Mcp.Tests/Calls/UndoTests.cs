using System.ComponentModel;
using Microsoft.Extensions.DependencyInjection;
using Miosa.Mcp.Calls;
using ModelContextProtocol.Server;

namespace Miosa.Mcp.Tests.Calls;

/// <summary>What takes something away is preceded by what keeps it.</summary>
public sealed class UndoTests
{
    [Fact]
    public async Task The_answer_of_a_destructive_call_names_how_to_undo_it_as_text_and_structured()
    {
        var keeper = new Keeper();
        await using var mcp = await StartAsync(keeper);

        var result = await mcp.Client.RawAsync("thing_remove", new { name = "thing" });

        Assert.Equal(["thing_remove"], keeper.Taken);
        Assert.Empty(keeper.Dropped);
        Assert.Contains("""{"name":"thing","number":1,"workspace":"default","undo":{"tool":"thing_make","snapshot_id":"snap_1"}}""", TestClient.Text(result), StringComparison.Ordinal);
        Assert.Equal(TestClient.Text(result), result.StructuredContent!.Value.GetRawText());
    }

    [Fact]
    public async Task Reads_and_writes_are_not_preceded_by_anything()
    {
        var keeper = new Keeper();
        await using var mcp = await StartAsync(keeper);

        await mcp.Client.CallAsync("thing_get");
        await mcp.Client.CallAsync("thing_make", new { name = "thing" });

        Assert.Empty(keeper.Taken);
    }

    [Fact]
    public async Task A_destructive_call_is_not_made_when_nothing_could_be_kept()
    {
        var keeper = new Keeper { Failure = new ToolFailureException(ToolErrorCode.PreconditionFailed, "Nothing could be kept.", "Make room.") };
        await using var mcp = await StartAsync(keeper);

        var refusal = await mcp.Client.RefusedAsync("thing_remove", new { name = "thing" });

        Assert.Equal("PRECONDITION_FAILED", (string)refusal["code"]!);
        Assert.Equal(0, mcp.World.Runs);
    }

    [Fact]
    public async Task Where_there_is_nothing_to_keep_the_call_is_made_and_its_answer_says_nothing_of_undoing()
    {
        await using var mcp = await StartAsync(new Keeper { Undo = null });

        Assert.Null((await mcp.Client.CallAsync("thing_remove", new { name = "thing" }))["undo"]);
    }

    [Theory]
    [InlineData("NotFound", true)]
    [InlineData("Unavailable", false)]
    [InlineData("BUG", false)]
    public async Task What_was_kept_for_a_call_that_is_known_to_have_changed_nothing_is_dropped(string code, bool dropped)
    {
        var keeper = new Keeper();
        await using var mcp = await StartAsync(keeper);

        await mcp.Client.RefusedAsync("thing_break", new { code });

        Assert.Equal(dropped ? ["snap_1"] : [], keeper.Dropped);
    }

    [Fact]
    public async Task A_repeated_key_keeps_once_and_names_the_same_undo()
    {
        var keeper = new Keeper();
        await using var mcp = await StartAsync(keeper);

        var first = await mcp.Client.CallAsync("thing_remove", new { name = "thing", idempotency_key = "k" });
        var second = await mcp.Client.CallAsync("thing_remove", new { name = "thing", idempotency_key = "k" });

        Assert.Single(keeper.Taken);
        Assert.Equal(first.ToJsonString(), second.ToJsonString());
    }

    private static Task<McpHarness> StartAsync(Keeper keeper) => McpHarness.StartAsync(mcp => mcp.AddTools<BreakingTools>().Services.AddSingleton<ICheckpoints>(keeper));

    [McpServerToolType]
    internal sealed class BreakingTools
    {
        [McpServerTool(Name = "thing_break")]
        [Capability("thing.break", Risk.Destructive)]
        [Description("Fail to break a thing.")]
        public Thing Break(string code) =>
            throw (code is "BUG" ? new InvalidOperationException(code) : new ToolFailureException(Enum.Parse<ToolErrorCode>(code), "It failed.", "Do something else."));
    }

    private sealed class Keeper : ICheckpoints
    {
        public List<string> Taken { get; } = [];

        public List<string> Dropped { get; } = [];

        public Undo? Undo { get; init; } = new() { Tool = "thing_make", SnapshotId = "snap_1" };

        public ToolFailureException? Failure { get; init; }

        public Task<Undo?> TakeAsync(Call call, CancellationToken cancellationToken)
        {
            Taken.Add(call.Tool);
            return Failure is null ? Task.FromResult(Undo) : throw Failure;
        }

        public Task DropAsync(Undo undo)
        {
            Dropped.Add(undo.SnapshotId!);
            return Task.CompletedTask;
        }
    }
}
