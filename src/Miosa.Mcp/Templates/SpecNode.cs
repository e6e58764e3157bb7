namespace Miosa.Mcp.Templates;

/// <summary>A part of a specification, from YAML or JSON, that knows where it stands so that a problem with it can be found.</summary>
/// <param name="At">Such as `line 4` or `services[0].port`.</param>
internal abstract record SpecNode(string At)
{
    public sealed record Scalar(string At, string Text) : SpecNode(At);

    public sealed record List(string At, IReadOnlyList<SpecNode> Items) : SpecNode(At);

    public sealed record Map(string At, IReadOnlyDictionary<string, SpecNode> Fields) : SpecNode(At);

    public string Kind => this switch
    {
        Scalar => "a single value",
        List => "a list",
        _ => "a set of fields",
    };
}
