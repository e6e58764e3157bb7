namespace Miosa.Devices;

/// <summary>What one runtime can do on this machine, found by trying.</summary>
public sealed record RuntimeReport
{
    public required string Name { get; init; }

    public required Isolation Isolation { get; init; }

    public required bool Works { get; init; }

    /// <summary>Which limits it can keep: `memory`, `processes`, `cpu`.</summary>
    public IReadOnlyList<string> Limits { get; init; } = [];

    /// <summary>Why it does not work, or what it cannot keep.</summary>
    public string? Problem { get; init; }

    public string? Remedy { get; init; }
}
