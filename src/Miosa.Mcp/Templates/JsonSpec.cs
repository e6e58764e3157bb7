using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Miosa.Mcp.Templates;

/// <summary>The same from JSON, as a call brings it: its bounds were checked on the way in.</summary>
internal static class JsonSpec
{
    public static SpecNode Read(string at, JsonObject json) => Node(at, json);

    private static SpecNode Node(string at, JsonNode? node) => node switch
    {
        JsonObject map => new SpecNode.Map(at, map.ToDictionary(field => field.Key, field => Node($"{at}.{SpecReader.Show(field.Key)}", field.Value), StringComparer.Ordinal)),
        JsonArray list => new SpecNode.List(at, [.. list.Select((item, index) => Node(string.Create(CultureInfo.InvariantCulture, $"{at}[{index}]"), item))]),
        null => new SpecNode.Scalar(at, ""),
        _ => new SpecNode.Scalar(at, node.GetValueKind() is JsonValueKind.String ? node.GetValue<string>() : node.ToJsonString()),
    };
}
