using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Miosa.Mcp.Approvals;
using Miosa.Mcp.Receipts;
using Miosa.Mcp.Storage;
using ModelContextProtocol;
using ModelContextProtocol.Server;

namespace Miosa.Mcp.Calls;

/// <summary>The seam every tool call passes.</summary>
internal static class CallsFeature
{
    extension(IMcpServerBuilder mcp)
    {
        public IMcpServerBuilder AddCalls()
        {
            mcp.Services
                .AddSingleton<CapabilityCatalog>()
                .AddSingleton<ReadGate>()
                .AddSingleton<CallGate>()
                .AddSingleton<CallReceipts>()
                .AddSingleton<ClientQuestions>()
                .AddSingleton<CallStore>()
                .AddSingleton<CallReplay>()
                .AddSingleton<CallPipeline>()
                .AddSingleton<IPostConfigureOptions<McpServerOptions>, CapabilityOptions>()
                .AddHostedService<CallPruner>()
                .AddOptions<McpServerOptions>().ValidateOnStart().Services
                .AddScoped<CallScope>()
                .AddScoped(services => services.GetRequiredService<CallScope>().Caller
                    ?? throw new InvalidOperationException("A tool was called around the pipeline."));
            mcp.AddReceiptCore().AddApprovalCore();
            return mcp.WithRequestFilters(filters => filters
                .AddCallToolFilter(next => (request, cancellationToken) =>
                    request.Server.Services!.GetRequiredService<CallPipeline>().RunAsync(request, next, cancellationToken))
                .AddListToolsFilter(next => async (request, cancellationToken) =>
                {
                    var result = await next(request, cancellationToken);
                    var tools = request.Server.Services!.GetRequiredService<IOptions<McpServerOptions>>().Value.ToolCollection!;
                    var caller = Caller.Of(request);
                    var policy = await PolicyAsync(request.Server.Services!, caller, cancellationToken);
                    result.Tools = [.. result.Tools
                        .Where(tool => tools.TryGetPrimitive(tool.Name, out var found) && CallPolicy.IsVisible(caller, found.Metadata.OfType<CapabilityAttribute>().Single(), policy.Authorities))
                        .OrderBy(tool => tool.Name, StringComparer.Ordinal)];
                    return result;
                }));
        }

        /// <summary>Every method of the class that is marked as a tool is one.</summary>
        public IMcpServerBuilder AddTools<T>()
            where T : class
        {
            mcp.Services.TryAddSingleton<T>();
            foreach (var method in typeof(T).GetMethods(BindingFlags.Public | BindingFlags.Instance).Where(method => method.IsDefined(typeof(McpServerToolAttribute), inherit: false)))
                mcp.Services.AddSingleton<McpServerTool>(services => new ToolMethod(method, services.GetRequiredService<IServiceProviderIsService>()));
            return mcp;
        }
    }

    /// <summary>A list has no room for a refusal, so what is wrong with the database is told as an error of the protocol.</summary>
    private static async ValueTask<PolicyInForce> PolicyAsync(IServiceProvider services, Caller caller, CancellationToken cancellationToken)
    {
        try
        {
            return await services.GetRequiredService<PolicyKeeper>().ForAsync(caller, cancellationToken);
        }
        catch (StorageException exception)
        {
            throw new McpProtocolException($"{exception.Message} {exception.Remedy}", exception, McpErrorCode.InternalError);
        }
    }
}
