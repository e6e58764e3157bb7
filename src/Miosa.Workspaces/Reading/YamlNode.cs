namespace Miosa.Workspaces.Reading;

/// <summary>A YAML value and where in the file it is.</summary>
internal abstract record YamlNode(int At)
{
    /// <param name="At">Where it begins.</param>
    /// <param name="Value">Its text.</param>
    /// <param name="IsPlain">Whether it stands without quotes, so that `null` and `12` are not texts.</param>
    /// <param name="Length">How much of the file it is; 0 where that cannot be said.</param>
    public sealed record Scalar(int At, string Value, bool IsPlain, int Length) : YamlNode(At)
    {
        public bool IsEmpty => IsPlain && Value is "";
        public bool IsNull => IsPlain && Value is "" or "~" or "null" or "Null" or "NULL";
    }

    public sealed record Sequence(int At, IReadOnlyList<YamlNode> Items) : YamlNode(At);

    public sealed record Map(int At, IReadOnlyList<YamlEntry> Entries) : YamlNode(At);

    public Fact ToFact() => this switch
    {
        Sequence list => new Fact.List([.. list.Items.Select(item => item.ToFact())]),
        Map map => new Fact.Map([.. map.Entries.Select(entry => new KeyValuePair<string, Fact>(entry.Key.Value, entry.Value.ToFact()))]),
        Scalar { IsNull: true } => Fact.Nothing.Value,
        Scalar { IsPlain: true, Value: "true" or "True" or "TRUE" } => new Fact.Flag(true),
        Scalar { IsPlain: true, Value: "false" or "False" or "FALSE" } => new Fact.Flag(false),
        Scalar { IsPlain: true } scalar when IsNumber(scalar.Value) => new Fact.Number(scalar.Value),
        Scalar scalar => new Fact.Text(scalar.Value),
        _ => Fact.Nothing.Value,
    };

    /// <summary>As JSON writes numbers. Versions, dates, `0x1F` and what begins with 0 or + are texts.</summary>
    private static bool IsNumber(string text)
    {
        var rest = text.AsSpan();
        if (rest.StartsWith('-'))
            rest = rest[1..];
        var digits = Digits(rest);
        if (digits is 0 || digits > 1 && rest[0] is '0' || text.Length > 40)
            return false;
        rest = rest[digits..];
        if (rest.StartsWith('.'))
        {
            digits = Digits(rest[1..]);
            if (digits is 0)
                return false;
            rest = rest[(digits + 1)..];
        }
        return rest.IsEmpty;
    }

    private static int Digits(ReadOnlySpan<char> text)
    {
        var count = 0;
        while (count < text.Length && char.IsAsciiDigit(text[count]))
            count++;
        return count;
    }
}

/// <summary>A field of a map.</summary>
internal readonly record struct YamlEntry(YamlNode.Scalar Key, YamlNode Value);
