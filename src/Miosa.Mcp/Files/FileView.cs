namespace Miosa.Mcp.Files;

/// <summary>A file or a part of it, as a caller sees it.</summary>
internal sealed record FileView
{
    public required string Path { get; init; }

    /// <summary>`text`, `image` or `binary`.</summary>
    public required string Kind { get; init; }

    public required long Size { get; init; }

    public int? StartLine { get; init; }

    public int? EndLine { get; init; }

    public int? TotalLines { get; init; }

    public string? NextStep { get; init; }

    /// <summary>The type of an image, which follows as a picture.</summary>
    public string? MediaType { get; init; }

    public string? Text { get; init; }

    public string? Base64 { get; init; }
}
