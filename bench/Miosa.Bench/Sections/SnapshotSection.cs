using System.Diagnostics;
using System.Text.Json;
using Miosa.Devices;
using Miosa.Devices.Volumes;
using ModelContextProtocol.Client;

namespace Miosa.Bench.Sections;

/// <summary>What it costs to keep, copy and put back a sandbox with a gibibyte in it, beside a copy file by file.</summary>
internal static class SnapshotSection
{
    private const int Files = 20_000;
    private const int Bytes = 1 << 30;
    private const int Snapshots = 100;
    private const double MiB = 1 << 20;

    /// <summary>Random, so that nothing on the way down saves what a real project would cost.</summary>
    private const string Fill = """
        import os
        for d in range(200):
            os.makedirs(f'/workspace/tree/{d}')
            for f in range(100):
                open(f'/workspace/tree/{d}/{f}', 'wb').write(os.urandom(53687))
        os.sync()
        """;

    public static async Task RunAsync(Workbench bench)
    {
        bench.Report.Section($"Snapshots of {Bytes >> 20} MiB in {Files} files");
        var client = await bench.HttpAsync();
        var sandbox = await Sandbox.CreateAsync(client, bench.CancellationToken);
        await ExecAsync(bench, client, sandbox.Id, $"python3 -c \"{Fill}\"");

        var copy = new Samples();
        var root = DevicePaths.Root(new DevicePaths(bench.Engine, sandbox.Id).Home);
        var upper = Path.Combine(root, VolumeView.Upper);
        var tree = Path.Combine(Directory.Exists(upper) ? upper : root, "workspace", "tree");
        var target = Path.Combine(DevicePaths.Volumes(bench.Engine), $"bare-{Environment.ProcessId}");
        for (var i = 0; i < 3; i++)
        {
            await copy.TakeAsync(i, () => RunAsync("cp", "-a", "--reflink=never", tree, target));
            Directory.Delete(target, recursive: true);
        }
        bench.Report.Samples("bare: cp -a of the same files", copy);

        await SpeedAsync(bench, client, sandbox, copy);
        await SpaceAsync(bench, client, sandbox);
        await sandbox.DestroyAsync(bench.CancellationToken);
        await DeleteAllAsync(bench);
    }

    private static async Task SpeedAsync(Workbench bench, McpClient client, Sandbox sandbox, Samples copy)
    {
        var snapshot = new Samples();
        var fork = new Samples();
        var restore = new Samples();
        for (var i = -2; i < bench.Count(30); i++)
        {
            await ExecAsync(bench, client, sandbox.Id, $"echo {i} > changed");
            JsonElement taken = default;
            await snapshot.TakeAsync(i, async () => taken = await bench.CallAsync(client, "sandbox_snapshot_create", new { sandbox_id = sandbox.Id }));
            var id = taken.GetProperty("snapshot_id").GetString();
            var forked = "";
            await fork.TakeAsync(i, async () =>
            {
                var answer = await bench.CallAsync(client, "sandbox_fork", new { snapshot_id = id });
                forked = answer.GetProperty("forks")[0].GetProperty("sandbox_id").GetString()!;
                await ExecAsync(bench, client, forked, "true");
            });
            await restore.TakeAsync(i, () => bench.CallAsync(client, "sandbox_snapshot_restore", new { sandbox_id = sandbox.Id, snapshot_id = id }));
            await bench.CallAsync(client, "sandbox_destroy", new { sandbox_id = forked });
        }
        bench.Report.Samples("snapshot", snapshot, copy);
        bench.Report.Samples("fork to the first finished exec", fork, copy);
        bench.Report.Samples("restore of a sandbox that runs, until it runs again", restore, copy);
        bench.Report.Bound("snapshot, p50", snapshot.P50, 50, "ms");
        bench.Report.Bound("fork to the first finished exec, p50", fork.P50, 120, "ms");
        bench.Report.Bound("restore, p50", restore.P50, 150, "ms");
        bench.Report.Value("cp -a takes as long as this many snapshots", copy.P50 / snapshot.P50, "");
    }

    private static async Task SpaceAsync(Workbench bench, McpClient client, Sandbox sandbox)
    {
        var before = await UsedBytesAsync(bench);
        for (var i = 0; i < Snapshots; i++)
        {
            await ExecAsync(bench, client, sandbox.Id, "dd if=/dev/urandom of=/workspace/block bs=1M count=1 conv=fsync status=none");
            await bench.CallAsync(client, "sandbox_snapshot_create", new { sandbox_id = sandbox.Id });
        }
        var after = await UsedBytesAsync(bench);
        bench.Report.Bound($"{Snapshots} snapshots with 1 MiB changed between", (after - before) / MiB / Snapshots, 1.3, "× the changed bytes");
    }

    /// <summary>They outlive their sandbox, and would take their gibibyte to the next run.</summary>
    private static async Task DeleteAllAsync(Workbench bench)
    {
        await using var client = await (await bench.HostAsync()).HttpAsync(bench.CancellationToken, "snapshots");
        while (true)
        {
            var page = await bench.CallAsync(client, "sandbox_snapshot_list", new { limit = 15 });
            if (page.GetProperty("count").GetInt32() is 0)
                return;
            foreach (var snapshot in page.GetProperty("snapshots").EnumerateArray())
                await bench.CallAsync(client, "sandbox_snapshot_delete", new { snapshot_id = snapshot.GetProperty("snapshot_id").GetString() });
        }
    }

    private static async Task<long> UsedBytesAsync(Workbench bench)
    {
        var volumes = DevicePaths.Volumes(bench.Engine);
        await RunAsync("sync", "--file-system", volumes);
        var drive = new DriveInfo(volumes);
        return drive.TotalSize - drive.TotalFreeSpace;
    }

    private static async Task ExecAsync(Workbench bench, McpClient client, string id, string command)
    {
        var result = await bench.CallAsync(client, "sandbox_exec", new { sandbox_id = id, command, wait_seconds = 50 });
        if (!result.TryGetProperty("exit_code", out var code) || code.GetInt32() is not 0)
            throw new InvalidOperationException($"`{command}` ended with {result}.");
    }

    private static async Task RunAsync(string program, params IReadOnlyList<string> arguments)
    {
        using var process = Process.Start(program, arguments);
        await process.WaitForExitAsync();
        if (process.ExitCode is not 0)
            throw new InvalidOperationException($"{program} ended with {process.ExitCode}.");
    }
}
