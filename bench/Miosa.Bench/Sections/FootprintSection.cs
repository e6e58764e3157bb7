using System.Globalization;
using Miosa.Devices;

namespace Miosa.Bench.Sections;

/// <summary>What it costs the machine to have us, and to keep sandboxes that do nothing.</summary>
internal static class FootprintSection
{
    private const int Live = 200;
    private const int AtOnce = 8;
    private const double MB = 1e6;

    public static async Task RunAsync(Workbench bench)
    {
        bench.Report.Section($"Footprint: an idle host, then {Live} live sandboxes");
        await bench.StopHostAsync();
        var client = await bench.HttpAsync();
        var host = await bench.HostAsync();
        await client.ListToolsAsync(cancellationToken: bench.CancellationToken);
        // The first sandbox brings what all share: the door's pages, the template's metadata, compiled code.
        List<Sandbox> sandboxes = [await CreateAsync(bench)];
        bench.Report.Bound("host, a sandbox made and used, resident", host.ResidentBytes / MB, 120, "MB");

        var hostBefore = host.ResidentBytes;
        var before = await AvailableBytesAsync(bench);
        var created = new Samples();
        var gate = new Lock();
        await Parallel.ForEachAsync(Enumerable.Range(1, Live - 1), new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = bench.CancellationToken }, async (_, _) =>
        {
            var started = TimeProvider.System.GetTimestamp();
            var sandbox = await CreateAsync(bench);
            lock (gate)
            {
                created.Add(TimeProvider.System.GetElapsedTime(started));
                sandboxes.Add(sandbox);
            }
        });
        var after = await AvailableBytesAsync(bench);
        var hostAfter = host.ResidentBytes;

        var execs = new Samples();
        foreach (var sandbox in sandboxes)
            await execs.TakeAsync(0, () => sandbox.ExecAsync(bench.CancellationToken));

        bench.Report.Samples($"create and exec, {AtOnce} at once, each", created);
        bench.Report.Samples($"exec in each of {Live} live sandboxes", execs);
        bench.Report.Value("its processes' proportional memory (Pss), each", sandboxes.Average(sandbox => PssBytes(bench.Engine, sandbox)) / MB, "MB");
        bench.Report.Value("the host's growth, each", (hostAfter - hostBefore) / MB / (Live - 1), "MB");
        bench.Report.Bound("an idle sandbox, by what MemAvailable lost, each", (before - after) / MB / (Live - 1), 2, "MB");
        bench.Report.Value($"host with {Live} sandboxes, resident", host.ResidentBytes / MB, "MB");
        foreach (var sandbox in sandboxes)
            await sandbox.DestroyAsync(bench.CancellationToken);
    }

    private static async Task<Sandbox> CreateAsync(Workbench bench)
    {
        var sandbox = await Sandbox.CreateAsync(await bench.HttpAsync(), bench.CancellationToken);
        await sandbox.ExecAsync(bench.CancellationToken);
        return sandbox;
    }

    /// <summary>What the kernel says it could still give, the middle of several looks.</summary>
    private static async Task<long> AvailableBytesAsync(Workbench bench)
    {
        List<long> looks = [];
        for (var i = 0; i < 9; i++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(300), TimeProvider.System, bench.CancellationToken);
            looks.Add(long.Parse(File.ReadLines("/proc/meminfo").First(line => line.StartsWith("MemAvailable:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024);
        }
        return looks.Order().ElementAt(looks.Count / 2);
    }

    /// <summary>Pages that processes share are divided among them, so that the sum over sandboxes counts each once.</summary>
    private static long PssBytes(EngineOptions engine, Sandbox sandbox)
    {
        var init = File.ReadAllText(new DevicePaths(engine, sandbox.Id).Init).Split(' ')[0];
        var space = PidNamespace(init);
        return Directory.GetDirectories("/proc").Select(Path.GetFileName).Where(name => char.IsAsciiDigit(name![0]) && PidNamespace(name) == space).Sum(name => Pss(name!));
    }

    private static string? PidNamespace(string? process)
    {
        try
        {
            return new FileInfo($"/proc/{process}/ns/pid").LinkTarget;
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static long Pss(string process) =>
        long.Parse(File.ReadLines($"/proc/{process}/smaps_rollup").First(line => line.StartsWith("Pss:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024;
}
