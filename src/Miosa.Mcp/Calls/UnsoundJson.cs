using System.Text.Json;

namespace Miosa.Mcp.Calls;

/// <summary>Finds in JSON what parsers accept and then read differently, so that it has no one meaning and no one hash.</summary>
internal static class UnsoundJson
{
    public static bool In(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => InObject(value),
        JsonValueKind.Array => value.EnumerateArray().Any(In),
        JsonValueKind.String => InString(value),
        JsonValueKind.Number => !CanonicalJson.IsExact(value),
        _ => false,
    };

    private static bool InObject(JsonElement value)
    {
        HashSet<string> names = new(StringComparer.Ordinal);
        foreach (var property in value.EnumerateObject())
        {
            if (!TryRead(() => property.Name, out var name) || !names.Add(name) || In(property.Value))
                return true;
        }
        return false;
    }

    // Half of a pair can only be written as an escape, so most strings need no second look.
    private static bool InString(JsonElement value) =>
        value.GetRawText().Contains("\\u", StringComparison.Ordinal) && !TryRead(value.GetString, out _);

    private static bool TryRead(Func<string?> read, out string text)
    {
        try
        {
            text = read()!;
            return true;
        }
        catch (InvalidOperationException)
        {
            text = "";
            return false;
        }
    }
}
