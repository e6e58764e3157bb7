using System.Diagnostics;
using Miosa.Mcp.Hosting;

namespace Miosa.Bench.Sections;

/// <summary>How long people and clients wait for the program to be there.</summary>
internal static class StartSection
{
    public static async Task RunAsync(Workbench bench)
    {
        bench.Report.Section("Start: a new process, to its first answers");
        await bench.StopHostAsync();

        var bare = new Samples();
        var host = new Samples();
        var client = new Samples();
        var listed = new Samples();
        for (var i = -1; i < bench.Count(20); i++)
        {
            await bare.TakeAsync(i, () => VersionAsync(bench));
            await TakeHostAsync(bench, i, host);
            await TakeClientAsync(bench, i, client, listed);
            await new StopCommand(new MiosaHome(bench.Home.Path), TextWriter.Null, TimeProvider.System).RunAsync(bench.CancellationToken);
        }

        _ = await bench.HostAsync();
        var bridge = new Samples();
        for (var i = -2; i < bench.Count(50); i++)
            await TakeClientAsync(bench, i, bridge, new Samples());

        bench.Report.Samples("bare: the program says its version", bare);
        bench.Report.Samples("host, cold: `miosa serve` to initialize", host, bare);
        bench.Report.Samples("client, cold: `miosa mcp` to initialize", client, bare);
        bench.Report.Samples("client, cold: `miosa mcp` to tools/list", listed, bare);
        bench.Report.Samples("client, host running: `miosa mcp` to initialize", bridge, bare);
        bench.Report.Bound("host, cold, p50", host.P50, 700, "ms");
        bench.Report.Bound("client and host, cold, to tools/list, p50", listed.P50, 800, "ms");
        bench.Report.Bound("client, host running, p50", bridge.P50, 200, "ms");
    }

    private static async Task VersionAsync(Workbench bench)
    {
        using var process = Process.Start(new ProcessStartInfo(Host.Program, ["--version"]) { RedirectStandardOutput = true })!;
        await process.StandardOutput.ReadToEndAsync(bench.CancellationToken);
        await process.WaitForExitAsync(bench.CancellationToken);
    }

    private static async Task TakeHostAsync(Workbench bench, int round, Samples samples)
    {
        Process? process = null;
        try
        {
            await samples.TakeAsync(round, async () =>
            {
                process = Host.Launch(bench.Home.Path);
                await using var mcp = await RawMcp.ConnectAsync(bench.Home.SocketFile, bench.CancellationToken);
                await mcp.InitializeAsync(bench.CancellationToken);
            });
        }
        finally
        {
            if (process is not null)
                await Host.StopAsync(process);
            process?.Dispose();
        }
    }

    private static async Task TakeClientAsync(Workbench bench, int round, Samples initialized, Samples listed)
    {
        var started = Stopwatch.GetTimestamp();
        using var process = Process.Start(new ProcessStartInfo(Host.Program, ["mcp", "--home", bench.Home.Path]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        await using (var mcp = new RawMcp(process.StandardInput, process.StandardOutput))
        {
            process.StandardInput.AutoFlush = true;
            await initialized.TakeAsync(round, started, () => mcp.InitializeAsync(bench.CancellationToken));
            await listed.TakeAsync(round, started, () => mcp.ListToolsAsync(bench.CancellationToken));
        }
        await process.WaitForExitAsync(bench.CancellationToken);
    }
}
