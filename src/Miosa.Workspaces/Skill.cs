namespace Miosa.Workspaces;

/// <summary>A reusable capability that produces named assets.</summary>
public sealed record Skill
{
    public required string Name { get; init; }

    /// <summary>What it does and when to use it: the one line of it that is always in view.</summary>
    public required string Description { get; init; }

    public IReadOnlyList<SkillInput> Inputs { get; init; } = [];
    public IReadOnlyList<SkillOutput> Outputs { get; init; } = [];
    public IReadOnlyList<SkillFile> References { get; init; } = [];
    public IReadOnlyList<SkillFile> Scripts { get; init; } = [];

    /// <summary>Every other file in its folder.</summary>
    public IReadOnlyList<SkillFile> Assets { get; init; } = [];

    public string? License { get; init; }
    public string? Compatibility { get; init; }

    /// <summary>Tools it asks for. A skill asks; only an agent's file and the workspace allow.</summary>
    public IReadOnlyList<string> AllowedTools { get; init; } = [];

    /// <summary>The slash command it answers to, without the slash.</summary>
    public string? Command { get; init; }

    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();
    public required string Body { get; init; }
    public IReadOnlyList<Section> Sections { get; init; } = [];

    /// <summary>The SKILL.md.</summary>
    public required string Path { get; init; }

    /// <summary>Its folder, where its references and scripts are.</summary>
    public required string Folder { get; init; }

    public Fact.Map Extra { get; init; } = Fact.Map.Empty;
}

/// <summary>Something a skill has to be told.</summary>
public sealed record SkillInput(string Name, string? Description = null, bool Required = false, string? Default = null);

/// <summary>A named asset that a skill makes.</summary>
public sealed record SkillOutput(string Name, string? Description = null, string? Path = null);

/// <summary>A file beside a SKILL.md. It is read when somebody asks for it, never before.</summary>
/// <param name="Name">Its path within the skill's folder.</param>
/// <param name="Path">Its path within the workspace.</param>
/// <param name="Bytes">Its size.</param>
public sealed record SkillFile(string Name, string Path, long Bytes);
