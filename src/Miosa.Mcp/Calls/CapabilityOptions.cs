using Microsoft.Extensions.Options;
using ModelContextProtocol.Server;

namespace Miosa.Mcp.Calls;

/// <summary>Refuses to start with a tool that does not say what it does to the world.</summary>
internal sealed class CapabilityOptions : IPostConfigureOptions<McpServerOptions>
{
    public void PostConfigure(string? name, McpServerOptions options)
    {
        if (options.ToolCollection is not { } tools)
            return;
        var strange = tools.Where(tool => tool is not ToolMethod).Select(tool => tool.ProtocolTool.Name).ToList();
        if (strange.Count > 0)
            throw new InvalidOperationException($"These tools are not of our making; register them with AddTools: {string.Join(", ", strange)}.");
        var without = tools.Where(tool => !tool.Metadata.OfType<CapabilityAttribute>().Any()).Select(tool => tool.ProtocolTool.Name).ToList();
        if (without.Count > 0)
            throw new InvalidOperationException($"These tools say nothing of what they do to the world; give each a [Capability]: {string.Join(", ", without)}.");
        foreach (var tool in tools)
        {
            var capability = tool.Metadata.OfType<CapabilityAttribute>().Single();
            if (capability.Name.Replace('.', '_') != tool.ProtocolTool.Name)
                throw new InvalidOperationException($"The tool {tool.ProtocolTool.Name} has the capability {capability.Name}; their names must be the same but for dots.");
        }
    }
}
