using System.Text.Json;
using System.Text.Json.Nodes;
using Miosa.Mcp.Calls;

namespace Miosa.Mcp.Events;

/// <summary>
/// Keeps a line of the journal short enough for one page of every reader. It is cut before it is stored, so that all
/// readers see the same line; what is cut lies elsewhere, as output does in its sandbox.
/// </summary>
internal static class EventData
{
    /// <summary>As JSON inside a JSON string, which is how an answer carries it.</summary>
    public const int MostCharacters = 5_000;

    private const int LeastText = 100;
    private const string Cut = "cut";

    public static string Write(object data)
    {
        var json = JsonSerializer.Serialize(data, data.GetType(), EventJson.Options);
        if (ResultBudget.Length(json) <= MostCharacters)
            return json;
        var shortened = JsonNode.Parse(json)!.AsObject();
        shortened[Cut] = true;
        while (ResultBudget.Length(json) is var length && length > MostCharacters)
        {
            Shorten(shortened, length - MostCharacters);
            json = shortened.ToJsonString(EventJson.Options);
        }
        return json;
    }

    /// <summary>Takes from the longest part at least some of what is too much; the part itself when it cannot be shortened.</summary>
    private static void Shorten(JsonObject data, int excess)
    {
        var (name, value) = data.Where(property => property.Key is not Cut).MaxBy(property => Length(property.Value));
        if (value is JsonArray { Count: > 1 } list)
            list.RemoveRange(Math.Max(1, list.Count / 2), list.Count - Math.Max(1, list.Count / 2));
        else if (value is JsonValue text && text.TryGetValue(out string? written) && Length(value) is var length && length > excess + LeastText)
            data[name] = ResultBudget.Start(written, (int)((long)ResultBudget.Length(written) * (length - excess) / length) - 10);
        else
            data.Remove(name);
    }

    private static int Length(JsonNode? value) => value is null ? 0 : ResultBudget.Length(value.ToJsonString(EventJson.Options));
}
