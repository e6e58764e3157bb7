using System.Text;

namespace Miosa.Mcp.Approvals;

/// <summary>
/// The words of a shell line that may name files it will run. It is no shell: it takes apart whatever could be a word,
/// also inside quotes and substitutions, since one file too many is bound at no cost and one too few is a hole.
/// </summary>
internal sealed record CommandWords
{
    private const int Most = 64;

    /// <summary>What may be a path or the name of a program.</summary>
    public required IReadOnlyList<string> Words { get; init; }

    /// <summary>Directories that the line goes to before it goes on.</summary>
    public required IReadOnlyList<string> Directories { get; init; }

    /// <summary>Words of which only the shell, then, will know where they lead.</summary>
    public required IReadOnlyList<string> Unbound { get; init; }

    public static CommandWords Of(string line) => From(Split(line));

    /// <summary>Of a program and its arguments, of which some may be lines themselves, as after <c>-c</c>.</summary>
    public static CommandWords Of(IReadOnlyList<string> arguments) => From([.. arguments, .. arguments.Where(argument => argument.Any(char.IsWhiteSpace)).SelectMany(Split)]);

    private static CommandWords From(IReadOnlyList<string> all)
    {
        List<string> words = [], directories = [], unbound = [];
        var previous = "";
        foreach (var word in all.SelectMany(WithValue))
        {
            if (word.Any(c => c is '$' or '`' or '*' or '?' or '[' or '{'))
            {
                unbound.Add(word);
            }
            else if (word.Length > 0 && word[0] is not '-')
            {
                words.Add(word);
                if (previous is "cd" or "pushd" or "-C")
                    directories.Add(word);
            }
            previous = word;
        }
        List<string> distinct = [.. words.Distinct(StringComparer.Ordinal)];
        return new CommandWords
        {
            Words = [.. distinct.Take(Most)],
            Directories = [.. directories.Distinct(StringComparer.Ordinal).Take(8)],
            Unbound = [.. unbound.Distinct(StringComparer.Ordinal).Take(Most), .. distinct.Count > Most ? (string[])[$"{distinct.Count - Most} more words"] : []],
        };
    }

    /// <summary>`NAME=value` and `--file=value` name a file as much as the value alone.</summary>
    private static IEnumerable<string> WithValue(string word)
    {
        yield return word;
        var at = word.IndexOf('=', StringComparison.Ordinal);
        if (at > 0 && at + 1 < word.Length)
            yield return word[(at + 1)..];
    }

    private static IReadOnlyList<string> Split(string line)
    {
        List<string> words = [];
        var word = new StringBuilder();
        for (var i = 0; i < line.Length; i++)
        {
            var c = line[i];
            // Escaped, so part of the word whatever it is; an escaped end of line is nothing.
            if (c is '\\' && i + 1 < line.Length)
            {
                if (line[++i] is not '\n')
                    word.Append(line[i]);
            }
            else if (char.IsWhiteSpace(c) || c is '"' or '\'' or ';' or '&' or '|' or '(' or ')' or '<' or '>' or '`')
            {
                // Quotes end no word in a shell. Where they stand in the middle of one, both readings are kept.
                if (c is '"' or '\'')
                    Joined(line, i, words);
                End(word, words);
            }
            else
            {
                word.Append(c);
            }
        }
        End(word, words);
        return words;
    }

    /// <summary>`scr"ipt".sh` is one word to a shell.</summary>
    private static void Joined(string line, int at, List<string> words)
    {
        var start = at;
        while (start > 0 && !IsBreak(line[start - 1]))
            start--;
        var end = at;
        while (end + 1 < line.Length && !IsBreak(line[end + 1]))
            end++;
        var whole = line[start..(end + 1)].Replace("\"", "", StringComparison.Ordinal).Replace("'", "", StringComparison.Ordinal).Replace("\\", "", StringComparison.Ordinal);
        if (whole.Length > 0)
            words.Add(whole);
    }

    private static bool IsBreak(char c) => char.IsWhiteSpace(c) || c is ';' or '&' or '|' or '(' or ')' or '<' or '>' or '`';

    private static void End(StringBuilder word, List<string> words)
    {
        if (word.Length > 0)
            words.Add(word.ToString());
        word.Clear();
    }
}
