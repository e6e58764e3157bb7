using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Miosa.Mcp.Approvals;
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

    /// <summary>Those that the caller may know of, whatever toolset they are in.</summary>
    public IEnumerable<Capability> Visible(Caller caller, PolicyInForce policy) =>
        All.Where(capability => CallPolicy.IsVisible(caller with { Toolsets = [Toolsets.All] }, capability.Declared, policy.Authorities));

    /// <summary>`allow`, `ask` or `deny` for a call without special arguments.</summary>
    public static string Usually(Capability capability, Caller caller, PolicyInForce policy) => CallPolicy.Decide(new Question
    {
        Capability = capability.Declared,
        Marks = capability.Declared.Marks,
        InScope = Scopes.Allows(caller, capability.Declared),
        ReadOnly = caller.ReadOnly,
        Authorities = policy.Authorities,
        DefaultMode = policy.DefaultMode,
    }) switch
    {
        Decision.Allow => "allow",
        Decision.Ask => "ask",
        _ => "deny",
    };

    /// <summary>What the call does besides, its arguments considered.</summary>
    public Marks MarksOf(Call call) => Find(call.Capability.Name)?.MarksOf(call.Arguments) ?? call.Capability.Marks;

    /// <summary>The capability of that name; null where no tool has it.</summary>
    public Capability? Find(string name)
    {
        var tools = services.GetRequiredService<IOptions<McpServerOptions>>().Value.ToolCollection;
        return tools is not null && tools.TryGetPrimitive(name.Replace('.', '_'), out var tool) && tool.Metadata.OfType<CapabilityAttribute>().SingleOrDefault()?.Name == name ? Of(tool) : null;
    }
}
