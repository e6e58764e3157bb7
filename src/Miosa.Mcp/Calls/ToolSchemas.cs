using System.Buffers;
using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Miosa.Mcp.Calls;

/// <summary>
/// Writes the schema of a tool's arguments as every client takes it: one type for a property, no references, no
/// boolean schemas, nothing a model pays for and does not need. What it does not know it refuses: a rule that a schema
/// left out would be one that nobody enforces.
/// </summary>
internal static class ToolSchemas
{
    public const string IdempotencyKey = "idempotency_key";
    private const int LongestKey = 128;
    private const int Deepest = 8;

    /// <summary>The input schema of a tool, with the key that every mutation takes.</summary>
    public static JsonElement Input(string tool, IEnumerable<ParameterInfo> arguments, bool takesKey)
    {
        var parameters = arguments.ToList();
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = Wire.Options.Encoder }))
        {
            json.WriteStartObject();
            json.WriteString("type"u8, "object"u8);
            json.WriteStartObject("properties"u8);
            foreach (var parameter in parameters)
            {
                json.WritePropertyName(parameter.Name!);
                WriteValue(json, $"{tool}.{parameter.Name}", parameter.ParameterType, parameter.GetCustomAttributes(inherit: false), parameter.HasDefaultValue ? parameter.DefaultValue : null, depth: 0);
            }
            if (takesKey)
            {
                json.WriteStartObject(IdempotencyKey);
                json.WriteString("type"u8, "string"u8);
                json.WriteNumber("minLength"u8, 1);
                json.WriteNumber("maxLength"u8, LongestKey);
                json.WriteEndObject();
            }
            json.WriteEndObject();
            WriteRequired(json, [.. parameters.Where(parameter => !parameter.HasDefaultValue).Select(parameter => parameter.Name!)]);
            json.WriteEndObject();
        }
        return JsonElement.Parse(buffer.WrittenSpan);
    }

    private static void WriteValue(Utf8JsonWriter json, string where, Type declared, object[] attributes, object? ifAbsent, int depth)
    {
        if (depth > Deepest)
            throw Unknown(where, "is nested too deep");
        var type = Nullable.GetUnderlyingType(declared) ?? declared;
        json.WriteStartObject();
        if (attributes.OfType<DescriptionAttribute>().SingleOrDefault() is { } description)
            json.WriteString("description"u8, description.Description);
        var isList = false;
        if (Scalar(type) is { } name)
        {
            json.WriteString("type"u8, name);
        }
        else if (ElementOf(type, typeof(IReadOnlyList<>)) is { } item)
        {
            isList = true;
            json.WriteString("type"u8, "array"u8);
            json.WritePropertyName("items"u8);
            WriteValue(json, where, item, [], null, depth + 1);
        }
        else if (ElementOf(type, typeof(IReadOnlyDictionary<,>)) is { } each)
        {
            json.WriteString("type"u8, "object"u8);
            json.WritePropertyName("additionalProperties"u8);
            WriteValue(json, where, each, [], null, depth + 1);
        }
        else if (type == typeof(JsonObject))
        {
            // Its reader knows what may stand in it, and says so better than a schema.
            json.WriteString("type"u8, "object"u8);
        }
        else
        {
            WriteObject(json, where, type, depth);
        }
        if (ifAbsent is not null)
            WriteConstant(json, "default", where, ifAbsent);
        if (type.IsEnum)
            WriteChoices(json, where, Enum.GetValues(type).Cast<object>());
        foreach (var attribute in attributes.OfType<ValidationAttribute>())
            WriteRule(json, where, attribute, isList);
        json.WriteEndObject();
    }

    private static void WriteObject(Utf8JsonWriter json, string where, Type type, int depth)
    {
        var properties = type.Assembly == typeof(object).Assembly ? [] : type.GetProperties().Where(property => property.SetMethod is { IsPublic: true }).ToList();
        if (properties.Count is 0)
            throw Unknown(where, $"is a {type}");
        var given = type.GetConstructors().SelectMany(constructor => constructor.GetParameters()).Where(parameter => !parameter.HasDefaultValue).Select(parameter => parameter.Name).ToList();
        json.WriteString("type"u8, "object"u8);
        json.WriteStartObject("properties"u8);
        foreach (var property in properties)
        {
            json.WritePropertyName(Name(property));
            WriteValue(json, $"{where}.{property.Name}", property.PropertyType, property.GetCustomAttributes(inherit: false), null, depth + 1);
        }
        json.WriteEndObject();
        WriteRequired(json, [.. properties.Where(property => property.IsDefined(typeof(RequiredMemberAttribute), inherit: false) || given.Contains(property.Name)).Select(Name)]);
    }

    private static void WriteRequired(Utf8JsonWriter json, List<string> names)
    {
        if (names.Count is 0)
            return;
        json.WriteStartArray("required"u8);
        foreach (var name in names)
            json.WriteStringValue(name);
        json.WriteEndArray();
    }

    private static void WriteRule(Utf8JsonWriter json, string where, ValidationAttribute rule, bool isList)
    {
        switch (rule)
        {
            case RangeAttribute { Minimum: int or double } range:
                WriteConstant(json, "minimum", where, range.Minimum);
                WriteConstant(json, "maximum", where, range.Maximum);
                break;
            case AllowedValuesAttribute allowed:
                WriteChoices(json, where, allowed.Values.OfType<object>());
                break;
            case MinLengthAttribute least:
                json.WriteNumber(isList ? "minItems"u8 : "minLength"u8, least.Length);
                break;
            case MaxLengthAttribute most:
                json.WriteNumber(isList ? "maxItems"u8 : "maxLength"u8, most.Length);
                break;
            default:
                throw Unknown(where, $"has a {rule.GetType().Name}");
        }
    }

    private static void WriteChoices(Utf8JsonWriter json, string where, IEnumerable<object> choices)
    {
        json.WriteStartArray("enum"u8);
        foreach (var choice in choices)
            WriteConstant(json, null, where, choice);
        json.WriteEndArray();
    }

    private static void WriteConstant(Utf8JsonWriter json, string? name, string where, object value)
    {
        if (name is not null)
            json.WritePropertyName(name);
        switch (value)
        {
            case string text:
                json.WriteStringValue(text);
                break;
            case bool flag:
                json.WriteBooleanValue(flag);
                break;
            case int number:
                json.WriteNumberValue(number);
                break;
            case long number:
                json.WriteNumberValue(number);
                break;
            case double number:
                json.WriteNumberValue(number);
                break;
            case Enum choice:
                json.WriteStringValue(JsonNamingPolicy.SnakeCaseLower.ConvertName(choice.ToString()));
                break;
            default:
                throw Unknown(where, $"has the value {value}");
        }
    }

    private static string? Scalar(Type type) =>
        type == typeof(string) || type.IsEnum ? "string"
        : type == typeof(bool) ? "boolean"
        : type == typeof(int) || type == typeof(long) ? "integer"
        : type == typeof(double) ? "number"
        : null;

    /// <summary>The type of what a list or a dictionary by names holds.</summary>
    private static Type? ElementOf(Type type, Type generic) =>
        type.IsGenericType && type.GetGenericTypeDefinition() == generic && (generic != typeof(IReadOnlyDictionary<,>) || type.GenericTypeArguments[0] == typeof(string))
            ? type.GenericTypeArguments[^1]
            : null;

    private static string Name(PropertyInfo property) => JsonNamingPolicy.SnakeCaseLower.ConvertName(property.Name);

    private static InvalidOperationException Unknown(string where, string what) =>
        new($"There is no schema for the argument {where}: it {what}. Arguments are strings, numbers, booleans, choices, and lists, dictionaries and records of them.");
}
