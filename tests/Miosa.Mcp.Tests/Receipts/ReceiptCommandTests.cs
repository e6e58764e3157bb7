using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using Miosa.Mcp.Hosting;
using Miosa.Mcp.Receipts;
using Miosa.Mcp.Receipts.Chains;

namespace Miosa.Mcp.Tests.Receipts;

public sealed class ReceiptCommandTests
{
    [Fact]
    public async Task A_copied_folder_is_verified_with_no_home_and_a_broken_one_says_where()
    {
        await using var home = new ReceiptHome();
        await home.StartAsync();
        await home.WriteAsync(3);
        var copy = home.Export();

        Assert.Equal(0, await VerifyAsync(copy, [], "the keys vouch only for themselves", "Everything is as it was signed."));
        Assert.Equal(0, await VerifyAsync(copy, [Directory.GetFiles(Path.Combine(copy, "keys")).Single()], "trusted by the key that was named"));
        Assert.Equal(2, await VerifyAsync(copy, ["nonsense"]));
        // A file that is there and cannot be read.
        Assert.Equal(2, await VerifyAsync(copy, ["/proc/self/mem"]));
        Assert.Equal(2, await VerifyAsync(Path.Combine(copy, "keys"), []));

        var segment = Path.Combine(copy, "0001", "000000001.jsonl");
        File.WriteAllLines(segment, File.ReadAllLines(segment).Select((line, i) => i is 1 ? line.Replace("\"agent_id\":\"dev\"", "\"agent_id\":\"\\u001b[2J\"", StringComparison.Ordinal) : line));
        Assert.Equal(1, await VerifyAsync(copy, [], "BROKEN    at receipt 2 (0001/000000001.jsonl, line 2): its signature does not fit"));
    }

    [Fact]
    public async Task A_damaged_line_is_passed_over_and_told()
    {
        await using var receipts = new ReceiptHome();
        await receipts.StartAsync();
        await receipts.WriteAsync(3);
        await receipts.StopAsync();
        var segment = Path.Combine(receipts.Folders.WorkspaceOf("acme"), "0001", "000000001.jsonl");
        File.WriteAllLines(segment, File.ReadAllLines(segment).Select((line, i) => i is 1 ? "{}" : line));
        var (output, error) = (new StringWriter(), new StringWriter());
        var command = new ReadCommand(new MiosaHome(Path.GetDirectoryName(receipts.DatabaseFile)!), output, error);

        Assert.Equal(0, await command.ListAsync("acme", 10, json: false));

        Assert.Equal(2, output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Contains("1 lines are no receipts and are passed over, the first in 0001/000000001.jsonl.", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_key_is_rotated_also_where_no_host_runs()
    {
        using var directory = new TemporaryDirectory();
        var (output, error) = (new StringWriter(), new StringWriter());
        var home = new MiosaHome(directory.File("home"));

        Assert.Equal(0, await new RotateKeyCommand(home, output, error).RunAsync(TestContext.Current.CancellationToken));

        Assert.Contains("sha256:", output.ToString(), StringComparison.Ordinal);
        Assert.Single(Directory.GetFiles(ReceiptFolders.In(home).Keys, "*.key"));
    }

    [Fact]
    public async Task A_stranger_verifies_a_receipt_with_openssl_alone()
    {
        await using var home = new ReceiptHome();
        await home.StartAsync();
        await home.WriteAsync(1);
        var copy = home.Export();
        var receipt = JsonNode.Parse(File.ReadAllText(Path.Combine(copy, "0001", "000000001.jsonl")))!.AsObject();
        var proof = (string)receipt["proof"]!["proofValue"]!;
        receipt.Remove("proof");
        File.WriteAllBytes(Path.Combine(copy, "message"), Encoding.UTF8.GetBytes(receipt.ToJsonString()));
        File.WriteAllBytes(Path.Combine(copy, "signature"), System.Buffers.Text.Base64Url.DecodeFromChars(proof.AsSpan(1)));

        using var openssl = Process.Start(new ProcessStartInfo(
            "openssl", ["pkeyutl", "-verify", "-pubin", "-inkey", Directory.GetFiles(Path.Combine(copy, "keys")).Single(), "-rawin", "-in", Path.Combine(copy, "message"), "-sigfile", Path.Combine(copy, "signature")])
        { RedirectStandardOutput = true, RedirectStandardError = true })!;
        await openssl.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.Equal(0, openssl.ExitCode);
    }

    private static async Task<int> VerifyAsync(string path, IReadOnlyList<string> keys, params IReadOnlyList<string> says)
    {
        var (output, error) = (new StringWriter(), new StringWriter());
        var code = await new VerifyCommand(output, error).RunAsync(path, keys, [], home: null, json: false);
        Assert.All(says, part => Assert.Contains(part, output.ToString(), StringComparison.Ordinal));
        Assert.DoesNotContain('\u001b', output.ToString());
        return code;
    }
}
