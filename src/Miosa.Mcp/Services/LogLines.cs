using System.Globalization;
using Miosa.Devices.Doors;
using Miosa.Mcp.Calls;
using Miosa.Mcp.Processes;

namespace Miosa.Mcp.Services;

/// <summary>Makes of a piece of output the last lines that an answer holds.</summary>
internal static class LogLines
{
    public static ServiceLogs From(ServiceRow row, OutputPage page, bool isCut, int lines, int characters)
    {
        var bytes = page.Chunks.SelectMany(chunk => chunk.Bytes.ToArray()).ToArray();
        var text = TerminalText.Clean(bytes);
        // The first of what was cut out of the middle is half a line.
        if (isCut && text.IndexOf('\n') is var end and >= 0)
            text = text[(end + 1)..];
        var shown = ResultBudget.End(Last(text, lines), characters);
        return new ServiceLogs
        {
            Name = row.Name,
            State = row.State,
            ProcessId = row.ProcessId!,
            Cursor = page.Next.ToString(CultureInfo.InvariantCulture),
            Note = isCut || shown.Length < text.Length ? "There is more before this: process_output with process_id and cursor 0 reads it from the start." : null,
            Output = shown,
        };
    }

    public static string Last(string text, int lines)
    {
        var at = text.EndsWith('\n') ? text.Length - 1 : text.Length;
        while (lines-- > 0 && at >= 0)
            at = at is 0 ? -1 : text.LastIndexOf('\n', at - 1);
        return at < 0 ? text : text[(at + 1)..];
    }
}
