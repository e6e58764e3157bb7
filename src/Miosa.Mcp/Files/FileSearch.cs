using System.Globalization;
using System.Text;
using System.Text.Json;
using Miosa.Mcp.Calls;
using Miosa.Mcp.Processes;

namespace Miosa.Mcp.Files;

/// <summary>A search over the content or the names of files: the arguments for ripgrep, and what its answer means.</summary>
internal sealed record FileSearch
{
    /// <summary>Output read of one search; a search that says more is cut there, and says so.</summary>
    public const int MostBytes = 1 << 20;

    private const int LongestLine = 300;
    private const int Characters = 5_500;

    public required string Path { get; init; }

    public required string User { get; init; }

    /// <summary>A regular expression, or the text itself where <see cref="IsLiteral"/>; for names, a glob.</summary>
    public required string Pattern { get; init; }

    public bool Names { get; init; }

    public bool IsLiteral { get; init; }

    public bool IgnoreCase { get; init; }

    public string? Glob { get; init; }

    public int Context { get; init; }

    /// <summary>Also what .gitignore and a leading dot hide.</summary>
    public bool IncludeIgnored { get; init; }

    public int Limit { get; init; } = 50;

    public IReadOnlyList<string> Arguments()
    {
        List<string> arguments = ["rg", "--no-config", "--no-messages", "--sort", "path"];
        if (IncludeIgnored)
            arguments.AddRange(["--no-ignore", "--hidden"]);
        // Also where no repository was made yet, .gitignore says what is not worth reading.
        else
            arguments.Add("--no-require-git");
        if (Names)
        {
            arguments.AddRange(["--files", "--null", IgnoreCase ? "--iglob" : "--glob", Pattern]);
            return [.. arguments, "--", "."];
        }
        arguments.AddRange(["--json", "--max-columns", "4000", "--context", Context.ToString(CultureInfo.InvariantCulture)]);
        if (IsLiteral)
            arguments.Add("--fixed-strings");
        if (IgnoreCase)
            arguments.Add("--ignore-case");
        if (Glob is not null)
            arguments.AddRange(["--glob", Glob]);
        return [.. arguments, "--regexp", Pattern, "--", "."];
    }

    public SearchResult Parse(QuietOutput output)
    {
        // 0: found; 1: nothing found; 2: an error, perhaps beside matches.
        if (output.ExitCode is 2 && output.Out.Length is 0)
            throw new ToolFailureException(ToolErrorCode.InvalidInput, $"The pattern cannot be searched for: {Encoding.UTF8.GetString(output.Err).Trim()}", "Mend the expression, or set literal to search for the text as it is.");
        var lines = Names ? NameLines(output.Out) : ContentLines(output.Out);
        return Fit(lines, output.IsCut);
    }

    private SearchResult Fit(IEnumerable<(string Line, bool IsMatch)> lines, bool isCut)
    {
        List<string> shown = [];
        var (matches, budget, more) = (0, Characters, isCut);
        foreach (var (line, isMatch) in lines)
        {
            var cost = ResultBudget.Length(line) + 3;
            if (cost > budget || (isMatch && matches == Limit))
            {
                more = true;
                break;
            }
            budget -= cost;
            matches += isMatch ? 1 : 0;
            shown.Add(line);
        }
        return new SearchResult
        {
            Count = matches,
            More = more,
            NextStep = more ? "There is more than is shown; narrow it with path, glob or a longer pattern." : null,
            Matches = shown,
        };
    }

    private static IEnumerable<(string, bool)> NameLines(byte[] output)
    {
        foreach (var name in Encoding.UTF8.GetString(output).Split('\0', StringSplitOptions.RemoveEmptyEntries))
            yield return (OneLine(Relative(name)), true);
    }

    private static IEnumerable<(string, bool)> ContentLines(byte[] output)
    {
        foreach (var line in Encoding.UTF8.GetString(output).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (Entry(line) is { } entry)
                yield return entry;
        }
    }

    private static (string, bool)? Entry(string json)
    {
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(json);
        }
        catch (JsonException)
        {
            // The last line of an output that was cut.
            return null;
        }
        using (document)
        {
            var type = document.RootElement.GetProperty("type").GetString();
            if (type is not ("match" or "context"))
                return null;
            var data = document.RootElement.GetProperty("data");
            var mark = type is "match" ? ':' : '-';
            var number = data.GetProperty("line_number").GetInt64();
            var text = TerminalText.Clean(Encoding.UTF8.GetBytes(Text(data.GetProperty("lines")).TrimEnd('\n', '\r')));
            if (text.Length > LongestLine)
                text = text[..LongestLine] + "…";
            return (string.Create(CultureInfo.InvariantCulture, $"{OneLine(Relative(Text(data.GetProperty("path"))))}{mark}{number}{mark}{text}"), type is "match");
        }
    }

    /// <summary>ripgrep gives what is not UTF-8 as base64.</summary>
    private static string Text(JsonElement element) =>
        element.TryGetProperty("text", out var text) ? text.GetString()! : Encoding.UTF8.GetString(element.GetProperty("bytes").GetBytesFromBase64());

    private static string Relative(string path) => path.StartsWith("./", StringComparison.Ordinal) ? path[2..] : path;

    /// <summary>A name may hold a line break; a line of the answer may not.</summary>
    private static string OneLine(string name) => name.Replace("\n", "\\n", StringComparison.Ordinal);
}
