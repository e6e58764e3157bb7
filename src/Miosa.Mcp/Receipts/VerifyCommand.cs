using System.Globalization;
using System.Text.Json;
using Miosa.Mcp.Hosting;
using Miosa.Mcp.Receipts.Chains;
using Miosa.Mcp.Receipts.Verification;
using Miosa.Mcp.Calls;

namespace Miosa.Mcp.Receipts;

/// <summary><c>miosa receipts verify</c>. Ends with 0 where all is whole, with 1 where something is broken, with 2 where nothing could be looked at.</summary>
internal sealed class VerifyCommand(TextWriter output, TextWriter error)
{
    /// <param name="path">What to verify.</param>
    /// <param name="keys">Keys that are known from elsewhere.</param>
    /// <param name="anchors">Anchors that were kept elsewhere.</param>
    /// <param name="home">The home to compare with; null for none.</param>
    /// <param name="json">For a program.</param>
    public async Task<int> RunAsync(string path, IReadOnlyList<string> keys, IReadOnlyList<string> anchors, MiosaHome? home, bool json)
    {
        if (!Path.Exists(path))
            return await FailAsync($"There is no {path}.");
        if (anchors.FirstOrDefault(file => !Path.Exists(file)) is { } missing)
            return await FailAsync($"There is no {missing}.");
        try
        {
            var trust = new Trust();
            foreach (var key in keys)
            {
                if (trust.With(key) is not { } more)
                    return await FailAsync($"{key} is no key. Give a fingerprint (sha256:…), a did:key, or a PEM file with an Ed25519 public key.");
                trust = more;
            }
            trust = trust with { Anchors = [.. anchors.SelectMany(ReceiptVerifier.AnchorsIn)] };
            if (home is not null && Directory.Exists(ReceiptFolders.In(home).Keys) && !IsInside(path, ReceiptFolders.In(home).Root))
                trust = trust.With(ReceiptFolders.In(home));
            var report = ReceiptVerifier.Verify(path, trust);
            if (json)
                await output.WriteLineAsync(JsonSerializer.Serialize(new { whole = report.IsWhole, report.Breaks, report.Chains }, Wire.Options));
            else
                await PrintAsync(report, trust.HostKeys.Count > 0);
            if (report.Chains.Count is 0)
                return await FailAsync($"There are no receipts in {path}.");
            return report.IsWhole ? 0 : 1;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return await FailAsync(exception.Message);
        }
    }

    private async Task PrintAsync(VerificationReport report, bool knowsHost)
    {
        foreach (var chain in report.Chains)
        {
            await output.WriteLineAsync($"{PlainText.Line(chain.Path)}: {Number(chain.Receipts)} receipts{(chain.Workspace is { } workspace ? $" of workspace {PlainText.Line(workspace)}" : "")}{(chain.FirstAt is null ? "" : $", {chain.FirstAt} to {chain.LastAt}")}");
            if (chain.ChainId is not null)
                await output.WriteLineAsync($"  chain     {PlainText.Line(chain.ChainId)}, {(chain.Ending is "open" ? "open: more may have followed" : $"ended: {chain.Ending}")}{(chain.AnchoredTo > 0 ? $", anchored to {Number(chain.AnchoredTo)}" : ", no anchor: an end that was cut off would not show")}");
            foreach (var key in chain.Keys)
                await output.WriteLineAsync($"  key       {key}");
            await output.WriteLineAsync(chain.Break is { } found
                ? $"  BROKEN    {Place(found)}{PlainText.Line(found.Message)} [{JsonNamingPolicy.SnakeCaseLower.ConvertName(found.Kind.ToString())}]"
                : chain.TrustedBy is { } by ? $"  whole     trusted by {by}" : $"  whole     but the keys vouch only for themselves{(knowsHost ? ", and none is this host's" : "")}; compare a fingerprint with one that you know, or give it with --key");
        }
        foreach (var found in report.Breaks)
            await output.WriteLineAsync($"BROKEN      {PlainText.Line(found.Message)} [{JsonNamingPolicy.SnakeCaseLower.ConvertName(found.Kind.ToString())}]");
        if (report.IsWhole)
            await output.WriteLineAsync("Everything is as it was signed.");
    }

    private static string Place(ChainBreak found) =>
        (found.Sequence is { } sequence ? $"at receipt {Number(sequence)}" : "") + (found.File is { } file ? $" ({PlainText.Line(file)}, line {Number(found.Line ?? 0)})" : "") is { Length: > 0 } place ? place.TrimStart() + ": " : "";

    private static string Number(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    private static bool IsInside(string path, string root) => (Path.GetFullPath(path) + "/").StartsWith(Path.GetFullPath(root) + "/", StringComparison.Ordinal);

    private async Task<int> FailAsync(string message)
    {
        await error.WriteLineAsync($"miosa: {PlainText.Line(message)}");
        return 2;
    }
}
