using System.Globalization;
using System.Text.Json;

namespace Miosa.Mcp.Calls;

/// <summary>
/// Checks arguments against the schema that the tool shows, and says of each that is wrong what was given and what is
/// allowed. It knows the part of JSON Schema that our tools use.
/// </summary>
internal static class ArgumentValidator
{
    private const int LongestShown = 80;
    private const int MostProblems = 8;

    /// <summary>Clients add these to any tool and expect them to be passed over.</summary>
    private static readonly string[] Ignored = ["wait_for_previous"];

    /// <summary>The arguments without those that are passed over.</summary>
    public static Dictionary<string, JsonElement> Accepted(IEnumerable<KeyValuePair<string, JsonElement>>? arguments) =>
        (arguments ?? []).Where(argument => !Ignored.Contains(argument.Key) && argument.Value.ValueKind is not JsonValueKind.Null)
            .ToDictionary(argument => argument.Key, argument => argument.Value, StringComparer.Ordinal);

    /// <summary>What is wrong, in sentences, as much of it as somebody mends at once; empty where nothing is.</summary>
    public static IReadOnlyList<string> Check(JsonElement schema, IReadOnlyDictionary<string, JsonElement> arguments)
    {
        // First what no reader of JSON agrees on: the rest, and the hash, rely on its absence. Of a number that no double
        // holds the schema may have something better to say.
        var unsound = arguments.Where(argument => UnsoundJson.In(argument.Value)).ToLookup(argument => argument.Value.ValueKind is JsonValueKind.Number, argument => argument.Key);
        List<string> problems = [.. unsound[false].Take(MostProblems).Select(Unsound)];
        if (problems.Count is 0)
            CheckProperties("", schema, arguments, problems);
        if (problems.Count is 0)
            problems.AddRange(unsound[true].Take(MostProblems).Select(Unsound));
        return problems;
    }

    private static string Unsound(string name) => $"`{Cut(name)}` holds half of a surrogate pair, a name twice in one object, or a number that no double holds.";

    private static void CheckProperties(string within, JsonElement schema, IEnumerable<KeyValuePair<string, JsonElement>> given, List<string> problems)
    {
        var arguments = given.ToDictionary(StringComparer.Ordinal);
        var properties = schema.GetProperty("properties");
        var required = schema.TryGetProperty("required", out var list) ? list.EnumerateArray().Select(name => name.GetString()!).ToHashSet(StringComparer.Ordinal) : [];
        foreach (var name in required.Where(name => !arguments.ContainsKey(name)))
            problems.Add($"{within}`{name}` is missing; it takes {Describe(properties.GetProperty(name))}.");
        foreach (var (name, value) in arguments)
        {
            if (problems.Count >= MostProblems)
                return;
            if (properties.TryGetProperty(name, out var property))
                CheckValue($"{within}`{name}`", property, value, problems);
            else
                problems.Add(within + Unknown(name, properties));
        }
    }

    private static void CheckValue(string name, JsonElement schema, JsonElement value, List<string> problems)
    {
        if (problems.Count >= MostProblems)
            return;
        var type = schema.TryGetProperty("type", out var typeName) ? typeName.GetString() : null;
        if (type is not null && !HasType(value, type))
        {
            problems.Add($"{name} is {Show(value)}; it takes {Describe(schema)}.{Hint(value, type)}");
            return;
        }
        if (schema.TryGetProperty("enum", out var choices) && !choices.EnumerateArray().Any(choice => JsonElement.DeepEquals(choice, value)))
        {
            problems.Add($"{name} is {Show(value)}; it takes {Describe(schema)}.");
            return;
        }
        switch (value.ValueKind)
        {
            case JsonValueKind.Number:
                CheckRange(name, schema, value.GetDouble(), "minimum", "maximum", value.GetRawText(), "", problems);
                break;
            case JsonValueKind.String:
                CheckRange(name, schema, value.GetString()!.Length, "minLength", "maxLength", $"{value.GetString()!.Length} characters long", " characters", problems);
                break;
            case JsonValueKind.Array:
                CheckRange(name, schema, value.GetArrayLength(), "minItems", "maxItems", $"a list of {value.GetArrayLength()}", " items", problems);
                if (schema.TryGetProperty("items", out var items))
                {
                    var index = 0;
                    foreach (var item in value.EnumerateArray())
                        CheckValue($"{name}[{index++}]", items, item, problems);
                }
                break;
            case JsonValueKind.Object:
                CheckObject(name, schema, value, problems);
                break;
        }
    }

