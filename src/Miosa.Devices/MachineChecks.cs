using System.Globalization;
using Miosa.Devices.Native;
using Miosa.Devices.Oci;
using Miosa.Devices.Volumes;

namespace Miosa.Devices;

/// <summary>Looks at what this machine can enforce, by trying where trying is possible. It changes nothing.</summary>
public static class MachineChecks
{
    private const long LittleSpace = 10L << 30;
    private const long FewInstances = 1024;

    public static async Task<IReadOnlyList<MachineCheck>> RunAsync(EngineOptions options, CancellationToken cancellationToken)
    {
        List<MachineCheck> checks = [Root(), Volumes(options), Disk(options), Watches(), Door(options)];
        if (checks.Any(check => check.Status is CheckStatus.Missing && check.Name is "root" or "door"))
            return checks;

        // Its own directory, so that a host that runs meanwhile is not disturbed.
        var trial = options with { RunDirectory = options.RunDirectory.TrimEnd('/') + "-doctor" };
        Directory.CreateDirectory(trial.RunDirectory);
        try
        {
            using var mounts = new MountThread();
            var probe = new RuntimeProbe(trial, mounts);
            checks.AddRange(Tier("isolation standard", (await probe.TryAsync(Isolation.Standard, cancellationToken)).Reports, essential: true));
            checks.AddRange(Tier("isolation strong", (await probe.TryAsync(Isolation.Strong, cancellationToken)).Reports, essential: false));
        }
        finally
        {
            Directory.Delete(trial.RunDirectory, recursive: true);
        }
        return checks;
    }

    private static MachineCheck Root() => Libc.EffectiveUserId() == 0
        ? new("root", CheckStatus.Ok, "runs as root")
        : new("root", CheckStatus.Missing, "does not run as root, which mounts and control groups need", "Start with `sudo ./miosa serve`.");

    private static MachineCheck Volumes(EngineOptions options)
    {
        const string name = "volumes";
        var kind = new VolumeBackends(options, TimeProvider.System).Begun ?? Planned(options);
        if (kind is VolumeKind.Overlay)
            return new(
                name, CheckStatus.Degraded, $"overlays instead of btrfs: snapshots and forks copy what a sandbox has written, and disk limits are not kept ({NoBtrfs() ?? "so it was set or begun"})",
                "`modprobe btrfs loop`, install btrfs-progs, and begin a new home, or move `engine/` of this one away.");
        if (kind is VolumeKind.Copy)
            return new(
                name, CheckStatus.Degraded, $"copies instead of btrfs: snapshots and forks take their time and space, and disk limits are not kept ({NoBtrfs() ?? "so it was set or begun"})",
                "`modprobe btrfs loop`, install btrfs-progs, and begin a new home, or move `engine/` of this one away.");
        if (NoBtrfs() is { } missing)
            return new(name, CheckStatus.Missing, $"the sandboxes here are kept as btrfs, and {missing}", "`modprobe btrfs loop`; on a kernel without them, use one that has them.");
        return Mounts.IsMounted(DevicePaths.Volumes(options)) && Quotas.Find(DevicePaths.Volumes(options)) is Quota.Shared
            ? new(name, CheckStatus.Degraded, "btrfs in a file, with quotas of the older kind: it is slow while many snapshots are deleted", "On Linux 6.7 or later a new home has the newer kind; moving `engine/` away while the host is stopped makes one, without the sandboxes there are.")
            : new(name, CheckStatus.Ok, "snapshots and disk limits by btrfs in a file");
    }

    private static VolumeKind Planned(EngineOptions options) => options.Volumes switch
    {
        VolumeChoice.Copy => VolumeKind.Copy,
        VolumeChoice.Overlay => VolumeKind.Overlay,
        // Whether the home's file system can hold overlays is tried when it is begun.
        _ => NoBtrfs() is null ? VolumeKind.Btrfs : Knows("overlay") ? VolumeKind.Overlay : VolumeKind.Copy,
    };

    private static bool Knows(string fileSystem) => File.ReadLines("/proc/filesystems").Any(line => line.TrimEnd().EndsWith($"\t{fileSystem}", StringComparison.Ordinal));

    /// <summary>Why this kernel cannot keep volumes as btrfs; null where it can.</summary>
    private static string? NoBtrfs()
    {
        if (!Knows("btrfs"))
            return "the kernel has no btrfs loaded";
        return File.Exists("/dev/loop-control") ? null : "there are no loop devices to mount a file with";
    }

    private static MachineCheck Disk(EngineOptions options)
    {
        var directory = options.DataDirectory;
        while (!Directory.Exists(directory))
            directory = Path.GetDirectoryName(directory)!;
        var free = new DriveInfo(directory).AvailableFreeSpace;
        var detail = string.Create(CultureInfo.InvariantCulture, $"{free >> 30} GiB free at {options.DataDirectory}");
        return free >= LittleSpace
            ? new("disk", CheckStatus.Ok, detail)
            : new("disk", CheckStatus.Degraded, detail, "Sandboxes fill up soon; free some space or set MIOSA_HOME to a larger disk.");
    }

    /// <summary>Each sandbox's watch of its files counts against one limit of the machine.</summary>
    private static MachineCheck Watches()
    {
        var instances = long.Parse(File.ReadAllText(InotifyLimit.Path), CultureInfo.InvariantCulture);
        return instances >= FewInstances
            ? new("file events", CheckStatus.Ok, string.Create(CultureInfo.InvariantCulture, $"up to {instances} watches at once"))
            : new("file events", CheckStatus.Degraded, string.Create(CultureInfo.InvariantCulture, $"only {instances} sandboxes at once can tell of changed files"), $"`sysctl fs.inotify.max_user_instances={InotifyLimit.Wanted}`; the host does it itself when it starts as root.");
    }

    private static MachineCheck Door(EngineOptions options) => File.Exists(options.DoorPath)
        ? new("door", CheckStatus.Ok, "built")
        : new("door", CheckStatus.Missing, $"{options.DoorPath} is not there", "Start with the launcher `./miosa`, which builds it.");

    /// <summary>Each runtime once, though it may have been tried twice, with limits and without.</summary>
    internal static IEnumerable<MachineCheck> Tier(string name, IReadOnlyList<RuntimeReport> reports, bool essential)
    {
        var works = reports.LastOrDefault(report => report.Works);
        var failed = reports.Where(report => !report.Works).DistinctBy(report => report.Name).ToList();
        if (works is not null)
        {
            var withLimits = failed.Find(report => report.Name == works.Name) is { } before ? $" ({before.Problem})" : "";
            yield return new(
                name, works.Problem is null ? CheckStatus.Ok : CheckStatus.Degraded,
                $"{works.Name} runs containers; limits kept: {(works.Limits.Count is 0 ? "none" : string.Join(", ", works.Limits))}{withLimits}", works.Remedy);
        }
        foreach (var report in failed.Where(report => report.Name != works?.Name))
            yield return new($"{name} ({report.Name})", works is null && essential ? CheckStatus.Missing : CheckStatus.Degraded, report.Problem ?? "does not work", report.Remedy);
    }
}
