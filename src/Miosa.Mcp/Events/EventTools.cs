using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Miosa.Mcp.Calls;
using ModelContextProtocol.Server;

namespace Miosa.Mcp.Events;

[McpServerToolType]
internal sealed class EventTools(Journal journal)
{
    [McpServerTool(Name = "event_list")]
    [Capability("event.list", Risk.Read)]
    [Description("Read what happened in this workspace (commands, output, changed files, sandboxes), the oldest first, from a cursor on; can wait for more.")]
    public async Task<EventPage> List(
        Caller caller,
        [Description("Such as sandbox.* or command.output; all if absent."), MaxLength(20)] IReadOnlyList<string>? types = null,
        [Description("Only of this sandbox.")] string? device = null,
        [Description("next_cursor of the page before; the start if absent.")] string? since = null,
        [Range(1, 200)] int limit = 50,
        [Description("Wait this long for the first."), Range(0, 50)] int wait_seconds = 0,
        CancellationToken cancellationToken = default)
    {
        if (since is not null && !EventIds.IsId(since))
            throw new ToolFailureException(ToolErrorCode.InvalidInput, $"`since` is `{since}`; it is the id of an event, such as next_cursor gives.", "Take next_cursor of the last answer, or leave it out to read from the start.");
        var query = new EventQuery { Workspace = caller.WorkspaceName, Types = types ?? [], Device = device, After = since, Limit = limit + 1 };
        if (query.Problem is { } problem)
            throw new ToolFailureException(ToolErrorCode.InvalidInput, problem, "Mend it and call event_list again.");
        return EventPage.From(await journal.WaitAsync(query, TimeSpan.FromSeconds(wait_seconds), cancellationToken), limit, since);
    }
}
