using System.Diagnostics;
using Miosa.Devices;
using Miosa.Devices.Volumes;
using Miosa.Mcp.Hosting;

namespace Miosa.Bench;

/// <summary>
/// A home for measuring only. Its engine, which holds the template, is kept for the next run, because building one takes
/// a minute; all else is new each time, so that no run pays for what an earlier one stored.
/// </summary>
internal sealed class BenchHome
{
    private const string Variable = "MIOSA_BENCH_HOME";
    private const string Default = "/var/tmp/miosa-bench";
    private const string EngineName = "engine";

    /// <summary>Says that everything in the home but the engine may be deleted.</summary>
    private const string Marker = "made-by-bench";

    private BenchHome(string path) => Path = path;

    public string Path { get; }

    public string SocketFile => new MiosaHome(Path).SocketFile;

    public EngineOptions Engine => new MiosaHome(Path).Engine;

    public static BenchHome Take()
    {
        var named = Environment.GetEnvironmentVariable(Variable);
        var home = new BenchHome(System.IO.Path.GetFullPath(named is { Length: > 0 } ? named : Default));
        Directory.CreateDirectory(home.Path);
        if (!File.Exists(home.Inside(Marker)) && Directory.EnumerateFileSystemEntries(home.Path).Any(entry => System.IO.Path.GetFileName(entry) is not EngineName))
            throw new InvalidOperationException($"{home.Path} holds something that is not of a bench. Name an empty directory in {Variable}.");
        File.WriteAllText(home.Inside(Marker), "");
        // Nobody is there to approve what a section destroys.
        File.WriteAllText(home.Inside("settings.json"), """{"Approvals":{"Policy":"auto"}}""");
        return home;
    }

    /// <summary>Forgets what a run stored, and unmounts its pool. No host may run, and no sandbox may be left.</summary>
    public async Task ClearAsync()
    {
        // A linked engine is somebody else's, and may be in use.
        var volumes = Inside(System.IO.Path.Combine(EngineName, "volumes"));
        if (Mounts.IsMounted(volumes))
        {
            using var unmount = Process.Start("umount", [volumes]);
            await unmount.WaitForExitAsync();
        }
        foreach (var entry in new DirectoryInfo(Path).EnumerateFileSystemInfos().Where(entry => entry.Name is not (EngineName or Marker)))
        {
            if (entry is DirectoryInfo directory)
                directory.Delete(recursive: true);
            else
                entry.Delete();
        }
    }

    private string Inside(string name) => System.IO.Path.Combine(Path, name);
}
