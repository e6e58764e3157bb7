using System.Text;
using Miosa.Mcp.Calls;

namespace Miosa.Mcp.Approvals;

/// <summary>The terminal that a person sits at, or what a test puts in its place.</summary>
internal sealed class Terminal(TextReader input, TextWriter output, TextWriter error, bool isPerson, Func<string?>? readHidden = null)
{
    /// <summary>Whether both what is shown and what is typed are a terminal's.</summary>
    public bool IsPerson { get; } = isPerson;

    public static Terminal Real { get; } = new(Console.In, Console.Out, Console.Error, !Console.IsInputRedirected && !Console.IsOutputRedirected, ReadHidden);

    /// <summary>One line. Much of what is shown is an asker's text, so nothing in it steers the terminal or begins another line.</summary>
    public void Line(string text) => output.WriteLine(PlainText.Line(text));

    /// <summary>A text of lines of its own, the first behind its name and the others below it.</summary>
    public void Text(string name, string text)
    {
        foreach (var (at, line) in text.Split('\n').Index())
            Line($"{(at is 0 ? name : ""),-12}{line}");
    }

    public void Error(string text) => error.WriteLine(PlainText.Line(text));

    public string? Ask(string question)
    {
        output.Write(question);
        output.Flush();
        return input.ReadLine();
    }

    public string? AskHidden(string question)
    {
        output.Write(question);
        output.Flush();
        return readHidden is null ? input.ReadLine() : readHidden();
    }

    private static string ReadHidden()
    {
        var text = new StringBuilder();
        while (Console.ReadKey(intercept: true) is var key && key.Key is not ConsoleKey.Enter)
        {
            if (key.Key is ConsoleKey.Backspace)
                text.Length = Math.Max(0, text.Length - 1);
            else if (!char.IsControl(key.KeyChar))
                text.Append(key.KeyChar);
        }
        Console.WriteLine();
        return text.ToString();
    }
}
