using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Miosa.Mcp.Approvals;

namespace Miosa.Mcp.Tests.Approvals;

/// <summary>Somebody who answers, through the desk that every door leads to.</summary>
internal static class Person
{
    public static Decider AtTerminal { get; } = new("terminal:1000", Decider.Terminal, Workspace: null);

    extension(McpHarness mcp)
    {
        public ApprovalDesk Desk => mcp.Services.GetRequiredService<ApprovalDesk>();

        public Task<ApprovalRow> AnswerAsync(string id, ApprovalState decision, string? note = null, object? arguments = null, GrantTerms? grant = null, Decider? by = null) =>
            mcp.Desk.DecideAsync(
                by ?? AtTerminal, id,
                new Answer { Decision = decision, Note = note, Arguments = arguments is null ? null : JsonSerializer.SerializeToElement(arguments).EnumerateObject().ToDictionary(property => property.Name, property => property.Value), Grant = grant },
                TestContext.Current.CancellationToken);

        public Task<ApprovalRow> ApproveAsync(JsonObject pending) => mcp.AnswerAsync(Id(pending), ApprovalState.Approved);

        public async Task<ApprovalRow> RowAsync(string id) => await mcp.Services.GetRequiredService<ApprovalService>().GetAsync(null, id, TestContext.Current.CancellationToken);
    }

    public static string Id(JsonObject pending)
    {
        Assert.Equal("PENDING_APPROVAL", (string)pending["code"]!);
        return (string)pending["approval_id"]!;
    }

    public static string Code(JsonObject refusal) => (string)refusal["code"]!;
}
