namespace Miosa.Workspaces;

/// <summary>One role: what it is for, what it may do, to whom it answers.</summary>
public sealed record Agent
{
    /// <summary>How the agent is called by others: the `id` of its file, else its slug.</summary>
    public required string Id { get; init; }

    public required string Name { get; init; }
    public string? Title { get; init; }
    public string? Role { get; init; }
    public string? Description { get; init; }

    /// <summary>What it works on.</summary>
    public IReadOnlyList<string> Scope { get; init; } = [];

    /// <summary>What it may decide alone. Words for people and models; what is enforced are tools and approvals.</summary>
    public IReadOnlyList<string> Authority { get; init; } = [];

    public IReadOnlyList<string> Standards { get; init; } = [];

    /// <summary>To whom it turns, and when.</summary>
    public IReadOnlyList<string> Escalation { get; init; } = [];

    /// <summary>Ask <see cref="Workspace.ToolsOf"/> what follows from it.</summary>
    public ToolRules Tools { get; init; } = ToolRules.NotStated;

    public IReadOnlyList<string> Connectors { get; init; } = [];
    public IReadOnlyList<string> Skills { get; init; } = [];
    public Budget Budget { get; init; } = Budget.NotSet;

    /// <summary>The id of another agent. A line that closes into a circle or leads nowhere is cut and told.</summary>
    public string? ReportsTo { get; init; }

    /// <summary>The program that does the work: claude-code, codex, osa, …</summary>
    public string? Runtime { get; init; }

    public string? Model { get; init; }

    /// <summary>`devices:use`, `devices:create`, … Null: the file does not say; an empty list: none.</summary>
    public IReadOnlyList<string>? DevicePermissions { get; init; }

    public string? Team { get; init; }
    public string? Department { get; init; }
    public string? Division { get; init; }

    /// <summary>The file without its front matter.</summary>
    public required string Body { get; init; }

    public IReadOnlyList<Section> Sections { get; init; } = [];
    public required string Path { get; init; }

    /// <summary>Front matter that has no place above.</summary>
    public Fact.Map Extra { get; init; } = Fact.Map.Empty;
}
