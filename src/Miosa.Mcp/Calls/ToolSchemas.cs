using System.Text.Json;
using System.Text.Json.Nodes;
using ModelContextProtocol.Protocol;

namespace Miosa.Mcp.Calls;

/// <summary>
/// Rewrites the schemas that .NET generates into what every client takes: one type for a property, no references, no
/// boolean schemas, nothing a model pays for and does not need.
/// </summary>
internal static class ToolSchemas
{
    public const string IdempotencyKey = "idempotency_key";
    private const int LongestKey = 128;

    /// <summary>The input schema of a tool, with the key that every mutation takes.</summary>
    public static JsonElement Input(JsonElement generated, CapabilityAttribute capability)
    {
        var schema = Simplify(JsonNode.Parse(generated.GetRawText())!).AsObject();
        if (!schema.ContainsKey("properties"))
            schema["properties"] = new JsonObject();
        if (capability.IsMutation)
        {
            schema["properties"]!.AsObject()[IdempotencyKey] = new JsonObject
            {
                ["type"] = "string",
                ["minLength"] = 1,
                ["maxLength"] = LongestKey,
            };
        }
        return JsonSerializer.SerializeToElement(schema);
    }

    /// <summary>
    /// A tool as lists show it: without the schema of its answer. Every answer is the same JSON as text and as
    /// structured content, and its schema would cost a model more than it tells.
    /// </summary>
    public static Tool Listed(Tool tool) => new()
    {
        Name = tool.Name,
        Title = tool.Title,
        Description = tool.Description,
        InputSchema = tool.InputSchema,
        Annotations = tool.Annotations,
        Meta = tool.Meta,
    };

    private static JsonNode Simplify(JsonNode node)
    {
        if (node is JsonArray array)
            return new JsonArray([.. array.Select(item => item is null ? null : Simplify(item))]);
        if (node is not JsonObject schema)
            return node.DeepClone();
        var simple = new JsonObject();
        foreach (var (key, value) in schema)
        {
            switch (key)
            {
                case "$schema" or "title":
                    break;
                case "default" when value is null:
                    break;
                case "type" when value is JsonArray types:
                    simple["type"] = types.Select(type => (string)type!).Where(type => type is not "null").OrderBy(type => type is "string").First();
                    break;
                case "enum" when value is JsonArray choices:
                    simple["enum"] = new JsonArray([.. choices.Where(choice => choice is not null).Select(choice => choice!.DeepClone())]);
                    break;
                case "properties":
                    simple[key] = new JsonObject(value!.AsObject().Select(property => KeyValuePair.Create(property.Key, (JsonNode?)Simplify(property.Value!))));
                    break;
                case "additionalProperties" or "items" when value is JsonValue:
                    break;
                default:
                    simple[key] = value is null ? null : Simplify(value);
                    break;
            }
        }
        return simple;
    }
}
