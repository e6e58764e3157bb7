namespace Miosa.Workspaces;

/// <summary>A repeatable operating procedure.</summary>
public sealed record Runbook
{
    /// <summary>Its slug: the file's name, or what its front matter says.</summary>
    public required string Id { get; init; }

    public required string Name { get; init; }
    public string? Description { get; init; }
    public IReadOnlyList<RunbookStep> Steps { get; init; } = [];

    /// <summary>What has to be true at the end.</summary>
    public IReadOnlyList<string> Checks { get; init; } = [];

    /// <summary>When it runs by itself. Null: when somebody runs it, or the schedule cannot be read.</summary>
    public Schedule? Schedule { get; init; }

    /// <summary>The id of an agent.</summary>
    public string? Owner { get; init; }

    public required string Body { get; init; }
    public IReadOnlyList<Section> Sections { get; init; } = [];
    public required string Path { get; init; }
    public Fact.Map Extra { get; init; } = Fact.Map.Empty;
}

/// <summary>One step of a runbook.</summary>
public sealed record RunbookStep
{
    public required string Text { get; init; }
    public string? Skill { get; init; }
    public string? Agent { get; init; }
    public string? Check { get; init; }
    public Fact.Map Extra { get; init; } = Fact.Map.Empty;
}

/// <summary>When something happens by itself.</summary>
/// <param name="Cron">Five fields, checked.</param>
/// <param name="TimeZone">An IANA name, checked.</param>
/// <param name="Expires">When it ends, as it was written.</param>
public sealed record Schedule(string Cron, string TimeZone = "UTC", string? Expires = null);
