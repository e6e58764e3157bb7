using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using ModelContextProtocol.Server;

namespace Miosa.Mcp.Calls;

/// <summary>The capabilities of all tools. A fingerprint is made when it is first asked for: a host that starts waits for none.</summary>
internal sealed class CapabilityCatalog(IServiceProvider services)
{
    private readonly ConcurrentDictionary<McpServerTool, Capability> _known = new();

    /// <summary>All of them, by name.</summary>
    public IReadOnlyList<Capability> All => [.. Tools.Select(Of).OrderBy(capability => capability.Declared.Name, StringComparer.Ordinal)];

    // Asked for late: the tools themselves depend on services that depend on this.
    private IEnumerable<McpServerTool> Tools => services.GetRequiredService<IOptions<McpServerOptions>>().Value.ToolCollection ?? [];

    public Capability Of(McpServerTool tool) => _known.GetOrAdd(tool, Capability.Of);

    /// <summary>The capability of that name; null where no tool has it.</summary>
    public Capability? Find(string name)
    {
        foreach (var tool in Tools)
        {
            if (tool.Metadata.OfType<CapabilityAttribute>().SingleOrDefault()?.Name == name)
                return Of(tool);
        }
        return null;
    }
}
