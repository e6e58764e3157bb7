using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging.Abstractions;
using Miosa.Mcp.Receipts;
using Miosa.Mcp.Receipts.Chains;
using Miosa.Mcp.Receipts.Verification;

namespace Miosa.Mcp.Tests.Receipts;

/// <summary>A real process that writes receipts as fast as it can, killed while it does.</summary>
public sealed class KilledWriterTests
{
    private const string Variable = "MIOSA_TEST_WRITE_RECEIPTS";

    [Fact]
    public async Task A_writer_that_is_killed_leaves_a_chain_that_is_whole_and_has_all_that_it_said_it_had()
    {
        using var directory = new TemporaryDirectory();
        var folders = new ReceiptFolders(directory.Path);
        for (var round = 0; round < 3; round++)
        {
            var said = await WriteAndDieAsync(directory.Path, lines: 50 + (70 * round));

            using (var log = new ReceiptLog(folders, new ReceiptOptions(), TimeProvider.System, NullLogger<ReceiptLog>.Instance))
                Assert.True((await log.AddAsync(ReceiptHome.Draft(), TestContext.Current.CancellationToken)).Sequence > said);
            var chain = Assert.Single(ReceiptVerifier.Verify(folders.WorkspaceOf("acme"), new Trust()).Chains);
            Assert.Null(chain.Break);
            Assert.True(chain.Receipts > said);
        }
    }

    /// <summary>Starts this very program as a writer, and kills it when it has said so many lines. Gives the last number it said.</summary>
    private static async Task<long> WriteAndDieAsync(string directory, int lines)
    {
        using var process = Process.Start(new ProcessStartInfo("dotnet", [typeof(KilledWriterTests).Assembly.Location]) { RedirectStandardOutput = true, Environment = { [Variable] = directory } })!;
        var said = 0L;
        for (var i = 0; i < lines; i++)
            said = long.Parse((await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken))!, CultureInfo.InvariantCulture);
        process.Kill();
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        // What it said before it died was promised too.
        while (await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
            said = long.TryParse(line, CultureInfo.InvariantCulture, out var more) ? Math.Max(said, more) : said;
        return said;
    }

    /// <summary>In the process that is to die, nothing else happens.</summary>
    [ModuleInitializer]
    internal static void WriteForever()
    {
        if (Environment.GetEnvironmentVariable(Variable) is not { } directory)
            return;
        var output = Console.OpenStandardOutput();
        using var log = new ReceiptLog(new ReceiptFolders(directory), new ReceiptOptions { AnchorEvery = 50 }, TimeProvider.System, NullLogger<ReceiptLog>.Instance);
        while (true)
        {
            var receipts = Task.WhenAll(Enumerable.Range(0, 20).Select(i => log.AddAsync(ReceiptHome.Draft($"call_{i}"), CancellationToken.None))).GetAwaiter().GetResult();
            output.Write(System.Text.Encoding.ASCII.GetBytes(receipts[^1].Sequence.ToString(CultureInfo.InvariantCulture) + "\n"));
        }
    }
}
