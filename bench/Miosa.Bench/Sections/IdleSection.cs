using System.Globalization;
using Miosa.Devices.Oci;
using ModelContextProtocol.Client;

namespace Miosa.Bench.Sections;

/// <summary>What sandboxes take that nobody uses, awake and frozen, and how long it takes to wake one.</summary>
internal static class IdleSection
{
    private const int Live = 100;
    private const int AtOnce = 8;
    // What was compiled and collected for making them is not what they take.
    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Watched = TimeSpan.FromSeconds(30);

    public static async Task RunAsync(Workbench bench)
    {
        bench.Report.Section($"Idle: {Live} sandboxes that nobody uses, then waking");
        await using var client = await (await bench.HostAsync()).HttpAsync(bench.CancellationToken, "default,lifecycle");
        List<Sandbox> sandboxes = [];
        var gate = new Lock();
        await Parallel.ForEachAsync(Enumerable.Range(0, Live), new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = bench.CancellationToken }, async (_, token) =>
        {
            var sandbox = await Sandbox.CreateAsync(client, token);
            await sandbox.ExecAsync(token);
            lock (gate)
                sandboxes.Add(sandbox);
        });

        var (host, inside) = await CpuAsync(bench, sandboxes);
        bench.Report.Value("awake: the host", host, "% of a core");
        bench.Report.Value($"awake: inside all {Live}", inside, "% of a core");
        bench.Report.Bound($"awake: {Live} idle sandboxes and their host", host + inside, 1, "% of a core");

        await WakeAsync(bench, client, sandboxes[0]);

        await Parallel.ForEachAsync(sandboxes, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = bench.CancellationToken }, async (sandbox, _) => await PauseAsync(bench, client, sandbox, stop: false));
        (host, inside) = await CpuAsync(bench, sandboxes);
        bench.Report.Value("frozen: the host", host, "% of a core");
        bench.Report.Bound($"frozen: inside all {Live}", inside, 0, "% of a core");
        foreach (var sandbox in sandboxes)
            await sandbox.DestroyAsync(bench.CancellationToken);
    }

    private static async Task WakeAsync(Workbench bench, McpClient client, Sandbox sandbox)
    {
        var awake = new Samples();
        var pausing = new Samples();
        var frozen = new Samples();
        var stopped = new Samples();
        for (var i = -3; i < bench.Count(50); i++)
        {
            await awake.TakeAsync(i, () => sandbox.ExecAsync(bench.CancellationToken));
            await pausing.TakeAsync(i, () => PauseAsync(bench, client, sandbox, stop: false));
            await frozen.TakeAsync(i, () => sandbox.ExecAsync(bench.CancellationToken));
        }
        for (var i = -1; i < bench.Count(10); i++)
        {
            await PauseAsync(bench, client, sandbox, stop: true);
            await stopped.TakeAsync(i, () => sandbox.ExecAsync(bench.CancellationToken));
        }
        bench.Report.Samples("exec in one that is awake", awake);
        bench.Report.Samples("sandbox_pause, which freezes", pausing);
        bench.Report.Samples("exec in one that is frozen", frozen, awake);
        bench.Report.Samples("exec in one that is stopped", stopped, awake);
        bench.Report.Bound("frozen to the answer, p95", frozen.P95, 100, "ms");
        bench.Report.Bound("stopped to the answer, p95", stopped.P95, 700, "ms");
    }

    private static Task PauseAsync(Workbench bench, McpClient client, Sandbox sandbox, bool stop) =>
        Workbench.CallAsync(client, "sandbox_pause", new { sandbox_id = sandbox.Id, stop }, bench.CancellationToken);

    /// <summary>What the host and all sandboxes took of a core over a while in which nobody called.</summary>
    private static async Task<(double Host, double Inside)> CpuAsync(Workbench bench, IReadOnlyList<Sandbox> sandboxes)
    {
        var process = await bench.HostAsync();
        await Task.Delay(Settle, TimeProvider.System, bench.CancellationToken);
        var started = TimeProvider.System.GetTimestamp();
        var (host, inside) = (process.CpuTime, Inside(bench, sandboxes));
        await Task.Delay(Watched, TimeProvider.System, bench.CancellationToken);
        var elapsed = TimeProvider.System.GetElapsedTime(started);
        return ((process.CpuTime - host) / elapsed * 100, (Inside(bench, sandboxes) - inside) / elapsed * 100);
    }

    private static TimeSpan Inside(Workbench bench, IReadOnlyList<Sandbox> sandboxes) =>
        sandboxes.Aggregate(TimeSpan.Zero, (sum, sandbox) => sum + CpuTime(CgroupNames.Path(bench.Engine, sandbox.Id)));

    private static TimeSpan CpuTime(string group)
    {
        const string first = "/sys/fs/cgroup/cpuacct";
        if (Directory.Exists(first))
            return TimeSpan.FromMicroseconds(long.Parse(File.ReadAllText($"{first}{group}/cpuacct.usage").Trim(), CultureInfo.InvariantCulture) / 1000);
        var usage = File.ReadLines($"/sys/fs/cgroup{group}/cpu.stat").First(line => line.StartsWith("usage_usec ", StringComparison.Ordinal));
        return TimeSpan.FromMicroseconds(long.Parse(usage.Split(' ')[1], CultureInfo.InvariantCulture));
    }
}
