namespace Miosa.Workspaces;

/// <summary>Which tools one agent may use, and who said so.</summary>
public sealed record ToolAuthority(ToolOrigin Origin, IReadOnlyList<string> Allow, IReadOnlyList<string> Deny)
{
    public static ToolAuthority Nobody { get; } = new(ToolOrigin.Unknown, [], []);

    /// <summary>Whether the contract lets the agent use a tool; what the host's own policy says comes on top.</summary>
    /// <param name="tool">The tool's name.</param>
    /// <param name="capability">The name of what it does, where that is not the tool's name with dots.</param>
    public bool Allows(string tool, string? capability = null) => Origin switch
    {
        ToolOrigin.Unknown => false,
        _ when Deny.Any(pattern => ToolPattern.Matches(pattern, tool, capability)) => false,
        ToolOrigin.Host => true,
        _ => Allow.Any(pattern => ToolPattern.Matches(pattern, tool, capability)),
    };
}

/// <summary>Whose word an agent's tools are.</summary>
public enum ToolOrigin
{
    /// <summary>The contract does not know the agent.</summary>
    Unknown,
    Agent,
    Workspace,

    /// <summary>Neither the agent's file nor the workspace says anything.</summary>
    Host,
}
