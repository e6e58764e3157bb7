namespace Miosa.Mcp.Workspaces.Moving;

/// <summary>What a person's command asks of a running host about a workspace's folder.</summary>
internal sealed record FolderQuestion
{
    public const string Import = "import";
    public const string Export = "export";
    public const string Path = "path";

    /// <summary>One of the words above.</summary>
    public required string Do { get; init; }

    /// <summary>A directory of this machine, from the root on.</summary>
    public string? Directory { get; init; }

    /// <summary>What differs may be replaced.</summary>
    public bool Force { get; init; }
}

/// <summary>What came of it.</summary>
internal sealed record FolderAnswer
{
    /// <summary>For the one who asked, to be shown as they are.</summary>
    public IReadOnlyList<string> Lines { get; init; } = [];

    /// <summary>Whether it was done.</summary>
    public required bool Done { get; init; }
}
