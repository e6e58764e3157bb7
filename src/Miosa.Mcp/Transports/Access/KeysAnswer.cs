namespace Miosa.Mcp.Transports.Access;

/// <summary>What came of it.</summary>
internal sealed record KeysAnswer
{
    /// <summary>A new key or token in clear, this once.</summary>
    public string? Text { get; init; }

    /// <summary>Those that were asked for, made or ended.</summary>
    public required IReadOnlyList<KeyInfo> Keys { get; init; }

    /// <summary>Where the next page begins; absent on the last.</summary>
    public string? Next { get; init; }
}
