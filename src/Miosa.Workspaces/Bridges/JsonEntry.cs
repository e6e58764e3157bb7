using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Unicode;

namespace Miosa.Workspaces.Bridges;

/// <summary>
/// One value in somebody's JSON file, found by where it is in the text, so that everything else, comments and layout
/// too, stays as it is. Null instead of a text: it is written in a way in which the change would reach more than the value.
/// </summary>
internal static class JsonEntry
{
    private static readonly JsonReaderOptions Reading = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true, MaxDepth = 64 };
    private static readonly JsonSerializerOptions Writing = new() { WriteIndented = true, NewLine = "\n", Encoder = JavaScriptEncoder.Create(UnicodeRanges.All) };

    /// <summary>Where a name stands twice, nobody knows which one counts.</summary>
    private static readonly JsonDocumentOptions Tree = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true, AllowDuplicateProperties = false };

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
        return Root(text)[section] switch
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

    public static string? Put(string text, BridgeFile.Entry entry)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var value = entry.Value.ToJsonString(Writing).ReplaceLineEndings("\n");
        var place = Locate(bytes, entry.Section, entry.Key);
        var put = place switch
        {
            { ValueStart: >= 0 } => Splice(bytes, place.ValueStart, place.ValueEnd, Indent(value, 4)),
            { SectionStart: >= 0 } => Splice(bytes, place.SectionStart, place.SectionStart, $"\n    {Quote(entry.Key)}: {Indent(value, 4)}{(place.SectionIsEmpty ? "\n  " : ",")}"),
            _ => Splice(bytes, place.RootStart, place.RootStart, $"\n  {Quote(entry.Section)}: {{\n    {Quote(entry.Key)}: {Indent(value, 4)}\n  }}{(place.RootIsEmpty ? "\n" : ",")}"),
        };
        return Says(put, text, entry, entry.Value) ? put : null;
    }

    /// <summary>The file without the value; empty where nothing of a person's is left.</summary>
    public static string? Remove(string text, BridgeFile.Entry entry)
    {
        List<byte> left = [.. Encoding.UTF8.GetBytes(text)];
        var place = Locate([.. left], entry.Section, entry.Key);
        if (place.ValueStart < 0)
            return text;

        // With the comma behind it, or else the one before; comments between them stay.
        var comma = place.CommaBehind >= 0 ? place.CommaBehind : place.CommaBefore;
        if (comma >= place.ValueEnd)
            left.RemoveAt(comma);
        var (start, end) = (place.NameStart, place.ValueEnd);
        while (left[start - 1] is (byte)' ' or (byte)'\t')
            start--;
        var rest = end;
        while (left[rest] is (byte)' ' or (byte)'\t' or (byte)'\r')
            rest++;
        if (left[start - 1] is (byte)'\n' && left[rest] is (byte)'\n')
            (start, end) = (start - 1, rest);
        left.RemoveRange(start, end - start);
        if (comma >= 0 && comma < start)
            left.RemoveAt(comma);
        var removed = Encoding.UTF8.GetString([.. left]);
        return !Says(removed, text, entry, null) ? null : IsBare(removed, entry) ? "" : removed;
    }

    /// <summary>Whether a changed text says what the old one says, with another value or none.</summary>
    private static bool Says(string changed, string text, BridgeFile.Entry entry, JsonObject? value)
    {
        var wanted = Root(text);
        if (value is null)
            (wanted[entry.Section] as JsonObject)?.Remove(entry.Key);
        else if (wanted[entry.Section] is JsonObject section)
            section[entry.Key] = value.DeepClone();
        else
            wanted[entry.Section] = new JsonObject { [entry.Key] = value.DeepClone() };
        try
        {
            return JsonNode.DeepEquals(Root(changed), wanted);
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static JsonObject Root(string text) => JsonNode.Parse(text, documentOptions: Tree) as JsonObject ?? throw new JsonException("It is no object.");

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
        public int CommaBehind { get; set; } = -1;
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
                    (place.CommaBefore, place.CommaBehind) = (before < 0 ? -1 : Comma(bytes, before), Comma(bytes, place.ValueEnd));
                }
                before = (int)reader.BytesConsumed;
            }
        }
        return place;
    }

    /// <summary>Where the comma behind a value is, past blanks and comments; -1 where there is none.</summary>
    private static int Comma(ReadOnlySpan<byte> bytes, int at)
    {
        while (at < bytes.Length && bytes[at] is not (byte)',')
        {
            var past = bytes[at..] switch
            {
                [(byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n', ..] => 1,
                [(byte)'/', (byte)'/', .. var line] => 2 + Math.Max(0, line.IndexOfAny((byte)'\r', (byte)'\n')),
                [(byte)'/', (byte)'*', .. var comment] => 4 + Math.Max(0, comment.IndexOf("*/"u8)),
                _ => 0,
            };
            if (past is 0)
                return -1;
            at += past;
        }
        return at < bytes.Length ? at : -1;
    }

    private static string Splice(byte[] bytes, int start, int end, string text) =>
        string.Concat(Encoding.UTF8.GetString(bytes, 0, start), text, Encoding.UTF8.GetString(bytes, end, bytes.Length - end));

    private static string Indent(string value, int by) => value.Replace("\n", "\n" + new string(' ', by), StringComparison.Ordinal);

    private static string Quote(string text) => JsonSerializer.Serialize(text, Writing);

    private static bool Holds(JsonArray words, string word) => words.Any(node => node is JsonValue value && value.TryGetValue<string>(out var text) && text == word);
}
