using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using Miosa.Mcp.Calls;
using Miosa.Mcp.Workspaces.Views;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace Miosa.Mcp.Workspaces.Protocol;

/// <summary>
/// How the server introduces itself to those who have a contract, and whom it does not let in: an agent that the
/// contract does not know. Both on every message's way, whichever transport it came by.
/// </summary>
internal static class IntroductionFeature
{
    private const string ItemKey = "miosa.instructions";

    /// <summary>Some clients wait no longer than a second for the first answer; the instructions may come short then.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromMilliseconds(400);

    extension(IMcpServerBuilder mcp)
    {
        public IMcpServerBuilder AddContractIntroduction() => mcp.WithMessageFilters(filters => filters
            .AddIncomingFilter(next => async (context, cancellationToken) =>
            {
                if (context.JsonRpcMessage is JsonRpcRequest request && context.Items.ContainsKey(Caller.ItemKey))
                    await PrepareAsync(context, request, cancellationToken);
                await next(context, cancellationToken);
            })
            .AddOutgoingFilter(next => (context, cancellationToken) =>
            {
                if (context.JsonRpcMessage is JsonRpcResponse { Result: JsonObject result } && context.Items.TryGetValue(ItemKey, out var text) && result.ContainsKey("instructions"))
                    result["instructions"] = (string)text!;
                return next(context, cancellationToken);
            }));
    }

    private static async Task PrepareAsync(MessageContext context, JsonRpcRequest request, CancellationToken cancellationToken)
    {
        var isIntroduction = request.Method is RequestMethods.Initialize or RequestMethods.ServerDiscover;
        var caller = Caller.Of(context);
        if (!isIntroduction && caller.Agent is null)
            return;
        if (await FindAsync(context, caller, isIntroduction && caller.Agent is null, cancellationToken) is not { } contract)
            return;
        var agent = caller.Agent is { Length: > 0 } name ? contract.Workspace.FindAgent(name) ?? throw Unknown(name, contract) : null;
        if (isIntroduction && Scopes.Opens(caller.Scopes, "workspace.get"))
            context.Items[ItemKey] = ContractWords.Of(contract, agent, context.Server.ServerOptions.ServerInstructions ?? "");
    }

    /// <summary>Whom nobody is named is not made to wait; who is to be known as somebody waits until it is known.</summary>
    private static async Task<WorkspaceContract?> FindAsync(MessageContext context, Caller caller, bool soon, CancellationToken cancellationToken)
    {
        var services = context.Server.Services!;
        var contracts = services.GetRequiredService<WorkspaceContracts>();
        var found = contracts.FindAsync(caller.WorkspaceName, cancellationToken);
        if (found.IsCompleted || !soon)
            return await found;
        try
        {
            return await found.AsTask().WaitAsync(LongestWait, services.GetRequiredService<TimeProvider>(), cancellationToken);
        }
        catch (TimeoutException)
        {
            return null;
        }
    }

    private static McpProtocolException Unknown(string agent, WorkspaceContract contract) =>
        new(WorkspaceFailures.UnknownAgent(agent, contract.Name, [.. contract.Workspace.Agents.Select(one => one.Id)]), McpErrorCode.InvalidParams);
}
