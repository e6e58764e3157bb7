using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Miosa.Mcp.Calls;
using Miosa.Mcp.Hosting;
using Miosa.Mcp.Workspaces.Folders;
using Miosa.Mcp.Workspaces.Moving;
using Miosa.Mcp.Workspaces.Protocol;
using Miosa.Mcp.Workspaces.Receipts;
using ModelContextProtocol.Server;

namespace Miosa.Mcp.Workspaces;

/// <summary>The company contract: read from its folder, shown to clients, told to the pipeline.</summary>
internal static class WorkspacesFeature
{
    extension(IMcpServerBuilder mcp)
    {
        public IMcpServerBuilder AddWorkspaces()
        {
            mcp.Services.AddOptions<WorkspaceOptions>().BindConfiguration(WorkspaceOptions.Section);
            mcp.Services
                .AddSingleton<WorkspaceStore>()
                .AddSingleton<FolderDoors>()
                .AddSingleton<WorkspaceContracts>()
                .AddHostedService(services => services.GetRequiredService<WorkspaceContracts>())
                .AddHostedService<FolderNews>()
                .AddSingleton<WorkspaceService>()
                .AddSingleton<WorkspaceFiles>()
                .AddSingleton<WorkspaceFolders>()
                .AddHostedService(services => services.GetRequiredService<WorkspaceFolders>())
                .AddSingleton<ReceiptMirror>()
                .AddHostedService(services => services.GetRequiredService<ReceiptMirror>())
                .AddSingleton<FolderImport>()
                .AddSingleton<FolderExport>()
                .AddSingleton<FolderDesk>()
                .AddSingleton<IWorkspaceAuthority, WorkspaceAuthority>()
                .AddSingleton(services => new OfferedTools(() =>
                    [.. (services.GetRequiredService<IOptions<McpServerOptions>>().Value.ToolCollection ?? []).Select(ToOffered)]))
                .AddSingleton(services => new StatusCount("workspaces", () => services.GetRequiredService<WorkspaceContracts>().Count));
            return mcp.AddTools<WorkspaceTools>().AddContractResources().AddContractPrompts().AddContractNotices().AddContractIntroduction();
        }
    }

    private static OfferedTool ToOffered(McpServerTool tool)
    {
        var capability = tool.Metadata.OfType<CapabilityAttribute>().Single();
        return new OfferedTool(tool.ProtocolTool.Name, capability.Name, capability.Risk);
    }
}
