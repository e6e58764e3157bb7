namespace Miosa.Mcp.Calls;

/// <summary>The groups of tools that a client can have shown to it.</summary>
internal static class Toolsets
{
    public const string All = "all";

    /// <summary>Each that a tool names; a test holds them against the tools.</summary>
    public static IReadOnlyList<string> Names { get; } =
        [CapabilityAttribute.DefaultToolset, "approvals", "files", "lifecycle", "network", "previews", "receipts", "services", "snapshots", "templates", "workspace"];

    /// <summary>What is wrong with what was asked for; null where nothing is. A name that nobody knows would show nothing, and not say why.</summary>
    public static ToolFailureException? Problem(IEnumerable<string> asked) =>
        asked.FirstOrDefault(name => name is not All && !Names.Contains(name)) is { } unknown
            ? new ToolFailureException(ToolErrorCode.InvalidInput, $"There is no toolset `{unknown}`.", $"These are there, separated by commas: {string.Join(", ", Names)}; or {All}.")
            : null;
}
