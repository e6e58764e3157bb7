using System.Text.Json;
using System.Text.Json.Serialization;

namespace Miosa.Mcp.Events;

/// <summary>How the data of events is written: as the wire is.</summary>
internal static class EventJson
{
    public static JsonSerializerOptions Options { get; } = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };
}
