using Microsoft.Extensions.Options;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace Miosa.Mcp.Calls;

/// <summary>Gives every tool what follows from its capability, and refuses to start with one that has none.</summary>
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
            Apply(tool.ProtocolTool, tool.Metadata.OfType<CapabilityAttribute>().Single());
    }

    private static void Apply(Tool tool, CapabilityAttribute capability)
    {
        if (capability.Name.Replace('.', '_') != tool.Name)
            throw new InvalidOperationException($"The tool {tool.Name} has the capability {capability.Name}; their names must be the same but for dots.");
        tool.InputSchema = ToolSchemas.Input(tool.InputSchema, capability);
        tool.Annotations = new ToolAnnotations
        {
            ReadOnlyHint = !capability.IsMutation,
            DestructiveHint = capability.Risk is Risk.Destructive,
            IdempotentHint = capability.Idempotent || !capability.IsMutation,
            OpenWorldHint = capability.OpenWorld,
        };
    }
}
