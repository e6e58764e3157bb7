using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using Miosa.Mcp.Calls;
using Miosa.Mcp.Receipts.Format;
using ModelContextProtocol.Server;

namespace Miosa.Mcp.Receipts;

[McpServerToolType]
internal sealed class ReceiptTools(ReceiptService receipts)
{
    private const string Toolset = "receipts";

    [McpServerTool(Name = "receipt_list")]
    [Capability("receipt.list", Risk.Read, Toolset = Toolset)]
    [Description("List the signed receipts of this workspace, the latest first: what was decided about each call and what was done.")]
    public async Task<ReceiptPage> List(
        Caller caller,
        [Description("Only of this call; failures name it as request_id.")] string? call_id = null,
        [Description("Such as sandbox.exec.")] string? capability = null,
        [Description("Only about this sandbox.")] string? device = null,
        [Description("decision, started, completed, failed, interrupted, key_rotated or closed.")] string? kind = null,
        string? approval_id = null,
        [Description("next_cursor of the page before.")] string? cursor = null,
        [Range(1, 20)] int limit = 10,
        CancellationToken cancellationToken = default)
    {
        var rows = await receipts.ListAsync(
            new ReceiptQuery
            {
                Workspace = caller.WorkspaceName, CallId = call_id, Capability = capability, Device = device, Kind = Known(kind), ApprovalId = approval_id, Before = cursor is null ? null : Read(cursor), Limit = limit + 1,
            },
            cancellationToken);
        return new ReceiptPage
        {
            Count = Math.Min(rows.Count, limit),
            NextCursor = rows.Count > limit ? ReceiptSummary.Cursor(rows[limit - 1]) : null,
            Receipts = [.. rows.Take(limit).Select(ReceiptSummary.From)],
        };
    }

    [McpServerTool(Name = "receipt_get")]
    [Capability("receipt.get", Risk.Read, Toolset = Toolset)]
    [Description("Get one receipt whole, as it was signed; anybody can verify it.")]
    public async Task<ReceiptDetails> Get(Caller caller, [Description("urn:receipt:…, as receipt_list gives it.")] string receipt_id, CancellationToken cancellationToken = default)
    {
        var found = await receipts.FindAsync(caller.WorkspaceName, receipt_id, cancellationToken)
            ?? throw new ToolFailureException(ToolErrorCode.NotFound, "This workspace has no receipt of that name.", "receipt_list shows those there are.");
        return new ReceiptDetails
        {
            ReceiptId = found.Row.Id,
            Hash = ReadReceipt.HashOf(found.Json),
            File = found.Row.Segment,
            NextStep = "`miosa receipts verify` on a copy of the workspace's receipts verifies this one and all before it.",
            Receipt = found.Json,
        };
    }

    private static string? Known(string? kind) => kind is null || Enum.GetValues<ReceiptKind>().Any(known => ReceiptWords.Word(known) == kind) ? kind
        : throw new ToolFailureException(ToolErrorCode.InvalidInput, $"`kind` is none of {string.Join(", ", Enum.GetValues<ReceiptKind>().Select(ReceiptWords.Word))}.", "Take one of them, or leave it out for all.");

    private static (int Chain, long Sequence) Read(string cursor) =>
        cursor.Split('.') is [var chain, var sequence] && int.TryParse(chain, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && long.TryParse(sequence, NumberStyles.None, CultureInfo.InvariantCulture, out var place)
            ? (number, place)
            : throw new ToolFailureException(ToolErrorCode.InvalidInput, "`cursor` is none that receipt_list gave.", "Take next_cursor of the last answer, or leave it out for the latest.");
}
