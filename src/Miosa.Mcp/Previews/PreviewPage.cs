namespace Miosa.Mcp.Previews;

/// <summary>Some previews, and where to go on.</summary>
internal sealed record PreviewPage
{
    public required int Count { get; init; }

    /// <summary>Pass as `cursor` for the next page; absent on the last.</summary>
    public string? NextCursor { get; init; }

    public required IReadOnlyList<Preview> Previews { get; init; }

    /// <summary>Builds a page of previews that were asked for with one more than the page holds.</summary>
    public static PreviewPage From(IReadOnlyList<Preview> previews, int limit) => new()
    {
        Count = Math.Min(previews.Count, limit),
        NextCursor = previews.Count > limit ? previews[limit - 1].Id : null,
        Previews = [.. previews.Take(limit)],
    };
}
