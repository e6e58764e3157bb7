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
        var without = tools.Where(tool => !tool.Metadata.OfType<CapabilityAttribute>().Any()).Select(tool => tool.ProtocolTool.Name).ToList();
        if (without.Count > 0)
            throw new InvalidOperationException($"These tools say nothing of what they do to the world; give each a [Capability]: {string.Join(", ", without)}.");
        foreach (var tool in tools)
        {
            var capability = tool.Metadata.OfType<CapabilityAttribute>().Single();
            if (capability.IsMutation && tool is not ToolMethod)
                throw new InvalidOperationException($"The tool {tool.ProtocolTool.Name} changes something, so it takes a key; register it with AddTools, which gives it one.");
            if (capability.IsMutation && capability.Approval is ApprovalClass.Never)
                throw new InvalidOperationException($"The tool {tool.ProtocolTool.Name} changes something, so its approval is the policy's to decide or always asked for, and not never.");
            if (capability.Name.Replace('.', '_') != tool.ProtocolTool.Name)
                throw new InvalidOperationException($"The tool {tool.ProtocolTool.Name} has the capability {capability.Name}; their names must be the same but for dots.");
        }
    }
}
