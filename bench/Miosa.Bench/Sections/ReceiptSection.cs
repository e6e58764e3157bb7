using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using Miosa.Mcp.Calls;
using Miosa.Mcp.Receipts;
using Miosa.Mcp.Receipts.Chains;
using Miosa.Mcp.Receipts.Verification;
using Miosa.Mcp.Storage;

namespace Miosa.Bench.Sections;

/// <summary>What a receipt costs: written, signed and chained, alone and many at once, with the rows that follow; and verified.</summary>
internal static class ReceiptSection
{
    private const int Writers = 64;

    public static async Task RunAsync(Workbench bench)
    {
        bench.Report.Section($"Receipts: signed and chained, then verified ({Writers} writers at once)");
        var directory = Directory.CreateTempSubdirectory("miosa-bench-");
        try
        {
            await MeasureAsync(bench, directory.FullName);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private static async Task MeasureAsync(Workbench bench, string directory)
    {
        // As the host sets it when it starts.
        Dapper.DefaultTypeMap.MatchNamesWithUnderscores = true;
        var folders = new ReceiptFolders(Path.Combine(directory, "receipts"));
        using var database = new Database(Path.Combine(directory, "miosa.db"));
        var store = new ReceiptStore(database);
        var service = new ReceiptService(
            folders, new ReceiptLog(folders, new ReceiptOptions(), TimeProvider.System, NullLogger<ReceiptLog>.Instance), new ReceiptIndexer(folders, store, TimeProvider.System, NullLogger<ReceiptIndexer>.Instance), store, TimeProvider.System, NullLogger<ReceiptService>.Instance);
        await service.StartAsync(bench.CancellationToken);
        Task<Receipt> RecordAsync(int i, ReceiptKind kind) => service.RecordAsync(Draft($"call_{i}", kind), bench.CancellationToken);

        for (var i = 0; i < 2_000; i++)
            await RecordAsync(i, ReceiptKind.Completed);
        var alone = new Samples();
        for (var i = 0; i < bench.Count(5_000); i++)
            await alone.TakeAsync(i, () => RecordAsync(i, i % 2 is 0 ? ReceiptKind.Started : ReceiptKind.Completed));
        bench.Report.Samples("one after the other", alone);
        bench.Report.Bound("one after the other, p50", alone.P50, 1, "ms");

        var count = bench.Count(50_000);
        var many = new Samples();
        var (started, cpu) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);
        await Parallel.ForEachAsync(Enumerable.Range(0, count), new ParallelOptions { MaxDegreeOfParallelism = Writers, CancellationToken = bench.CancellationToken }, async (i, _) =>
            await many.TakeAsync(0, () => RecordAsync(i, i % 2 is 0 ? ReceiptKind.Started : ReceiptKind.Completed)));
        bench.Report.Bound("written and chained", count / Stopwatch.GetElapsedTime(started).TotalSeconds, 2_000, "a second", atLeast: true);
        bench.Report.Samples("each of them", many);
        _ = await service.ListAsync(new ReceiptQuery { Workspace = "bench" }, bench.CancellationToken);
        bench.Report.Value("the same, with all rows behind them", count / Stopwatch.GetElapsedTime(started).TotalSeconds, "a second");
        bench.Report.Value("processor time of each, rows included", (Environment.CpuUsage.TotalTime - cpu).TotalMicroseconds / count, "µs");

        var listed = new Samples();
        for (var i = -20; i < bench.Count(200); i++)
            await listed.TakeAsync(i, () => service.ListAsync(new ReceiptQuery { Workspace = "bench", Limit = 21 }, bench.CancellationToken));
        bench.Report.Samples("a page of the list", listed);
        await service.StopAsync(bench.CancellationToken);

        (started, cpu) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);
        var report = ReceiptVerifier.Verify(folders.Root, new Trust());
        var elapsed = Stopwatch.GetElapsedTime(started);
        if (!report.IsWhole)
            throw new InvalidOperationException($"What was written does not verify: {report.Chains[0].Break}");
        bench.Report.Bound("verified", report.Chains[0].Receipts / elapsed.TotalSeconds, 5_000, "a second", atLeast: true);
        bench.Report.Value("processor time of each", (Environment.CpuUsage.TotalTime - cpu).TotalMicroseconds / report.Chains[0].Receipts, "µs");
    }

    private static ReceiptDraft Draft(string callId, ReceiptKind kind) => new()
    {
        Kind = kind,
        Workspace = "bench",
        Principal = "local:1000",
        Agent = "dev",
        Transport = Caller.Stdio,
        CallId = callId,
        CallHash = CanonicalJson.Hash("{}"u8),
        ParametersHash = CanonicalJson.Hash("[]"u8),
        Capability = "sandbox.exec",
        CapabilityVersion = 1,
        CapabilityFingerprint = CanonicalJson.Hash("0"u8),
        Risk = Risk.Write,
        Reasons = ["The policy allows what changes something that can be changed back."],
        Device = "sbx_01jd0000000000000000000000",
        PolicyVersion = "1",
        StartedAt = TimeProvider.System.GetUtcNow(),
        EndedAt = kind is ReceiptKind.Completed ? TimeProvider.System.GetUtcNow() : null,
    };
}
