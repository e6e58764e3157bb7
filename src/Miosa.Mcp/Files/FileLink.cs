namespace Miosa.Mcp.Files;

/// <summary>Which way bytes go.</summary>
internal enum FileLinkKind
{
    Upload,
    Download,
}

/// <summary>A link that moves one file, for a while, for whoever holds it.</summary>
internal sealed record FileLink
{
    public required Uri Url { get; init; }

    /// <summary>`PUT` or `GET`.</summary>
    public required string Method { get; init; }

    public required string Path { get; init; }

    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>A command line that does it, on the machine of the host.</summary>
    public required string Example { get; init; }
}
