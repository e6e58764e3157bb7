using System.Text;
using Miosa.Mcp.Calls;

namespace Miosa.Mcp.Files;

/// <summary>Some lines of a text, as many as an answer holds.</summary>
internal sealed record TextWindow
{
    public required string Text { get; init; }

    /// <summary>The first line shown, counted from 1.</summary>
    public required int StartLine { get; init; }

    /// <summary>The last line shown; before the first where nothing is.</summary>
    public required int EndLine { get; init; }

    /// <summary>Lines in the text, where all of it was read.</summary>
    public int? TotalLines { get; init; }

    /// <summary>Whether lines remain behind the last one shown.</summary>
    public required bool More { get; init; }

    /// <summary>Lines that were too long and are shown in part.</summary>
    public IReadOnlyList<int> CutLines { get; init; } = [];

    /// <summary>Reads lines from <paramref name="startLine"/> on, until <paramref name="lines"/> or <paramref name="characters"/> are reached.</summary>
    public static async Task<TextWindow> ReadAsync(TextReader reader, int startLine, int lines, int characters, CancellationToken cancellationToken)
    {
        var text = new StringBuilder();
        List<int> cut = [];
        var budget = characters;
        var (number, shown, isFull) = (0, 0, false);
        // A line longer than this is never shown whole, so it is never held whole.
        var line = new BoundedLineReader(reader, characters + 1);
        while (await line.ReadAsync(cancellationToken) is { } content)
        {
            number++;
            if (number < startLine || isFull)
                continue;
            var cost = ResultBudget.Length(content) + 2;
            if (shown == lines || (cost > budget && shown > 0))
            {
                isFull = true;
                continue;
            }
            if (cost > budget || line.WasCut)
            {
                content = ResultBudget.Start(content, budget);
                cut.Add(number);
            }
            text.Append(content).Append('\n');
            budget -= cost;
            shown++;
        }
        return new TextWindow
        {
            Text = text.ToString(),
            StartLine = startLine,
            EndLine = startLine + shown - 1,
            TotalLines = number,
            More = isFull,
            CutLines = cut,
        };
    }
}
