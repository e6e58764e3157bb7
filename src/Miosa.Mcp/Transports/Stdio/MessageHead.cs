using System.Text;
using System.Text.Json;

namespace Miosa.Mcp.Transports.Stdio;

/// <summary>
/// The method and the id of a JSON-RPC message, read without building the rest of it: cheap enough to look at every
/// message, and it still finds an id in one that is broken, too deep or cut off.
/// </summary>
/// <param name="Id">The id as it was written, with its quotes; null when there is none.</param>
/// <param name="Method">The method; null for an answer.</param>
internal readonly record struct MessageHead(string? Id, string? Method)
{
    public bool IsRequest => Id is not null && Method is not null;

    public bool IsAnswer => Id is not null && Method is null;

    public static MessageHead Read(ReadOnlySpan<byte> json)
    {
        string? id = null;
        string? method = null;
        try
        {
            var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = int.MaxValue });
            if (!reader.Read() || reader.TokenType is not JsonTokenType.StartObject)
                return default;

            while ((id is null || method is null) && reader.Read() && reader.TokenType is JsonTokenType.PropertyName)
            {
                if (reader.ValueTextEquals("id"u8) && reader.Read())
                    id = ReadId(ref reader, json);
                else if (reader.ValueTextEquals("method"u8) && reader.Read())
                    method = reader.TokenType is JsonTokenType.String ? reader.GetString() : null;
                else
                    reader.Skip();
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // What was read before the damage is what there is.
        }

        return new MessageHead(id, method);
    }

    private static string? ReadId(ref Utf8JsonReader reader, ReadOnlySpan<byte> json) =>
        reader.TokenType is JsonTokenType.String or JsonTokenType.Number
            ? Encoding.UTF8.GetString(json[(int)reader.TokenStartIndex..(int)reader.BytesConsumed])
            : null;
}
