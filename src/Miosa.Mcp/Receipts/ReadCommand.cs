using System.Text.Json;
using Miosa.Mcp.Calls;
using Miosa.Mcp.Hosting;
using Miosa.Mcp.Receipts.Chains;

namespace Miosa.Mcp.Receipts;

/// <summary><c>miosa receipts list</c>, <c>show</c> and <c>export</c>: from the files of the home, whether a host runs or not.</summary>
internal sealed class ReadCommand(MiosaHome home, TextWriter output, TextWriter error)
{
    private static readonly JsonSerializerOptions Indented = new(Wire.Options) { WriteIndented = true };
    private readonly ReceiptFolders _folders = ReceiptFolders.In(home);
    private readonly List<string> _damaged = [];

    public async Task<int> ListAsync(string workspace, int limit, bool json)
    {
        var rows = Rows(workspace).TakeLast(Math.Clamp(limit, 1, 100_000)).Reverse().ToList();
        await TellDamageAsync();
        if (rows.Count is 0)
            return await NoneAsync(workspace);
        foreach (var row in rows)
        {
            await output.WriteLineAsync(json
                ? JsonSerializer.Serialize(ReceiptSummary.From(row), Wire.Options)
                : PlainText.Line($"{row.At}  {ReceiptSummary.Cursor(row),-9} {row.Kind,-11} {row.Decision ?? row.Status,-8} {row.Capability,-26} {row.Agent ?? row.Principal,-14} {row.Device,-30} {row.Error}  {row.Id}".TrimEnd()));
        }
        return 0;
    }

    public async Task<int> ShowAsync(string workspace, string id)
    {
        var found = Lines(workspace).Where(line => line.Row.Id == id || line.Row.CallId == id).ToList();
        await TellDamageAsync();
        if (found.Count is 0)
            return await FailAsync($"The workspace {workspace} has no receipt {id}. `miosa receipts list --workspace {workspace}` shows those there are.");
        foreach (var (_, line) in found)
            await output.WriteLineAsync(JsonSerializer.Serialize(JsonElement.Parse(line.Span), Indented));
        return 0;
    }

    public async Task<int> ExportAsync(string workspace, string target, TimeProvider time)
    {
        if (ReceiptFolders.ChainsIn(_folders.WorkspaceOf(workspace)).Count is 0)
            return await NoneAsync(workspace);
        if (Path.Exists(target))
            return await FailAsync($"{target} is there already. Take a folder that does not exist yet.");
        try
        {
            ReceiptExport.Copy(_folders, workspace, target, time);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return await FailAsync($"The receipts were not all copied: {exception.Message} What was copied is in {target}.");
        }
        await output.WriteLineAsync($"Copied the receipts of {workspace} to {target}. Whoever gets it verifies it with `miosa receipts verify`; tell them a fingerprint of a key by another way.");
        return 0;
    }

    private IEnumerable<ReceiptRow> Rows(string workspace) => Lines(workspace).Select(line => line.Row);

    private IEnumerable<(ReceiptRow Row, ReadOnlyMemory<byte> Line)> Lines(string workspace) =>
        from chain in ReceiptFolders.ChainsIn(_folders.WorkspaceOf(workspace))
        from segment in ReceiptFolders.SegmentsIn(chain.Directory)
        from line in ReceiptFiles.Lines(segment)
        where line.IsWhole
        let row = TryRead(workspace, chain.Number, $"{ReceiptFolders.ChainName(chain.Number)}/{Path.GetFileName(segment)}", line.Offset, line.Line)
        where row is not null
        select (row!, line.Line);

    /// <summary>Null for a line that somebody damaged: the others are read all the same.</summary>
    private ReceiptRow? TryRead(string workspace, int chain, string segment, long offset, ReadOnlyMemory<byte> line)
    {
        try
        {
            return ReceiptRow.From(workspace, chain, segment, offset, line.Span);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            _damaged.Add(segment);
            return null;
        }
    }

    private async Task TellDamageAsync()
    {
        if (_damaged.Count > 0)
            await error.WriteLineAsync($"miosa: {_damaged.Count} lines are no receipts and are passed over, the first in {_damaged[0]}. `miosa receipts verify` says more.");
    }

    private Task<int> NoneAsync(string workspace)
    {
        var others = Directory.Exists(_folders.Workspaces) ? Directory.EnumerateDirectories(_folders.Workspaces).Select(ReceiptFiles.WorkspaceIn).OfType<string>().Order(StringComparer.Ordinal).Take(20).ToList() : [];
        return FailAsync($"The workspace {workspace} has no receipts in {home.Path}.{(others.Count > 0 ? $" These have: {string.Join(", ", others)}." : "")}");
    }

    private async Task<int> FailAsync(string message)
    {
        await error.WriteLineAsync($"miosa: {message}");
        return 1;
    }
}
