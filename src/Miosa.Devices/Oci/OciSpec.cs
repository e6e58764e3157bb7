using System.Text.Json.Nodes;

namespace Miosa.Devices.Oci;

/// <summary>The runtime's description of one container, built by a function that starts nothing.</summary>
internal sealed record OciSpec
{
    /// <summary>
    /// What root of a device may do. Enough for a package manager to install and a server to start; nothing that
    /// reaches a device, a mount, the network's configuration or another process's memory.
    /// </summary>
    private static readonly string[] Capabilities =
    [
        "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_FSETID", "CAP_KILL", "CAP_SETGID", "CAP_SETUID",
        "CAP_SETPCAP", "CAP_SETFCAP", "CAP_NET_BIND_SERVICE", "CAP_SYS_CHROOT",
    ];

    public const string SpareInside = "/run/miosa/spare";

    private const int OomScore = 500;

    private static readonly string[] MaskedPaths =
    [
        "/proc/acpi", "/proc/asound", "/proc/cmdline", "/proc/interrupts", "/proc/kcore", "/proc/keys", "/proc/kmsg", "/proc/latency_stats",
        "/proc/sched_debug", "/proc/scsi", "/proc/timer_list", "/proc/timer_stats",
    ];

    private static readonly string[] ReadOnlyPaths = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"];

    public required string RootPath { get; init; }

    public required string Hostname { get; init; }

    public required IReadOnlyList<string> Arguments { get; init; }

    public required string CgroupPath { get; init; }

    /// <summary>The first of this device's user ids on the machine; null where the runtime keeps its own users (gVisor).</summary>
    public required uint? HostUserBase { get; init; }

    public uint UserCount { get; init; } = 65536;

    /// <summary>The user namespace to be in; null to have one made.</summary>
    public string? UserNamespacePath { get; init; }

    public required JsonNode? Seccomp { get; init; }

    /// <summary>What to limit; a controller the machine does not have is left out by the caller.</summary>
    public CgroupLimits Limits { get; init; } = new();

    /// <summary>Open files a process may have; never above what this process may have itself.</summary>
    public required ulong OpenFiles { get; init; }

    public IReadOnlyList<BindMount> Binds { get; init; } = [];

    public JsonObject ToJson() => new()
    {
        ["ociVersion"] = "1.0.2",
        ["hostname"] = Hostname,
        ["root"] = new JsonObject { ["path"] = RootPath, ["readonly"] = false },
        ["process"] = Process(),
        ["mounts"] = Mounts(),
        ["linux"] = Linux(),
    };

    private JsonObject Process() => new()
    {
        ["terminal"] = false,
        ["user"] = new JsonObject { ["uid"] = 0, ["gid"] = 0 },
        ["args"] = Strings(Arguments),
        // HOME too: where it is absent runtimes look for it in the sandbox's /etc/passwd, and wait for ever if that is a pipe.
        ["env"] = Strings(["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root"]),
        ["cwd"] = "/",
        ["noNewPrivileges"] = true,
        // When the machine itself runs out of memory, a sandbox goes before the host that keeps them all.
        ["oomScoreAdj"] = OomScore,
        ["capabilities"] = new JsonObject
        {
            ["bounding"] = Strings(Capabilities),
            ["effective"] = Strings(Capabilities),
            ["permitted"] = Strings(Capabilities),
            ["inheritable"] = new JsonArray(),
            ["ambient"] = new JsonArray(),
        },
        ["rlimits"] = new JsonArray(
            new JsonObject { ["type"] = "RLIMIT_NOFILE", ["soft"] = OpenFiles, ["hard"] = OpenFiles },
            new JsonObject { ["type"] = "RLIMIT_CORE", ["soft"] = 0, ["hard"] = 0 }),
    };

    /// <summary>
    /// There is no sysfs: it tells of the machine's hardware and of nothing that is the device's own. An empty
    /// directory stands in its place.
    /// </summary>
    private JsonArray Mounts() =>
    [
        Mount("/proc", "proc", "proc", "nosuid", "noexec", "nodev"),
        Mount("/dev", "tmpfs", "tmpfs", "nosuid", "strictatime", "mode=755", "size=1m"),
        Mount("/dev/pts", "devpts", "devpts", "nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"),
        Mount("/dev/shm", "tmpfs", "shm", "nosuid", "noexec", "nodev", "mode=1777", "size=256m"),
        Mount("/dev/mqueue", "mqueue", "mqueue", "nosuid", "noexec", "nodev"),
        Mount("/sys", "tmpfs", "tmpfs", "nosuid", "noexec", "nodev", "ro", "mode=755", "size=4k"),
        Mount("/run", "tmpfs", "tmpfs", "nosuid", "nodev", "mode=755", "size=64m"),
        // Where the door keeps what must work when the disk is full; only its root may look.
        Mount(SpareInside, "tmpfs", "tmpfs", "nosuid", "noexec", "nodev", "mode=700", "size=16m"),
        Mount("/run/lock", "tmpfs", "tmpfs", "nosuid", "noexec", "nodev", "mode=1777", "size=4m"),
        .. Binds.Select(bind => Mount(bind.Target, "bind", bind.Source, ["bind", "nosuid", "nodev", bind.ReadOnly ? "ro" : "rw"])),
    ];

    private JsonObject Linux()
    {
        var linux = new JsonObject
        {
            ["namespaces"] = new JsonArray([.. Namespaces()]),
            ["maskedPaths"] = Strings(MaskedPaths),
            ["readonlyPaths"] = Strings(ReadOnlyPaths),
            ["cgroupsPath"] = CgroupPath,
            ["resources"] = Limits.ToJson(),
        };
        if (HostUserBase is { } hostBase)
        {
            linux["uidMappings"] = new JsonArray(Mapping(hostBase));
            linux["gidMappings"] = new JsonArray(Mapping(hostBase));
            // Its network is its loopback, where nothing is ever lost or late: what paces itself by that only takes longer.
            linux["sysctl"] = new JsonObject { ["net.ipv4.tcp_congestion_control"] = "reno" };
        }
        if (Seccomp is not null)
            linux["seccomp"] = Seccomp.DeepClone();
        return linux;
    }

    private IEnumerable<JsonObject> Namespaces()
    {
        foreach (var type in (string[])["pid", "network", "ipc", "uts", "mount", "cgroup"])
            yield return new JsonObject { ["type"] = type };
        if (HostUserBase is null)
            yield break;
        var user = new JsonObject { ["type"] = "user" };
        if (UserNamespacePath is not null)
            user["path"] = UserNamespacePath;
        yield return user;
    }

    private JsonObject Mapping(uint hostBase) => new() { ["containerID"] = 0, ["hostID"] = hostBase, ["size"] = UserCount };

    private static JsonObject Mount(string target, string type, string source, params string[] options) =>
        new() { ["destination"] = target, ["type"] = type, ["source"] = source, ["options"] = Strings(options) };

    private static JsonArray Strings(IEnumerable<string> values) => new([.. values.Select(value => (JsonNode)value)]);
}
