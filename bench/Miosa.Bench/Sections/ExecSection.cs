namespace Miosa.Bench.Sections;

/// <summary>A command in a sandbox that runs: what an agent does most.</summary>
internal static class ExecSection
{
    public static async Task RunAsync(Workbench bench)
    {
        bench.Report.Section("sandbox_exec `true`");
        var http = await bench.HttpAsync();
        await using var stdio = await bench.StdioAsync();
        var sandbox = await Sandbox.CreateAsync(http, bench.CancellationToken);
        await using var bare = await BareRuntime.LikeAsync(sandbox, bench.Engine, bench.CancellationToken);
        await bare.PrepareAsync(0);
        await bare.RunAsync(0);

        var bareExec = new Samples();
        var overHttp = new Samples();
        var overStdio = new Samples();
        // In turns, so that whatever else the machine does falls on all three.
        for (var i = -30; i < bench.Count(300); i++)
        {
            await bareExec.TakeAsync(i, () => bare.ExecAsync(0));
            await overHttp.TakeAsync(i, () => sandbox.ExecAsync(http, bench.CancellationToken));
            await overStdio.TakeAsync(i, () => sandbox.ExecAsync(stdio, bench.CancellationToken));
        }
        bench.Report.Samples($"bare: {sandbox.Runtime} exec", bareExec);
        bench.Report.Samples("over HTTP", overHttp, bareExec);
        bench.Report.Samples("over stdio", overStdio, bareExec);
        bench.Report.Bound("over HTTP, p50", overHttp.P50 / bareExec.P50, 2, "× bare");
        bench.Report.Bound("over stdio, p50", overStdio.P50 / overHttp.P50, 1.05, "× over HTTP");

        var atOnce = new Samples();
        await Task.WhenAll(Enumerable.Range(0, 20).Select(async _ =>
        {
            for (var i = 0; i < bench.Count(25) / 5; i++)
                await atOnce.TakeAsync(0, () => sandbox.ExecAsync(http, bench.CancellationToken));
        }));
        bench.Report.Samples("over HTTP, 20 callers at once, each", atOnce, bareExec);
        await sandbox.DestroyAsync(bench.CancellationToken);
    }
}
