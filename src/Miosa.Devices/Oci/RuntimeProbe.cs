using System.Runtime.InteropServices;
using System.Text.Json;
using Miosa.Devices.Native;

namespace Miosa.Devices.Oci;

/// <summary>Finds the first runtime that really runs a container here, by running one that holds nothing but the door.</summary>
internal sealed class RuntimeProbe(EngineOptions options, MountThread mounts)
{
    private static readonly string[] SearchPath = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

    /// <summary>Runtimes of a tier, the fastest first.</summary>
    private static IReadOnlyList<string> Candidates(Isolation isolation) => isolation switch
    {
        Isolation.Standard => ["crun", "runc"],
        Isolation.Strong => ["runsc"],
        _ => throw new ArgumentOutOfRangeException(nameof(isolation)),
    };

    /// <summary>The runtime to use, the controllers it can use, and a report on each candidate tried.</summary>
    public async Task<ProbedTier> TryAsync(Isolation isolation, CancellationToken cancellationToken)
    {
        List<RuntimeReport> reports = [];
        // gVisor's own threads would count as the sandbox's processes and it would end at their limit.
        var offered = isolation is Isolation.Strong ? ControllerSet.Read() with { Processes = false } : ControllerSet.Read();
        foreach (var controllers in offered == ControllerSet.None ? [offered] : (ControllerSet[])[offered, ControllerSet.None])
        {
            foreach (var name in Candidates(isolation))
            {
                cancellationToken.ThrowIfCancellationRequested();
                var (runtime, report) = await TryAsync(name, isolation, controllers);
                reports.Add(report);
                if (runtime is not null)
                    return new(runtime, controllers, reports);
            }
        }
        return new(null, ControllerSet.None, reports);
    }

    private async Task<(OciRuntime?, RuntimeReport)> TryAsync(string name, Isolation isolation, ControllerSet controllers)
    {
        var report = new RuntimeReport { Name = name, Isolation = isolation, Works = false };
        if (SearchPath.Select(directory => Path.Combine(directory, name)).FirstOrDefault(File.Exists) is not { } path)
            return (null, report with { Problem = $"{name} is not installed.", Remedy = $"`apt-get install {name}`" });

        var runtime = new OciRuntime(name, path, Path.Combine(options.RunDirectory, name), mounts);
        var id = $"probe-{name}";
        var bundle = Path.Combine(options.RunDirectory, id);
        try
        {
            if (Directory.Exists(bundle))
                Directory.Delete(bundle, recursive: true);
            var root = Directory.CreateDirectory(Path.Combine(bundle, "root")).FullName;
            File.Copy(options.DoorPath, Path.Combine(root, "door"));
            File.SetUnixFileMode(Path.Combine(root, "door"), (UnixFileMode)0b101_101_101);
            // The runtime makes the places it mounts on; for the mapped root this directory must be its own.
            foreach (var place in (string[])["proc", "dev", "sys", "run"])
                Directory.CreateDirectory(Path.Combine(root, place));

            var spec = new OciSpec
            {
                RootPath = root,
                Hostname = "probe",
                Arguments = ["/door", "--version"],
                CgroupPath = CgroupNames.Path(options, id),
                HostUserBase = runtime.IsGvisor ? null : options.FirstUserId,
                UserCount = EngineOptions.UserIdsPerDevice,
                Seccomp = runtime.IsGvisor ? null : Seccomp.SeccompProfile.For(RuntimeInformation.ProcessArchitecture),
                Limits = CgroupLimits.For(DeviceSize.All[0], controllers),
                OpenFiles = 1024,
            };
            await File.WriteAllTextAsync(Path.Combine(bundle, "config.json"), spec.ToJson().ToJsonString(JsonSerializerOptions.Web));
            await runtime.DeleteAsync(id);
            await runtime.TryAsync(id, bundle, []);
            await runtime.DeleteAsync(id);
            Directory.Delete(bundle, recursive: true);
            return (runtime, Works(report, controllers));
        }
        catch (Exception exception) when (exception is EngineException or IOException or UnauthorizedAccessException)
        {
            var remedy = exception is EngineException engine ? engine.Remedy : "Run as root.";
            return (null, report with { Problem = exception.Message, Remedy = remedy });
        }
    }

    private static RuntimeReport Works(RuntimeReport report, ControllerSet controllers)
    {
        string[] all = ["memory", "processes", "cpu"];
        var missing = controllers.Missing();
        return report with
        {
            Works = true,
            Limits = [.. all.Except(missing)],
            Problem = missing.Count is 0 ? null : $"Limits on {string.Join(", ", missing)} are not kept.",
            Remedy = missing.Count is 0 ? null : report.Isolation is Isolation.Strong
                ? "Use isolation `standard` where limits matter more than the stronger wall."
                : "Give this machine a writable cgroup hierarchy with the memory, pids and cpu controllers.",
        };
    }
}
