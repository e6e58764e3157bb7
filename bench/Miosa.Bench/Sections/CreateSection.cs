namespace Miosa.Bench.Sections;

/// <summary>From the wish for a machine to its first finished command.</summary>
internal static class CreateSection
{
    private const int AtOnce = 20;

    public static async Task RunAsync(Workbench bench)
    {
        bench.Report.Section("Create, to the first finished exec");
        var client = await bench.HttpAsync();
        var model = await Sandbox.CreateAsync(client, bench.CancellationToken);
        await using var bare = await BareRuntime.LikeAsync(model, bench.Engine, bench.CancellationToken);

        var bareRun = new Samples();
        var ours = new Samples();
        for (var i = -3; i < bench.Count(50); i++)
        {
            await bare.PrepareAsync(i);
            await bareRun.TakeAsync(i, () => RunBareAsync(bare, i));
            await bare.DeleteAsync(i);
            Sandbox? sandbox = null;
            await ours.TakeAsync(i, async () => sandbox = await CreateAsync(bench));
            await sandbox!.DestroyAsync(bench.CancellationToken);
        }
        bench.Report.Samples($"bare: {model.Runtime} run and exec of the same bundle", bareRun);
        bench.Report.Samples("sandbox_create and sandbox_exec over HTTP", ours, bareRun);
        bench.Report.Bound("create to first finished exec, p50", ours.P50 / bareRun.P50, 3, "× bare");

        var bareAtOnce = new Samples();
        var atOnce = new Samples();
        for (var round = 0; round < bench.Count(15) / 3; round++)
        {
            foreach (var i in Enumerable.Range(0, AtOnce))
                await bare.PrepareAsync(i);
            await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(i => bareAtOnce.TakeAsync(0, () => RunBareAsync(bare, i))));
            foreach (var i in Enumerable.Range(0, AtOnce))
                await bare.DeleteAsync(i);

            var sandboxes = new Sandbox[AtOnce];
            await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(i => atOnce.TakeAsync(0, async () => sandboxes[i] = await CreateAsync(bench))));
            foreach (var sandbox in sandboxes)
                await sandbox.DestroyAsync(bench.CancellationToken);
        }
        bench.Report.Samples($"bare: {AtOnce} at once, each", bareAtOnce);
        bench.Report.Samples($"{AtOnce} at once, each", atOnce, bareAtOnce);
        bench.Report.Bound($"{AtOnce} at once, the slowest", atOnce.Max, 2000, "ms");
        await model.DestroyAsync(bench.CancellationToken);
    }

    private static async Task RunBareAsync(BareRuntime bare, int i)
    {
        await bare.RunAsync(i);
        await bare.ExecAsync(i);
    }

    private static async Task<Sandbox> CreateAsync(Workbench bench)
    {
        var sandbox = await Sandbox.CreateAsync(await bench.HttpAsync(), bench.CancellationToken);
        await sandbox.ExecAsync(bench.CancellationToken);
        return sandbox;
    }
}
