using System.ComponentModel;
using Microsoft.Extensions.Options;
using Miosa.Mcp.Calls;
using ModelContextProtocol.Server;

namespace Miosa.Mcp.Guide;

/// <summary>The server's instructions as a tool, for the clients that never show instructions to a model.</summary>
[McpServerToolType]
internal sealed class GuideTools(IOptions<McpServerOptions> server)
{
    [McpServerTool(Name = "guide")]
    [Capability("guide", Risk.Read, Scope = CapabilityScope.Tenant)]
    [Description("Read how to work with this server: sandboxes, commands, files, errors, events. Call it first if you have seen no instructions.")]
    public GuideText Read() => new() { Text = server.Value.ServerInstructions ?? "" };
}

/// <summary>The guide.</summary>
internal sealed record GuideText
{
    public required string Text { get; init; }
}
