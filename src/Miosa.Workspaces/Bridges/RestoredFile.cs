using System.Text.Json;

namespace Miosa.Workspaces.Bridges;

/// <summary>A file of the contract, as a bridge carried it.</summary>
public sealed record RestoredFile(string Path, string Text)
{
    /// <summary>The files that a generated text was made from. None where it was made of none, or was changed so that they cannot be told apart.</summary>
    public static IReadOnlyList<RestoredFile> From(string generated)
    {
        var text = generated.ReplaceLineEndings("\n");
        var head = text.IndexOf(GeneratedMarker.Line, StringComparison.Ordinal);
        if (head < 0)
            head = text.IndexOf(ManagedBlock.Begins, StringComparison.Ordinal);
        var start = head < 0 ? -1 : text.IndexOf('\n', head) + 1;
        var contract = text.LastIndexOf(GeneratedText.ContractBegins, StringComparison.Ordinal);
        if (start <= 0 || contract < start)
            return [];
        var json = contract + GeneratedText.ContractBegins.Length;
        var end = text.IndexOf(GeneratedText.ContractEnds, json, StringComparison.Ordinal);
        if (end < 0)
            return [];
        try
        {
            using var document = JsonDocument.Parse(text.AsMemory(json, end - json));
            return [.. document.RootElement.GetProperty("files").EnumerateArray().Select(file => Read(file, text[start..contract])).OfType<RestoredFile>()];
        }
        catch (Exception failure) when (failure is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            // Somebody's hand was in it.
            return [];
        }
    }

    private static RestoredFile? Read(JsonElement file, string shown)
    {
        if (file.GetProperty("path").GetString() is not { Length: > 0 } path)
            return null;
        if (file.TryGetProperty("text", out var whole))
            return new RestoredFile(path, whole.GetString()!);
        var (at, length) = (file.GetProperty("at").GetInt32(), file.GetProperty("length").GetInt32());
        if (at < 0 || length < 0 || (long)at + length > shown.Length)
            return null;
        var body = Harmless.Undo(shown.Substring(at, length));
        return new RestoredFile(path, file.TryGetProperty("front", out var front) ? $"---\n{front.GetString()}\n---\n{body}" : body);
    }
}