    private static void CheckObject(string name, JsonElement schema, JsonElement value, List<string> problems)
    {
        if (schema.TryGetProperty("properties", out _))
        {
            CheckProperties($"In {name}: ", schema, value.EnumerateObject().Select(property => KeyValuePair.Create(property.Name, property.Value)), problems);
        }
        else if (schema.TryGetProperty("additionalProperties", out var each) && each.ValueKind is JsonValueKind.Object)
        {
            foreach (var property in value.EnumerateObject())
                CheckValue($"{name}.{Cut(property.Name)}", each, property.Value, problems);
        }
    }

    private static void CheckRange(string name, JsonElement schema, double value, string minimum, string maximum, string shown, string unit, List<string> problems)
    {
        var least = schema.TryGetProperty(minimum, out var low) ? low.GetDouble() : double.NegativeInfinity;
        var most = schema.TryGetProperty(maximum, out var high) ? high.GetDouble() : double.PositiveInfinity;
        if (value >= least && value <= most)
            return;
        var allowed = (double.IsFinite(least), double.IsFinite(most)) switch
        {
            (true, true) => string.Create(CultureInfo.InvariantCulture, $"{least} to {most}{unit}"),
            (true, false) => string.Create(CultureInfo.InvariantCulture, $"at least {least}{unit}"),
            _ => string.Create(CultureInfo.InvariantCulture, $"at most {most}{unit}"),
        };
        problems.Add($"{name} is {shown}; it takes {allowed}.");
    }

    private static bool HasType(JsonElement value, string type) => type switch
    {
        "string" => value.ValueKind is JsonValueKind.String,
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        "number" => value.ValueKind is JsonValueKind.Number,
        "integer" => value.ValueKind is JsonValueKind.Number && value.TryGetInt64(out _),
        "array" => value.ValueKind is JsonValueKind.Array,
        "object" => value.ValueKind is JsonValueKind.Object,
        _ => true,
    };

    private static string Describe(JsonElement schema)
    {
        if (schema.TryGetProperty("enum", out var choices))
            return $"one of {string.Join(", ", choices.EnumerateArray().Select(choice => choice.GetRawText()))}";
        var type = schema.TryGetProperty("type", out var name) ? name.GetString() : null;
        var description = schema.TryGetProperty("description", out var text) ? $" ({text.GetString()!.TrimEnd('.')})" : "";
        return type switch
        {
            "integer" or "number" => $"{(type is "integer" ? "a whole number" : "a number")}{Range(schema)}{description}",
            "boolean" => "true or false",
            "array" => $"a list{(schema.TryGetProperty("items", out var items) ? $" of which each is {Describe(items)}" : "")}{description}",
            "object" => $"an object{(schema.TryGetProperty("additionalProperties", out var each) && each.ValueKind is JsonValueKind.Object ? $" whose values are each {Describe(each)}" : "")}{description}",
            "string" => $"a string{description}",
            _ => $"a value{description}",
        };
    }

    private static string Range(JsonElement schema) =>
        (schema.TryGetProperty("minimum", out var low), schema.TryGetProperty("maximum", out var high)) switch
        {
            (true, true) => $" from {low.GetRawText()} to {high.GetRawText()}",
            (true, false) => $" from {low.GetRawText()} on",
            (false, true) => $" up to {high.GetRawText()}",
            _ => "",
        };

    private static string Hint(JsonElement value, string type) => (value.ValueKind, type) switch
    {
        (JsonValueKind.String, "integer" or "number") when double.TryParse(value.GetString(), CultureInfo.InvariantCulture, out _) => " Send the number without quotes.",
        (JsonValueKind.String, "boolean") when value.GetString() is "true" or "false" => " Send it without quotes.",
        (JsonValueKind.String, "array" or "object") => " Send JSON, not a string that holds it.",
        (JsonValueKind.Number, "string") => " Send it in quotes.",
        _ => "",
    };

    private static string Unknown(string name, JsonElement properties)
    {
        var names = properties.EnumerateObject().Select(property => property.Name).ToList();
        var near = Similarity.Nearest(name, names);
        return near is null
            ? $"`{Cut(name)}` is not an argument of this tool; it takes {(names.Count is 0 ? "none" : string.Join(", ", names))}."
            : $"`{Cut(name)}` is not an argument of this tool; did you mean `{near}`?";
    }

    /// <summary>As we write JSON: clients escape what need not be.</summary>
    private static string Show(JsonElement value) =>
        Cut(value.GetRawText() is { Length: > 20 * LongestShown } raw ? raw : JsonSerializer.Serialize(value, Wire.Options));

    private static string Cut(string text) => text.Length <= LongestShown ? text : ResultBudget.Start(text, LongestShown) + "…";
}
