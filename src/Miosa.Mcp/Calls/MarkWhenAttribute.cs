using System.Text.Json;

namespace Miosa.Mcp.Calls;

/// <summary>Marks that a call carries because of one of its arguments. Data, so that it is part of the capability's fingerprint.</summary>
/// <param name="marks">What the call then does.</param>
/// <param name="argument">The argument's name, with dots into objects, such as `build_spec.egress`.</param>
/// <param name="values">The values that it is about; none means any value that is not empty.</param>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
internal sealed class MarkWhenAttribute(Marks marks, string argument, params string[] values) : Attribute
{
    public Marks Marks { get; } = marks;

    public string Argument { get; } = argument;

    public IReadOnlyList<string> Values { get; } = values;

    public bool IsAbout(IReadOnlyDictionary<string, JsonElement> arguments)
    {
        var path = Argument.Split('.');
        if (!arguments.TryGetValue(path[0], out var value))
            return false;
        foreach (var name in path[1..])
        {
            if (value.ValueKind is not JsonValueKind.Object || !value.TryGetProperty(name, out value))
                return false;
        }
        return Values.Count is 0
            ? value.ValueKind switch
            {
                JsonValueKind.Null or JsonValueKind.Undefined => false,
                JsonValueKind.Array => value.GetArrayLength() > 0,
                JsonValueKind.Object => value.EnumerateObject().Any(),
                JsonValueKind.String => value.GetString()!.Length > 0,
                _ => true,
            }
            : Values.Contains(value.ValueKind is JsonValueKind.String ? value.GetString() : value.GetRawText(), StringComparer.OrdinalIgnoreCase);
    }
}
