using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Miosa.Mcp.Calls;
using Miosa.Mcp.Workspaces.Views;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace Miosa.Mcp.Workspaces.Protocol;

/// <summary>The parts of a contract as resources of the protocol.</summary>
internal static class ResourceFeature
{
    /// <summary>Some clients read only one page, so it leads to everything; others show all of it to a model, so it is not long.</summary>
    private const int PageSize = 200;

    /// <summary>Of one text; what is longer is read part by part with the tools.</summary>
    private const int MostCharacters = 256 * 1024;

    extension(IMcpServerBuilder mcp)
    {
        public IMcpServerBuilder AddContractResources() => mcp
            .WithListResourcesHandler(ListAsync)
            .WithListResourceTemplatesHandler(static (_, _) => ValueTask.FromResult(new ListResourceTemplatesResult { ResourceTemplates = [.. ContractResources.Templates.Select(ToTemplate)] }))
            .WithReadResourceHandler(ReadAsync)
            .WithSubscribeToResourcesHandler(SubscribeAsync)
            .WithUnsubscribeFromResourcesHandler(UnsubscribeAsync);
    }

    /// <summary>A page of a list, from where the cursor says.</summary>
    public static (IReadOnlyList<T> Page, string? Next) Page<T>(IReadOnlyList<T> all, string? cursor, int size)
    {
        var start = 0;
        if (cursor is not null && (!int.TryParse(cursor, NumberStyles.None, CultureInfo.InvariantCulture, out start) || start > all.Count))
            throw new McpProtocolException("The cursor is none that this server gave, or the list has changed; begin without one.", McpErrorCode.InvalidParams);
        var page = all.Skip(start).Take(size).ToList();
        return (page, start + page.Count < all.Count ? (start + page.Count).ToString(CultureInfo.InvariantCulture) : null);
    }

    /// <summary>The caller's contract, if there is one and the caller may use the tool that tells the same.</summary>
    public static async ValueTask<WorkspaceContract?> ContractOfAsync(MessageContext request, string capability, CancellationToken cancellationToken)
    {
        var caller = Caller.Of(request);
        var services = request.Server.Services!;
        return await services.GetRequiredService<ReadGate>().MayAsync(caller, capability, cancellationToken)
            ? await services.GetRequiredService<WorkspaceContracts>().FindAsync(caller.WorkspaceName, cancellationToken)
            : null;
    }

    /// <summary>The capability of the tool that tells what is at an address.</summary>
    private static string CapabilityOf(string[] address) => address[0] switch
    {
        "company" => "company.get",
        "agents" => "agent.get",
        "skills" => "skill.get",
        "runbooks" => "runbook.get",
        "artifacts" or "receipts" => "sandbox.read.file",
        _ => "workspace.get",
    };

    private static async ValueTask<ListResourcesResult> ListAsync(RequestContext<ListResourcesRequestParams> request, CancellationToken cancellationToken)
    {
        var services = request.Server.Services!;
        services.GetRequiredService<ContractListeners>().Add(request, listener => listener.WantsResources = true);
        if (await ContractOfAsync(request, "workspace.get", cancellationToken) is not { } contract)
            return new ListResourcesResult();
        var (page, next) = Page(contract.Resources, request.Params?.Cursor, PageSize);
        return new ListResourcesResult { Resources = [.. page.Select(ToResource)], NextCursor = next };
    }

    private static async ValueTask<ReadResourceResult> ReadAsync(RequestContext<ReadResourceRequestParams> request, CancellationToken cancellationToken)
    {
        var uri = request.Params?.Uri ?? "";
        var caller = Caller.Of(request);
        var services = request.Server.Services!;
        if (ContractUri.Parse(uri) is not { } address || await ContractOfAsync(request, CapabilityOf(address), cancellationToken) is not { } contract)
            throw NotFound(request, uri);
        if (ContractResources.Read(contract, address) is { } text)
            return Result(uri, text.MediaType, text.Text);
        // What no copy has is read where it is, as the file tool would.
        if (ContractResources.FileOf(contract, address) is not { } path
            || (contract.Files.GetValueOrDefault(path) is not { Kept: > 0 } && await ContractOfAsync(request, "sandbox.read.file", cancellationToken) is null))
            throw NotFound(request, uri);
        byte[] bytes;
        try
        {
            bytes = await services.GetRequiredService<WorkspaceFiles>().ReadAsync(caller, path, cancellationToken) ?? throw NotFound(request, uri);
        }
        catch (ToolFailureException failure)
        {
            throw new McpProtocolException($"{failure.Message} {failure.NextStep}", failure, failure.Code is ToolErrorCode.NotFound ? Missing(request) : McpErrorCode.InternalError);
        }
        return WorkspaceFiles.AsText(bytes) is { } content
            ? Result(uri, "text/plain", content)
            : new ReadResourceResult { Contents = [BlobResourceContents.FromBytes(bytes, uri, "application/octet-stream")] };
    }

    private static ValueTask<EmptyResult> SubscribeAsync(RequestContext<SubscribeRequestParams> request, CancellationToken cancellationToken)
    {
        if (ContractUri.Parse(request.Params?.Uri ?? "") is null)
            throw new McpProtocolException("Only addresses that begin with workspace:// can be subscribed to.", McpErrorCode.InvalidParams);
        request.Server.Services!.GetRequiredService<ContractListeners>().Add(request, listener => listener.Subscribe(request.Params!.Uri));
        return ValueTask.FromResult(new EmptyResult());
    }

    private static ValueTask<EmptyResult> UnsubscribeAsync(RequestContext<UnsubscribeRequestParams> request, CancellationToken cancellationToken)
    {
        request.Server.Services!.GetRequiredService<ContractListeners>().Add(request, listener => listener.Unsubscribe(request.Params?.Uri ?? ""));
        return ValueTask.FromResult(new EmptyResult());
    }

    private static ReadResourceResult Result(string uri, string mediaType, string text) => new()
    {
        Contents =
        [
            new TextResourceContents
            {
                Uri = uri,
                MimeType = mediaType,
                Text = text.Length <= MostCharacters ? text : $"{ResultBudget.First(text, MostCharacters)}\n\n({text.Length - MostCharacters} characters were left out; the tools of the toolset workspace read it part by part.)",
            },
        ],
    };

    private static McpProtocolException NotFound(MessageContext request, string uri) =>
        new($"There is nothing at '{ResultBudget.Start(uri, 200)}'; resources/list shows what there is.", Missing(request));

    /// <summary>The revisions differ in what they call it.</summary>
    private static McpErrorCode Missing(MessageContext request) =>
        Transports.Eras.IsStateless(request.Server.NegotiatedProtocolVersion) ? McpErrorCode.InvalidParams : McpErrorCode.ResourceNotFound;

    private static Resource ToResource(ResourceEntry entry) => new() { Uri = entry.Uri, Name = entry.Name, Title = entry.Title, Description = entry.Description, MimeType = entry.MediaType };

    private static ResourceTemplate ToTemplate(ResourceEntry entry) => new() { UriTemplate = entry.Uri, Name = entry.Name, Title = entry.Title, Description = entry.Description, MimeType = entry.MediaType };
}
