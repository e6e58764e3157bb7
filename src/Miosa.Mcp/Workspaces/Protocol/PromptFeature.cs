using Microsoft.Extensions.DependencyInjection;
using Miosa.Mcp.Calls;
using Miosa.Mcp.Workspaces.Views;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace Miosa.Mcp.Workspaces.Protocol;

/// <summary>The agents, runbooks and skills of a contract as prompts of the protocol, which clients show as slash commands.</summary>
internal static class PromptFeature
{
    /// <summary>Long enough for most companies: several clients read one page only.</summary>
    private const int PageSize = 500;

    private const int MostCompletions = 100;

    extension(IMcpServerBuilder mcp)
    {
        public IMcpServerBuilder AddContractPrompts() => mcp
            .WithListPromptsHandler(ListAsync)
            .WithGetPromptHandler(GetAsync)
            .WithCompleteHandler(CompleteAsync);
    }

    private static async ValueTask<ListPromptsResult> ListAsync(RequestContext<ListPromptsRequestParams> request, CancellationToken cancellationToken)
    {
        request.Server.Services!.GetRequiredService<ContractListeners>().Add(request, listener => listener.WantsPrompts = true);
        if (await FindAsync(request, cancellationToken) is not { } contract)
            return new ListPromptsResult();
        var (page, next) = ResourceFeature.Page(contract.Prompts.Entries, request.Params?.Cursor, PageSize);
        return new ListPromptsResult { Prompts = [.. page.Select(ToPrompt)], NextCursor = next };
    }

    private static async ValueTask<GetPromptResult> GetAsync(RequestContext<GetPromptRequestParams> request, CancellationToken cancellationToken)
    {
        var name = request.Params?.Name ?? "";
        var capability = name.Split('-')[0] is "agent" or "skill" or "runbook" ? $"{name.Split('-')[0]}.get" : "workspace.get";
        if (await ResourceFeature.ContractOfAsync(request, capability, cancellationToken) is not { } contract || contract.Prompts.Find(name) is not { } entry)
            throw new McpProtocolException($"There is no prompt '{ResultBudget.Start(name, 80)}'; prompts/list shows those there are.", McpErrorCode.InvalidParams);
        var arguments = (request.Params!.Arguments ?? new Dictionary<string, System.Text.Json.JsonElement>())
            .ToDictionary(argument => argument.Key, argument => argument.Value.ValueKind is System.Text.Json.JsonValueKind.String ? argument.Value.GetString()! : argument.Value.GetRawText(), StringComparer.Ordinal);
        try
        {
            return new GetPromptResult
            {
                Description = entry.Description,
                Messages = [new PromptMessage { Role = Role.User, Content = new TextContentBlock { Text = contract.Prompts.Text(name, arguments)! } }],
            };
        }
        catch (ToolFailureException failure)
        {
            throw new McpProtocolException($"{failure.Message} {failure.NextStep}", failure, McpErrorCode.InvalidParams);
        }
    }

    /// <summary>Names of what there is, for the places of a resource template.</summary>
    private static async ValueTask<CompleteResult> CompleteAsync(RequestContext<CompleteRequestParams> request, CancellationToken cancellationToken)
    {
        var result = new CompleteResult();
        if (request.Params is not { Ref: ResourceTemplateReference { Uri: { } template }, Argument: var argument } || await FindAsync(request, cancellationToken) is not { } contract)
            return result;
        string? skill = null;
        request.Params.Context?.Arguments?.TryGetValue("name", out skill);
        var fitting = ContractCompletion.Of(contract, template, argument.Name, skill).Where(value => value.StartsWith(argument.Value, StringComparison.OrdinalIgnoreCase)).ToList();
        result.Completion.Values = [.. fitting.Take(MostCompletions)];
        result.Completion.Total = fitting.Count;
        result.Completion.HasMore = fitting.Count > MostCompletions;
        return result;
    }

    private static ValueTask<WorkspaceContract?> FindAsync(MessageContext request, CancellationToken cancellationToken) =>
        ResourceFeature.ContractOfAsync(request, "workspace.get", cancellationToken);

    private static Prompt ToPrompt(PromptEntry entry) => new()
    {
        Name = entry.Name,
        Title = entry.Title,
        Description = entry.Description,
        Arguments = [.. entry.Arguments.Select(argument => new PromptArgument { Name = argument.Name, Description = argument.Description, Required = argument.Required })],
    };
}
