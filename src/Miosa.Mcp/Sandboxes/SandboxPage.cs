namespace Miosa.Mcp.Sandboxes;

/// <summary>Some sandboxes, and where to go on.</summary>
internal sealed record SandboxPage
{
    public required int Count { get; init; }

    /// <summary>Pass as `cursor` for the next page; absent on the last.</summary>
    public string? NextCursor { get; init; }

    public required IReadOnlyList<Sandbox> Sandboxes { get; init; }

    /// <summary>Builds a page of rows that were asked for with one more than the page holds.</summary>
    public static SandboxPage From(IReadOnlyList<SandboxRow> rows, int limit) => new()
    {
        Count = Math.Min(rows.Count, limit),
        NextCursor = rows.Count > limit ? rows[limit - 1].Id : null,
        Sandboxes = [.. rows.Take(limit).Select(row => row.ToSandbox())],
    };
}
