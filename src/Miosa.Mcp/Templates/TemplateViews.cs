namespace Miosa.Mcp.Templates;

/// <summary>A template as callers see it.</summary>
internal record TemplateSummary
{
    public required string TemplateId { get; init; }

    public required TemplateState State { get; init; }

    /// <summary>Why it failed, or how far it is.</summary>
    public string? Reason { get; init; }

    public required string Description { get; init; }

    public string? Base { get; init; }

    public required TemplateOrigin Origin { get; init; }

    /// <summary>What it takes on disk beyond its base; absent before it is built.</summary>
    public long? Bytes { get; init; }
}

/// <summary>Some templates, and where to go on.</summary>
internal sealed record TemplatePage
{
    public required int Count { get; init; }

    /// <summary>Pass as `cursor` for the next page; absent on the last.</summary>
    public string? NextCursor { get; init; }

    public required IReadOnlyList<TemplateSummary> Templates { get; init; }
}

/// <summary>A template with what it is made of, and what to do next.</summary>
internal sealed record TemplateDetails : TemplateSummary
{
    public required string NextStep { get; init; }

    public IReadOnlyList<string> Notes { get; init; } = [];

    public IReadOnlyList<string> Packages { get; init; } = [];

    public IReadOnlyList<string> Npm { get; init; } = [];

    /// <summary>Paths of the files it puts in place; the first ones of many.</summary>
    public IReadOnlyList<string> Files { get; init; } = [];

    public IReadOnlyList<string> Commands { get; init; } = [];

    public IReadOnlyList<string> Services { get; init; } = [];

    public IReadOnlyList<int> Ports { get; init; } = [];

    public string? Egress { get; init; }

    public string? Size { get; init; }

    /// <summary>The end of what its last build printed.</summary>
    public string? LogTail { get; init; }
}

/// <summary>A template that is no more.</summary>
internal sealed record TemplateDeleted(string TemplateId, bool Deleted, string NextStep);
