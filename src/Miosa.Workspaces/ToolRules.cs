namespace Miosa.Workspaces;

/// <summary>The tools a file names. Each is a tool (`sandbox_exec`), a capability (`sandbox.exec`), either with `*`, or a runtime's word for the same (`Bash`).</summary>
public sealed record ToolRules
{
    public static ToolRules NotStated { get; } = new();

    /// <summary>Only these. Null: the file does not say; an empty list: none.</summary>
    public IReadOnlyList<string>? Allow { get; init; }

    /// <summary>Never these, whoever else allows them.</summary>
    public IReadOnlyList<string> Deny { get; init; } = [];

    /// <summary>Whether the file says which tools may be used.</summary>
    public bool IsStated => Allow is not null;
}
