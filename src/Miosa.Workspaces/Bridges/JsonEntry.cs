using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Unicode;

namespace Miosa.Workspaces.Bridges;

/// <summary>
/// One value in somebody's JSON file, found by where it is in the text, so that everything else, comments and layout
/// too, stays as it is. Null instead of a text: the file is not one that this can be put into.
/// </summary>
internal static class JsonEntry
{
    private static readonly JsonReaderOptions Reading = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true, MaxDepth = 64 };
    private static readonly JsonSerializerOptions Writing = new() { WriteIndented = true, NewLine = "\n", Encoder = JavaScriptEncoder.Create(UnicodeRanges.All) };

    /// <summary>A new file with this alone.</summary>
    public static string Fresh(BridgeFile.Entry entry)
    {
        var root = new JsonObject();
        foreach (var (key, value) in entry.Header)
            root[key] = value;
        root[entry.Section] = new JsonObject { [entry.Key] = entry.Value.DeepClone() };
        return root.ToJsonString(Writing) + "\n";
    }

    /// <summary>What the file has there; null where it has nothing.</summary>
    /// <exception cref="JsonException">The file is no JSON object.</exception>
    public static JsonNode? Find(string text, string section, string key)
    {
        var root = JsonNode.Parse(text, documentOptions: new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true }) as JsonObject
            ?? throw new JsonException("It is no object.");
        return root[section] switch
        {
            null => null,
            JsonObject held => held[key],
            _ => throw new JsonException($"{section} is no object."),
        };
    }

    /// <summary>Whether a value is one that a bridge wrote: what a person connects by hand names no workspace.</summary>
    public static bool IsOurs(JsonNode? value) => value is JsonObject held
        && (held["args"] as JsonArray ?? held["command"] as JsonArray) is { } arguments
        && Holds(arguments, "mcp") && Holds(arguments, "--workspace");

    /// <summary>Whether two say the same, wherever on each one's machine the program is.</summary>
    public static bool SameButCommand(JsonNode? one, JsonObject other)
    {
        return one is JsonObject held && JsonNode.DeepEquals(Plain(held), Plain(other));

        static JsonNode Plain(JsonObject value)
        {
            var copy = (JsonObject)value.DeepClone();
            if (copy["command"] is JsonArray { Count: > 0 } words)
                words[0] = "";
            else
                copy["command"] = "";
            return copy;
        }
    }

    public static string Put(string text, BridgeFile.Entry entry)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var value = entry.Value.ToJsonString(Writing).ReplaceLineEndings("\n");
        var place = Locate(bytes, entry.Section, entry.Key);
        return place switch
        {
            { ValueStart: >= 0 } => Splice(bytes, place.ValueStart, place.ValueEnd, Indent(value, 4)),
            { SectionStart: >= 0 } => Splice(bytes, place.SectionStart, place.SectionStart, $"\n    {Quote(entry.Key)}: {Indent(value, 4)}{(place.SectionIsEmpty ? "\n  " : ",")}"),
            _ => Splice(bytes, place.RootStart, place.RootStart, $"\n  {Quote(entry.Section)}: {{\n    {Quote(entry.Key)}: {Indent(value, 4)}\n  }}{(place.RootIsEmpty ? "\n" : ",")}"),
        };
    }

    /// <summary>The file without the value; empty where nothing of a person's is left.</summary>
    public static string Remove(string text, BridgeFile.Entry entry)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var place = Locate(bytes, entry.Section, entry.Key);
        if (place.ValueStart < 0)
            return text;
        var (start, end) = (place.NameStart, place.ValueEnd);

        // With the comma behind it, or else the one before.
        var after = end;
        while (after < bytes.Length && bytes[after] is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n')
            after++;
        if (after < bytes.Length && bytes[after] is (byte)',')
        {
            end = after + 1;
        }
        else if (place.CommaBefore >= 0)
        {
            start = place.CommaBefore;
        }
        while (start > 0 && place.CommaBefore != start && bytes[start - 1] is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n')
            start--;
        var left = Splice(bytes, start, end, "");
        return IsBare(left, entry) ? "" : left;
    }

    /// <summary>Comments are a person's words too, so they are not skipped here.</summary>
    private static bool IsBare(string text, BridgeFile.Entry entry)
    {
        try
        {
            return JsonNode.Parse(text, documentOptions: new JsonDocumentOptions { AllowTrailingCommas = true }) is JsonObject root
                && root.All(field => field.Key == entry.Section
                    ? field.Value is JsonObject { Count: 0 }
                    : entry.Header.Any(header => header.Key == field.Key && field.Value?.ToString() == header.Value));
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private sealed record Place
    {
        public int RootStart { get; set; } = -1;
        public bool RootIsEmpty { get; set; } = true;
        public int SectionStart { get; set; } = -1;
        public bool SectionIsEmpty { get; set; } = true;
        public int NameStart { get; set; } = -1;
        public int ValueStart { get; set; } = -1;
        public int ValueEnd { get; set; } = -1;
        public int CommaBefore { get; set; } = -1;
    }

    private static Place Locate(byte[] bytes, string section, string key)
    {
        var place = new Place();
        var reader = new Utf8JsonReader(bytes, Reading);
        reader.Read();
        place.RootStart = (int)reader.BytesConsumed;
        while (reader.Read() && reader.TokenType is JsonTokenType.PropertyName)
        {
            place.RootIsEmpty = false;
            var isSection = reader.ValueTextEquals(section);
            reader.Read();
            if (!isSection || reader.TokenType is not JsonTokenType.StartObject)
            {
                reader.Skip();
                continue;
            }
            place.SectionStart = (int)reader.BytesConsumed;
            var before = -1;
            while (reader.Read() && reader.TokenType is JsonTokenType.PropertyName)
            {
                place.SectionIsEmpty = false;
                var (name, isKey) = ((int)reader.TokenStartIndex, reader.ValueTextEquals(key));
                reader.Read();
                var start = (int)reader.TokenStartIndex;
                reader.Skip();
                if (isKey)
                {
                    (place.NameStart, place.ValueStart, place.ValueEnd) = (name, start, (int)reader.BytesConsumed);
                    place.CommaBefore = before < 0 ? -1 : Array.IndexOf(bytes, (byte)',', before);
                }
                before = (int)reader.BytesConsumed;
            }
        }
        return place;
    }

    private static string Splice(byte[] bytes, int start, int end, string text) =>
        string.Concat(Encoding.UTF8.GetString(bytes, 0, start), text, Encoding.UTF8.GetString(bytes, end, bytes.Length - end));

    private static string Indent(string value, int by) => value.Replace("\n", "\n" + new string(' ', by), StringComparison.Ordinal);

    private static string Quote(string text) => JsonSerializer.Serialize(text, Writing);

    private static bool Holds(JsonArray words, string word) => words.Any(node => node is JsonValue value && value.TryGetValue<string>(out var text) && text == word);
}
