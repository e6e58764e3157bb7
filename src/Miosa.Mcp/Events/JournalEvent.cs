namespace Miosa.Mcp.Events;

/// <summary>Something that happened, to be put into the journal.</summary>
/// <param name="Type">Such as `sandbox.created`; words of one contract, whoever causes them.</param>
internal sealed record JournalEvent(string Type)
{
    public string? Workspace { get; init; }

    public string? Device { get; init; }

    public string? Principal { get; init; }

    public string? CallId { get; init; }

    public string? RunId { get; init; }

    /// <summary>What the type promises; written as JSON.</summary>
    public required object Data { get; init; }
}
