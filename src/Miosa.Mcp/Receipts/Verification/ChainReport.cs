namespace Miosa.Mcp.Receipts.Verification;

/// <summary>What was found of one chain.</summary>
internal sealed record ChainReport
{
    /// <summary>Where it lies.</summary>
    public required string Path { get; init; }

    public string? ChainId { get; init; }

    public string? Workspace { get; init; }

    /// <summary>How many receipts are good, up to the end or the first that is not.</summary>
    public required long Receipts { get; init; }

    public string? FirstAt { get; init; }

    public string? LastAt { get; init; }

    /// <summary>The hash of the last good one.</summary>
    public string? Head { get; init; }

    /// <summary>The fingerprints of the keys that signed it, the first one first.</summary>
    public IReadOnlyList<string> Keys { get; init; } = [];

    /// <summary>`complete` or `interrupted` where it was ended, else `open`: more may have followed.</summary>
    public required string Ending { get; init; }

    /// <summary>Up to which receipt somebody else remembers it.</summary>
    public long AnchoredTo { get; init; }

    /// <summary>Why its keys are trusted; null where it only vouches for itself.</summary>
    public string? TrustedBy { get; init; }

    public ChainBreak? Break { get; init; }
}
