using Miosa.Devices;

namespace Miosa.Mcp.Snapshots;

/// <summary>A snapshot as the database keeps it, with all that a fork needs: its sandbox may be gone.</summary>
internal sealed record SnapshotRow
{
    public const string Prefix = "snap";

    public required string Id { get; init; }

    public required string Workspace { get; init; }

    public required string Principal { get; init; }

    /// <summary>Empty for one that was imported.</summary>
    public required string SandboxId { get; init; }

    public string? OfSandbox => SandboxId.Length is 0 ? null : SandboxId;

    public required string SandboxName { get; init; }

    public string? Name { get; init; }

    public string? Comment { get; init; }

    /// <summary>Taken by the host and not by a person, and forgotten by the host.</summary>
    public required bool IsAutomatic { get; init; }

    public required SnapshotState State { get; init; }

    public string? Reason { get; init; }

    public required string TemplateId { get; init; }

    public required DeviceSize Size { get; init; }

    public required Isolation Isolation { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public static bool IsId(string text) => text.StartsWith($"{Prefix}_", StringComparison.Ordinal);
}
