using System.Globalization;
using Miosa.Devices.Doors;

namespace Miosa.Mcp.Processes;

/// <summary>A piece of a command's output.</summary>
internal sealed record ProcessOutput
{
    public const int DefaultCharacters = 5_000;

    public required string ProcessId { get; init; }

    public required string Status { get; init; }

    public int? ExitCode { get; init; }

    public string? Signal { get; init; }

    /// <summary>Pass it to read on.</summary>
    public required string Cursor { get; init; }

    /// <summary>Whether there is more to read now.</summary>
    public required bool More { get; init; }

    /// <summary>Whether the text waited for came; absent where none was.</summary>
    public bool? Found { get; init; }

    public string? Note { get; init; }

    /// <summary>Both streams in the order they were written, as text or base64.</summary>
    public required string Output { get; init; }

    public static ProcessOutput From(ProcessRow row, OutputPage page, long asked, bool? found, bool base64)
    {
        var bytes = page.Chunks.SelectMany(chunk => chunk.Bytes.ToArray()).ToArray();
        var binary = !base64 && TerminalText.IsBinary(bytes);
        return new ProcessOutput
        {
            ProcessId = row.Id,
            Status = row.Status,
            ExitCode = row.ExitCode,
            Signal = row.Signal,
            Cursor = page.Next.ToString(CultureInfo.InvariantCulture),
            More = page.Next < page.State.EndCursor,
            Found = found,
            Note = Remark(page, asked, binary),
            Output = base64 ? Convert.ToBase64String(bytes) : binary ? "" : TerminalText.Clean(bytes),
        };
    }

    private static string? Remark(OutputPage page, long asked, bool binary)
    {
        if (asked < page.State.BaseCursor)
            return $"Output before cursor {page.State.BaseCursor} is not kept any more (a command's last 64 MiB are); this continues from there.";
        return binary ? "These bytes are no text; ask with encoding base64." : null;
    }
}
