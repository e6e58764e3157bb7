using Microsoft.Extensions.DependencyInjection;
using Miosa.Mcp.Calls;
using Miosa.Mcp.Events;
using Miosa.Mcp.Storage;
using ModelContextProtocol.Protocol;

namespace Miosa.Conformance.Fixtures;

/// <summary>Everything the suites call by name.</summary>
internal static class ConformanceFeature
{
    private static readonly TimeSpan Fresh = TimeSpan.FromMinutes(5);

    public static void Add(IMcpServerBuilder mcp)
    {
        mcp.AddStorage().AddCalls().AddEvents();
        AddFixtures(mcp);
    }

    private static void AddFixtures(IMcpServerBuilder mcp) => mcp
        .WithTools<ContentTools>()
        .WithTools<ClientTools>()
        .WithTools<InputTools>()
        .WithTools([ContentTools.SchemaTool()])
        .WithPrompts<ConformancePrompts>()
        .WithResources<ConformanceResources>()
        .WithCompleteHandler(static (_, _) => ValueTask.FromResult(new CompleteResult { Completion = new Completion { Values = [], Total = 0, HasMore = false } }))
        .WithSubscribeToResourcesHandler(static (_, _) => ValueTask.FromResult(new EmptyResult()))
        .WithUnsubscribeFromResourcesHandler(static (_, _) => ValueTask.FromResult(new EmptyResult()))
        .WithRequestFilters(static filters => filters
            .AddListToolsFilter(static next => async (request, cancellationToken) => Cached(await next(request, cancellationToken)))
            .AddListPromptsFilter(static next => async (request, cancellationToken) => Cached(await next(request, cancellationToken)))
            .AddListResourcesFilter(static next => async (request, cancellationToken) => Cached(await next(request, cancellationToken)))
            .AddListResourceTemplatesFilter(static next => async (request, cancellationToken) => Cached(await next(request, cancellationToken)))
            .AddReadResourceFilter(static next => async (request, cancellationToken) => Cached(await next(request, cancellationToken))));

    private static T Cached<T>(T result)
        where T : ICacheableResult
    {
        result.TimeToLive = Fresh;
        result.CacheScope = CacheScope.Public;
        return result;
    }
}
