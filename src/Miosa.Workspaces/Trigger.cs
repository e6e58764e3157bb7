namespace Miosa.Workspaces;

/// <summary>What starts a skill, a task or an agent without a person.</summary>
public sealed record Trigger
{
    public required string Name { get; init; }
    public required TriggerKind Kind { get; init; }

    /// <summary>Of a cron trigger. Null where it cannot be read: then it does not fire.</summary>
    public Schedule? Schedule { get; init; }

    /// <summary>The skill or command it starts, without a slash.</summary>
    public string? Skill { get; init; }

    /// <summary>The task it starts.</summary>
    public string? Task { get; init; }

    public Fact? Arguments { get; init; }
    public required string Path { get; init; }
    public Fact.Map Extra { get; init; } = Fact.Map.Empty;
}

/// <summary>What a trigger waits for.</summary>
public enum TriggerKind
{
    Cron,
    Webhook,
    Event,

    /// <summary>A word nobody knows: it is kept, and never fires.</summary>
    Unknown,
}
