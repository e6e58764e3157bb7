using System.Text.Json;

namespace Miosa.Mcp.Receipts.Verification;

/// <summary>Receipts as others keep them: one in a file, or a list of them.</summary>
internal static class JsonFiles
{
    public static IEnumerable<ReadOnlyMemory<byte>> Receipts(string file)
    {
        var bytes = File.ReadAllBytes(file);
        try
        {
            var json = JsonElement.Parse(bytes, new JsonDocumentOptions { AllowDuplicateProperties = false });
            return json.ValueKind is JsonValueKind.Array ? [.. json.EnumerateArray().Select(receipt => (ReadOnlyMemory<byte>)JsonSerializer.SerializeToUtf8Bytes(receipt))] : [bytes];
        }
        catch (JsonException)
        {
            // Whoever reads it says what is wrong.
            return [bytes];
        }
    }
}
