using System.Text.Json;

namespace Miosa.Mcp.Events;

/// <summary>A line of the journal.</summary>
internal sealed record StoredEvent
{
    /// <summary>Also the cursor: pass it to read on behind it.</summary>
    public required string Id { get; init; }

    public required string Type { get; init; }

    public required DateTimeOffset At { get; init; }

    public string? Workspace { get; init; }

    public string? Device { get; init; }

    public string? Principal { get; init; }

    public string? CallId { get; init; }

    public string? RunId { get; init; }

    public required JsonElement Data { get; init; }
}
