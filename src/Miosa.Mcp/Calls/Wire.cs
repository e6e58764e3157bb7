using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;

namespace Miosa.Mcp.Calls;

/// <summary>How answers are written: snake_case, what is absent left out, text as it is.</summary>
internal static class Wire
{
    public static JsonSerializerOptions Options { get; } = Create();

    /// <summary>The same compact JSON as text and as structured content: clients differ in which they read.</summary>
    public static CallToolResult Result<T>(T value, bool isError = false)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(value, Options);
        return new CallToolResult
        {
            Content = [new TextContentBlock { Text = Encoding.UTF8.GetString(json) }],
            StructuredContent = JsonElement.Parse(json),
            IsError = isError,
        };
    }

    /// <summary>The same answer with one more field.</summary>
    public static CallToolResult With<T>(CallToolResult result, string name, T value)
    {
        if (result.StructuredContent is not { ValueKind: JsonValueKind.Object } structured)
            return result;
        var answer = JsonObject.Create(structured)!;
        answer[name] = JsonSerializer.SerializeToNode(value, Options);
        var changed = Result(answer, result.IsError is true);
        result.StructuredContent = changed.StructuredContent;
        result.Content = [.. changed.Content, .. result.Content.Skip(1)];
        return result;
    }

    private static JsonSerializerOptions Create()
    {
        var options = new JsonSerializerOptions(McpJsonUtilities.DefaultOptions)
        {
            PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
            DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
            NumberHandling = JsonNumberHandling.Strict,
            // Answers are JSON for programs, never put into a page; what is escaped needlessly costs a model tokens.
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        };
        // First, before the SDK's own, which writes names as C# has them.
        options.Converters.Insert(0, new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower));
        options.TypeInfoResolverChain.Add(new DefaultJsonTypeInfoResolver());
        options.MakeReadOnly();
        return options;
    }
}
