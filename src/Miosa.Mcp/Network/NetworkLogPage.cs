using System.Text.Json;
using Miosa.Mcp.Calls;

namespace Miosa.Mcp.Network;

/// <summary>Some lines of the log, and where to go on.</summary>
internal sealed record NetworkLogPage
{
    private const int Characters = 5_800;

    public required string SandboxId { get; init; }

    public required int Count { get; init; }

    /// <summary>Pass as `cursor` for older lines; absent on the last page.</summary>
    public string? NextCursor { get; init; }

    public required IReadOnlyList<NetworkLogEntry> Entries { get; init; }

    /// <summary>Builds a page of entries that were asked for with one more than the page holds.</summary>
    public static NetworkLogPage From(string sandboxId, IReadOnlyList<NetworkLogEntry> entries, int limit)
    {
        List<NetworkLogEntry> shown = [];
        var budget = Characters;
        foreach (var entry in entries.Take(limit))
        {
            budget -= ResultBudget.Length(JsonSerializer.Serialize(entry, Wire.Options));
            if (budget < 0 && shown.Count > 0)
                break;
            shown.Add(entry);
        }
        return new NetworkLogPage
        {
            SandboxId = sandboxId,
            Count = shown.Count,
            NextCursor = shown.Count < entries.Count ? shown[^1].EventId : null,
            Entries = shown,
        };
    }
}
