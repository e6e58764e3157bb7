using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace Miosa.Mcp.Transports.Http;

/// <summary>Arguments that a tool's schema marks with <c>x-mcp-header</c> are repeated as <c>Mcp-Param-…</c> headers, and must agree.</summary>
internal static class ParameterHeaders
{
    private const string Prefix = "Mcp-Param-";
    private const string Mark = "x-mcp-header";

    /// <summary>Beyond this, JavaScript clients cannot write an integer exactly.</summary>
    private const long LargestSafeInteger = 9007199254740991;

    public static RequestProblem? Check(IHeaderDictionary headers, JsonRpcMessage message, McpServerOptions options)
    {
        if (message is not JsonRpcRequest { Method: RequestMethods.ToolsCall, Params: JsonObject parameters }
            || parameters["name"] is not JsonValue name || !name.TryGetValue(out string? tool)
            || options.ToolCollection is not { } tools || !tools.TryGetPrimitive(tool, out var found))
        {
            return null;
        }

        return Check(headers, found.ProtocolTool.InputSchema, parameters["arguments"] as JsonObject);
    }

    private static RequestProblem? Check(IHeaderDictionary headers, JsonElement schema, JsonObject? arguments)
    {
        if (schema.ValueKind is not JsonValueKind.Object || !schema.TryGetProperty("properties", out var properties) || properties.ValueKind is not JsonValueKind.Object)
            return null;

        foreach (var property in properties.EnumerateObject().Where(p => p.Value.ValueKind is JsonValueKind.Object))
        {
            var argument = arguments?[property.Name];
            var problem = property.Value.TryGetProperty(Mark, out var mark) && mark.GetString() is { Length: > 0 } header
                ? CheckOne(headers, Prefix + header, property, argument)
                : Check(headers, property.Value, argument as JsonObject);
            if (problem is not null)
                return problem;
        }

        return null;
    }

    private static RequestProblem? CheckOne(IHeaderDictionary headers, string header, JsonProperty property, JsonNode? argument)
    {
        if (!headers.TryGetValue(header, out var said))
            return argument is null ? null : RequestRules.Mismatch($"The {header} header is missing; it repeats the argument '{property.Name}'.");
        if (HeaderText.Decode(said) is not { } text)
            return RequestRules.Mismatch($"The {header} header is not encoded as it should be.");
        return argument is not JsonValue value || Agree(text, value, property.Value)
            ? null
            : RequestRules.Mismatch($"The {header} header and the argument '{property.Name}' do not agree.");
    }

    private static bool Agree(string header, JsonValue argument, JsonElement schema)
    {
        var text = argument.GetValueKind() is JsonValueKind.String ? argument.GetValue<string>() : argument.ToJsonString();
        return IsInteger(schema)
            ? SafeInteger(header) is { } left && SafeInteger(text) is { } right && left == right
            : string.Equals(header, text, StringComparison.Ordinal);
    }

    // 42, 42.0 and 4.2e1 are one number.
    private static long? SafeInteger(string text) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out var value)
        && value is >= -LargestSafeInteger and <= LargestSafeInteger
            ? value
            : null;

    private static bool IsInteger(JsonElement schema) =>
        schema.TryGetProperty("type", out var type) && type.ValueKind switch
        {
            JsonValueKind.String => type.ValueEquals("integer"),
            JsonValueKind.Array => type.EnumerateArray().Any(t => t.ValueKind is JsonValueKind.String && t.ValueEquals("integer")),
            _ => false,
        };
}
