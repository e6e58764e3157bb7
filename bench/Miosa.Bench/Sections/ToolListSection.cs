using System.Text.Json;
using System.Text.RegularExpressions;

namespace Miosa.Bench.Sections;

/// <summary>What every client's model pays for before it has done anything.</summary>
internal static partial class ToolListSection
{
    public static async Task RunAsync(Workbench bench)
    {
        bench.Report.Section("The default tools/list");
        _ = await bench.HostAsync();
        await using var mcp = await RawMcp.ConnectAsync(bench.Home.SocketFile, bench.CancellationToken);
        await mcp.InitializeAsync(bench.CancellationToken);
        var answer = await mcp.ListToolsAsync(bench.CancellationToken);
        using var json = JsonDocument.Parse(answer);
        var tools = json.RootElement.GetProperty("result").GetProperty("tools");
        bench.Report.Value("characters", answer.Length, "");
        bench.Report.Bound("tools", tools.GetArrayLength(), 29, "");
        bench.Report.Bound("tokens, counted as words and signs", Tokens(tools.GetRawText()), 6000, "");
    }

    /// <summary>
    /// As tokenizers cut text: words with the space before them, runs of signs, digits by threes. Long words count as
    /// more than one. It comes out above what real tokenizers count for JSON, never below.
    /// </summary>
    private static int Tokens(string text) => Pieces().Matches(text).Sum(piece => (piece.Length + 7) / 8);

    [GeneratedRegex(@" ?\p{L}+|\p{N}{1,3}|[^\s\p{L}\p{N}]{1,4}|\s+", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Pieces();
}
