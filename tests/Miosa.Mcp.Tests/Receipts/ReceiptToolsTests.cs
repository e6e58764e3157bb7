using Microsoft.Extensions.DependencyInjection;
using Miosa.Mcp.Calls;
using Miosa.Mcp.Receipts;

namespace Miosa.Mcp.Tests.Receipts;

public sealed class ReceiptToolsTests
{
    private static Caller In(string workspace) => McpHarness.Somebody with { Workspace = workspace, Toolsets = ["receipts"] };

    [Fact]
    public async Task A_workspace_lists_and_reads_its_own_receipts_and_another_finds_none_of_them()
    {
        // Or the questions themselves would be in the list.
        await using var mcp = await McpHarness.StartAsync(server => server.AddReceipts().Services.Configure<ReceiptOptions>(options => options.Reads = false));
        var service = mcp.Services.GetRequiredService<ReceiptService>();
        for (var i = 0; i < 3; i++)
            await service.RecordAsync(ReceiptHome.Draft($"call_{i}"), TestContext.Current.CancellationToken);
        var ours = await mcp.ConnectAsync(In("acme"));
        var theirs = await mcp.ConnectAsync(In("other"));

        var page = await ours.CallAsync("receipt_list", new { limit = 2 });
        var id = (string)page["receipts"]![0]!["receipt_id"]!;
        var next = await ours.CallAsync("receipt_list", new { limit = 2, cursor = (string)page["next_cursor"]! });
        var whole = await ours.CallAsync("receipt_get", new { receipt_id = id });

        Assert.Equal((2, 1), ((int)page["count"]!, (int)next["count"]!));
        Assert.Equal(id, (string)whole["receipt"]!["id"]!);
        Assert.Equal(0, (int)(await theirs.CallAsync("receipt_list"))["count"]!);
        Assert.Equal("NOT_FOUND", (string)(await theirs.RefusedAsync("receipt_get", new { receipt_id = id }))["code"]!);
        Assert.Equal("INVALID_INPUT", (string)(await ours.RefusedAsync("receipt_list", new { cursor = "x" }))["code"]!);
        Assert.Equal("INVALID_INPUT", (string)(await ours.RefusedAsync("receipt_list", new { kind = "x" }))["code"]!);
    }

    [Fact]
    public async Task A_read_that_is_allowed_leaves_its_decision()
    {
        await using var mcp = await McpHarness.StartAsync(server => server.AddReceipts());
        var client = await mcp.ConnectAsync(In("acme"));

        var written = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        mcp.Services.GetRequiredService<ReceiptService>().Written += _ => written.TrySetResult();

        await client.CallAsync("receipt_list");
        await written.Task.InTime();
        var found = (await client.CallAsync("receipt_list", new { kind = "decision" }))["receipts"]![0]!;

        Assert.Equal(("receipt.list", "allow"), ((string)found["capability"]!, (string)found["decision"]!));
    }
}
