namespace Miosa.Mcp.Templates;

/// <summary>A template that a caller made, as the database keeps it.</summary>
internal sealed record TemplateRow
{
    public required string Id { get; init; }

    public required string Workspace { get; init; }

    public required string Principal { get; init; }

    public required TemplateOrigin Origin { get; init; }

    /// <summary>For one that was kept or imported, only what its sandboxes get.</summary>
    public required TemplateSpec Spec { get; init; }

    /// <summary>Whether a kept or imported one came to be; one of a specification is built when it is needed.</summary>
    public bool IsWhole { get; init; }

    /// <summary>Why it could not be built the last time.</summary>
    public string? Reason { get; init; }

    /// <summary>What a person should know of it, such as what was left out.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    public required DateTimeOffset CreatedAt { get; init; }

    public string Name => Spec.Name;

    /// <summary>Whether it can be built again from what it says.</summary>
    public bool IsSpecified => Origin is TemplateOrigin.Spec or TemplateOrigin.Company;
}
