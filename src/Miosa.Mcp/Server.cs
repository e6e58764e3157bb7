using System.Reflection;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Miosa.Mcp.Approvals;
using Miosa.Mcp.Calls;
using Miosa.Mcp.Events;
using Miosa.Mcp.Files;
using Miosa.Mcp.Guide;
using Miosa.Mcp.Network;
using Miosa.Mcp.Previews;
using Miosa.Mcp.Processes;
using Miosa.Mcp.Receipts;
using Miosa.Mcp.Sandboxes;
using Miosa.Mcp.Services;
using Miosa.Mcp.Snapshots;
using Miosa.Mcp.Storage;
using Miosa.Mcp.Templates;
using Miosa.Mcp.Workspaces;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace Miosa.Mcp;

/// <summary>What this server is made of: the features, one line each.</summary>
/// <param name="Add">Registers services and tools.</param>
/// <param name="Map">Maps HTTP endpoints. Everything mapped is behind the access check, with the caller in the request's features.</param>
internal sealed record Server(Action<IMcpServerBuilder> Add, Action<IEndpointRouteBuilder> Map)
{
    private const string InstructionsResource = "SYSTEM.md";

    public static Server Product { get; } = new(AddFeatures, MapFeatures);

    public static string Version { get; } =
        typeof(Server).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0.0.0";

    /// <summary>How the server introduces itself. The same whichever features it has.</summary>
    public static void Introduce(McpServerOptions options)
    {
        options.ServerInfo = new Implementation { Name = "miosa", Title = "Miosa", Version = Version };
        options.ServerInstructions = ReadInstructions();

        // Said even when a selection of toolsets leaves no tool: clients then see an empty list, not an error.
        options.Capabilities = new ServerCapabilities { Tools = new ToolsCapability { ListChanged = false } };
        options.ToolCollection ??= [];
    }

    /// <summary>The names of all tools there are, without starting anything.</summary>
    public static IReadOnlyList<string> ToolNames()
    {
        var services = new ServiceCollection();
        AddFeatures(services.AddMcpServer());
        using var provider = services.BuildServiceProvider();
        return [.. provider.GetServices<McpServerTool>().Select(tool => tool.ProtocolTool.Name).Order(StringComparer.Ordinal)];
    }

    private static void AddFeatures(IMcpServerBuilder mcp) => mcp
        .AddStorage()
        .AddReceipts()
        .AddCalls()
        .AddGuide()
        .AddEvents()
        .AddSandboxes()
        .AddNetwork()
        .AddTemplates()
        .AddProcesses()
        .AddFiles()
        .AddSnapshots()
        .AddPreviews()
        .AddServices()
        .AddApprovals()
        .AddWorkspaces();

    private static void MapFeatures(IEndpointRouteBuilder endpoints)
    {
        endpoints.MapEvents();
        endpoints.MapFiles();
        endpoints.MapSnapshots();
        endpoints.MapApprovals();
    }

    private static string ReadInstructions()
    {
        using var stream = typeof(Server).Assembly.GetManifestResourceStream(InstructionsResource)
            ?? throw new InvalidOperationException($"The build left out {InstructionsResource}.");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd().ReplaceLineEndings("\n").Trim();
    }
}
