using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using Miosa.Devices.Seccomp;

namespace Miosa.Devices.Tests.Seccomp;

/// <summary>Runs `probe.c` in a real container of one runtime, with and without the profile, and keeps what it printed.</summary>
public abstract class ProbedRuntime : IAsyncLifetime
{
    private readonly string _directory = Directory.CreateTempSubdirectory("miosa-seccomp-").FullName;

    protected abstract string Runtime { get; }

    public IReadOnlyDictionary<string, string> Filtered { get; private set; } = new Dictionary<string, string>(StringComparer.Ordinal);

    public IReadOnlyDictionary<string, string> Unfiltered { get; private set; } = new Dictionary<string, string>(StringComparer.Ordinal);

    public async ValueTask InitializeAsync()
    {
        var root = Directory.CreateDirectory(Path.Combine(_directory, "rootfs")).FullName;
        await RunAsync("gcc", "-O1", "-static", "-o", Path.Combine(root, "probe"), Path.Combine(AppContext.BaseDirectory, "Seccomp", "probe.c"));

        Unfiltered = await ProbeAsync(seccomp: null);
        Filtered = await ProbeAsync(SeccompProfile.For(RuntimeInformation.OSArchitecture));
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(_directory, recursive: true);
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    private async Task<IReadOnlyDictionary<string, string>> ProbeAsync(JsonObject? seccomp)
    {
        await File.WriteAllTextAsync(Path.Combine(_directory, "config.json"), Bundle(seccomp).ToJsonString());

        // A hybrid cgroup layout stops crun 1.8; in a mount namespace without its v2 half it runs.
        var output = await RunAsync("unshare", "--mount", "sh", "-c", "umount /sys/fs/cgroup/unified 2>/dev/null; exec \"$@\"", "sh",
            Runtime, "--root", Path.Combine(_directory, "state"), "run", "--bundle", _directory, Path.GetFileName(_directory));

        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split('='))
            .ToDictionary(parts => parts[0], parts => parts[1], StringComparer.Ordinal);
    }

    // All capabilities and no user namespace: whatever is refused here, the filter refused it.
    private static JsonObject Bundle(JsonObject? seccomp)
    {
        JsonArray Capabilities() => ["CAP_SYS_ADMIN", "CAP_SYS_BOOT", "CAP_SYS_TIME", "CAP_SYS_MODULE", "CAP_SYS_RAWIO", "CAP_SYS_PTRACE",
            "CAP_SYS_CHROOT", "CAP_SYS_PACCT", "CAP_SYSLOG", "CAP_NET_RAW", "CAP_NET_ADMIN", "CAP_DAC_READ_SEARCH", "CAP_SYS_TTY_CONFIG", "CAP_AUDIT_CONTROL"];

        return new()
        {
            ["ociVersion"] = "1.0.2",
            ["root"] = new JsonObject { ["path"] = "rootfs" },
            ["process"] = new JsonObject
            {
                ["args"] = new JsonArray("/probe"),
                ["cwd"] = "/",
                ["user"] = new JsonObject { ["uid"] = 0, ["gid"] = 0 },
                ["noNewPrivileges"] = true,
                ["capabilities"] = new JsonObject { ["bounding"] = Capabilities(), ["effective"] = Capabilities(), ["permitted"] = Capabilities() },
            },
            ["mounts"] = new JsonArray(
                new JsonObject { ["destination"] = "/proc", ["type"] = "proc", ["source"] = "proc" },
                new JsonObject { ["destination"] = "/dev", ["type"] = "tmpfs", ["source"] = "tmpfs" }),
            ["linux"] = new JsonObject
            {
                ["namespaces"] = new JsonArray([.. ((string[])["pid", "mount", "ipc", "uts", "network"]).Select(type => new JsonObject { ["type"] = type })]),
                ["seccomp"] = seccomp,
            },
        };
    }

    private static async Task<string> RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var error = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"{program} ended with {process.ExitCode}: {await error}");
        return output;
    }
}

public sealed class ProbedCrun : ProbedRuntime
{
    protected override string Runtime => "crun";
}

public sealed class ProbedRunc : ProbedRuntime
{
    protected override string Runtime => "runc";
}
