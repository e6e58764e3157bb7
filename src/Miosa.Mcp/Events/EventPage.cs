using System.Text.Json;
using Miosa.Mcp.Calls;

namespace Miosa.Mcp.Events;

/// <summary>Some events, and where to go on.</summary>
internal sealed record EventPage
{
    private const int Characters = 5_800;

    public required int Count { get; init; }

    /// <summary>Pass as `since` to go on; the one given where nothing is new.</summary>
    public string? NextCursor { get; init; }

    /// <summary>Whether there are more now.</summary>
    public required bool More { get; init; }

    public required IReadOnlyList<StoredEvent> Events { get; init; }

    /// <summary>As many as an answer holds; one that is larger than that by itself is given alone.</summary>
    public static EventPage From(IReadOnlyList<StoredEvent> events, int limit, string? since)
    {
        List<StoredEvent> shown = [];
        var budget = Characters;
        foreach (var entry in events.Take(limit))
        {
            budget -= ResultBudget.Length(JsonSerializer.Serialize(entry, Wire.Options));
            if (budget < 0 && shown.Count > 0)
                break;
            shown.Add(entry);
        }
        return new EventPage
        {
            Count = shown.Count,
            NextCursor = shown.Count > 0 ? shown[^1].Id : since,
            More = shown.Count < events.Count,
            Events = shown,
        };
    }
}
