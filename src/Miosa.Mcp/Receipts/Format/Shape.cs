using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Miosa.Mcp.Receipts.Format;

/// <summary>What a value must look like: says what is wrong, or null.</summary>
/// <param name="at">The path of the value, for the message.</param>
/// <param name="value">The value.</param>
internal delegate string? Shape(string at, JsonElement value);

/// <summary>The few shapes that the schema of receipts is made of.</summary>
internal static partial class Shapes
{
    /// <summary>An object of these properties; those whose name ends in `!` must be there. No other may be unless it is open.</summary>
    public static Shape Object(bool open, params (string Name, Shape Shape)[] properties)
    {
        var required = properties.Where(property => property.Name.EndsWith('!')).Select(property => property.Name.TrimEnd('!')).ToArray();
        var known = properties.ToDictionary(property => property.Name.TrimEnd('!'), property => property.Shape, StringComparer.Ordinal);
        return (at, value) =>
        {
            if (value.ValueKind is not JsonValueKind.Object)
                return $"{at} is no object.";
            var found = 0;
            foreach (var property in value.EnumerateObject())
            {
                var name = property.Name;
                if (known.TryGetValue(name, out var shape))
                {
                    if (shape($"{at}.{name}", property.Value) is { } problem)
                        return problem;
                    found += required.Contains(name, StringComparer.Ordinal) ? 1 : 0;
                }
                else if (!open)
                {
                    return $"{at} has `{(name.Length > 80 ? name[..80] : name)}`, which the format does not know.";
                }
            }
            return found == required.Length ? null : $"{at} lacks {string.Join(", ", required.Where(name => !value.TryGetProperty(name, out _)))}.";
        };
    }

    public static Shape Text(int least = 0) => (at, value) =>
        value.ValueKind is JsonValueKind.String && value.GetString()!.Length >= least ? null : $"{at} is no text{(least > 0 ? " or is empty" : "")}.";

    public static Shape Text(Regex pattern) => (at, value) =>
        value.ValueKind is JsonValueKind.String && pattern.IsMatch(value.GetString()!) ? null : $"{at} is not of the form {pattern}.";

    public static Shape OneOf(params string[] words) => (at, value) =>
        value.ValueKind is JsonValueKind.String && words.Contains(value.GetString(), StringComparer.Ordinal) ? null : $"{at} is not {string.Join(" or ", words)}.";

    public static Shape Whole(long least) => (at, value) =>
        value.ValueKind is JsonValueKind.Number && value.TryGetInt64(out var number) && number >= least ? null : $"{at} is no whole number from {least.ToString(CultureInfo.InvariantCulture)} on.";

    public static Shape Truth { get; } = (at, value) => value.ValueKind is JsonValueKind.True or JsonValueKind.False ? null : $"{at} is neither true nor false.";

    public static Shape True { get; } = (at, value) => value.ValueKind is JsonValueKind.True ? null : $"{at} is there and not true.";

    public static Shape Time { get; } = (at, value) =>
        value.ValueKind is JsonValueKind.String && TimePattern().IsMatch(value.GetString()!) && DateTimeOffset.TryParse(value.GetString(), CultureInfo.InvariantCulture, out _)
            ? null : $"{at} is no date and time.";

    public static Shape List(int least, Shape each) => (at, value) =>
    {
        if (value.ValueKind is not JsonValueKind.Array || value.GetArrayLength() < least)
            return $"{at} is no list of at least {least.ToString(CultureInfo.InvariantCulture)}.";
        foreach (var item in value.EnumerateArray())
        {
            if (each($"{at}[]", item) is { } problem)
                return problem;
        }
        return null;
    };

    public static Shape OrNull(Shape shape) => (at, value) => value.ValueKind is JsonValueKind.Null ? null : shape(at, value);

    public static Shape And(Shape first, Shape second) => (at, value) => first(at, value) ?? second(at, value);

    [GeneratedRegex(@"^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex TimePattern();
}
