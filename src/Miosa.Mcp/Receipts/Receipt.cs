namespace Miosa.Mcp.Receipts;

/// <summary>Where a receipt stands, once it is written.</summary>
internal sealed record Receipt
{
    /// <summary>`urn:receipt:` and a uuid.</summary>
    public required string Id { get; init; }

    public required string ChainId { get; init; }

    /// <summary>Its place in the chain, from 1 on.</summary>
    public required long Sequence { get; init; }

    /// <summary>`sha256:…`, which the next receipt of the chain names.</summary>
    public required string Hash { get; init; }
}
