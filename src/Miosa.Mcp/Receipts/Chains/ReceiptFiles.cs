using System.Text.Json;
using Miosa.Mcp.Receipts.Format;

namespace Miosa.Mcp.Receipts.Chains;

/// <summary>Reads the files of receipts line by line, whoever may be adding to them meanwhile.</summary>
internal static class ReceiptFiles
{
    /// <summary>No line of ours is so long, see the bounds in the sealer; of a longer one only so much is looked at.</summary>
    public const int LongestLine = 256 * 1024;

    private const int AnchorTail = 64 * 1024;

    /// <summary>The lines of a file from an offset on. A last one without its end is given, marked so.</summary>
    public static IEnumerable<(long Offset, ReadOnlyMemory<byte> Line, bool IsWhole)> Lines(string path, long from = 0)
    {
        using var file = new FileStream(path, new FileStreamOptions { Mode = FileMode.Open, Access = FileAccess.Read, Share = FileShare.ReadWrite | FileShare.Delete, BufferSize = 0 });
        file.Position = from;
        var buffer = new byte[LongestLine];
        var (start, end, offset) = (0, 0, from);
        while (true)
        {
            if (end == buffer.Length)
            {
                if (start is 0)
                {
                    yield return (offset, buffer, false);
                    yield break;
                }
                // A new one: what was given away is still being looked at.
                var next = new byte[buffer.Length];
                buffer.AsSpan(start, end - start).CopyTo(next);
                (buffer, end, start) = (next, end - start, 0);
            }
            var read = file.Read(buffer, end, buffer.Length - end);
            if (read is 0)
                break;
            end += read;
            while (buffer.AsSpan(start, end - start).IndexOf((byte)'\n') is var at and >= 0)
            {
                yield return (offset, buffer.AsMemory(start, at), true);
                offset += at + 1;
                start += at + 1;
            }
        }
        if (end > start)
            yield return (offset, buffer.AsMemory(start, end - start), false);
    }

    /// <summary>The anchors in a file, the first one first; what is none is passed over.</summary>
    public static IEnumerable<ReceiptAnchor> Anchors(string path) => !File.Exists(path) ? [] :
        Lines(path).Select(line => ReceiptAnchor.TryRead(line.Line.Span)).OfType<ReceiptAnchor>();

    /// <summary>The latest anchor of a chain, looked for in the end of the file, where those of a chain that goes on are.</summary>
    public static ReceiptAnchor? LastAnchor(string path, string chainId) => !File.Exists(path) ? null :
        Lines(path, Math.Max(0, new FileInfo(path).Length - AnchorTail)).Select(line => ReceiptAnchor.TryRead(line.Line.Span)).LastOrDefault(anchor => anchor?.ChainId == chainId);

    /// <summary>The last whole receipt of a file; null where it has none.</summary>
    public static ReadReceipt? LastReceipt(string segment) =>
        Lines(segment, Math.Max(0, new FileInfo(segment).Length - LongestLine)).Where(line => line.IsWhole).TakeLast(1).Select(line => ReadReceipt.TryRead(line.Line, out _)).FirstOrDefault();

    /// <summary>The workspace whose folder it is, as its first receipt has it; null where there is none.</summary>
    public static string? WorkspaceIn(string workspaceDirectory) =>
        ReceiptFolders.ChainsIn(workspaceDirectory).SelectMany(chain => ReceiptFolders.SegmentsIn(chain.Directory)).SelectMany(segment => Lines(segment).Take(1))
            .Select(line => Workspace(line.Line)).FirstOrDefault(workspace => workspace is not null);

    private static string? Workspace(ReadOnlyMemory<byte> line)
    {
        try
        {
            return JsonElement.Parse(line.Span).GetProperty("issuer").GetProperty("runtime").GetProperty("miosa").GetProperty("workspace").GetString();
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            return null;
        }
    }
}
