namespace Miosa.Workspaces.Reading;

/// <summary>A Markdown file: the fields at its head, and the rest.</summary>
internal sealed record FrontMatter(YamlNode.Map Fields, string Body, int BodyStart, bool IsThere)
{
    public static FrontMatter Read(SourceText source, ProblemList problems, LoadLimits limits)
    {
        var first = 0;
        while (first < source.LineCount - 1 && source.Line(first).IsWhiteSpace())
            first++;
        if (!IsFence(source.Line(first), '-'))
            return new FrontMatter(new YamlNode.Map(0, []), source.Text, 0, IsThere: false);
        if (first > 0)
            problems.Warning(Codes.FrontMatterLate, source.LineStart(first), "the front matter does not begin on the first line; many runtimes do not see it.", "remove the empty lines before it.", new Fix("remove the empty lines", [new TextEdit(0, source.LineStart(first), "")]));

        var start = source.LineStart(first + 1);
        var last = first + 1;
        while (last < source.LineCount && !IsFence(source.Line(last), '-') && !IsFence(source.Line(last), '.'))
            last++;
        var bodyLine = last + 1;
        if (last >= source.LineCount)
        {
            last = bodyLine = Guess(source, first + 1);
            problems.IsDamaged = true;
            var fix = last < source.LineCount && last > first + 1 ? new Fix("end the front matter", [new TextEdit(source.LineStart(last), 0, "---\n")]) : null;
            problems.Error(Codes.FrontMatterWithoutEnd, source.LineStart(first), "the front matter has no end; it was read up to the first empty line or heading.", "put a line `---` behind its last field.", fix);
        }
        var end = source.LineStart(last);
        var node = new YamlReader(source, problems, limits).Read(start, end - start);
        var body = source.LineStart(bodyLine);
        if (node is not (null or YamlNode.Map))
        {
            problems.IsDamaged = true;
            problems.Error(Codes.NotAMap, node.At, "the front matter is no list of fields.", "write `name: value` lines.");
        }
        return new FrontMatter(node as YamlNode.Map ?? new YamlNode.Map(start, []), source.Text[body..], body, IsThere: true);
    }

    private static bool IsFence(ReadOnlySpan<char> line, char sign) => line.TrimEnd().SequenceEqual([sign, sign, sign]);

    private static int Guess(SourceText source, int line)
    {
        while (line < source.LineCount && !source.Line(line).IsWhiteSpace() && !source.Line(line).StartsWith("# ", StringComparison.Ordinal) && !source.Line(line).StartsWith("## ", StringComparison.Ordinal))
            line++;
        return line;
    }
}
