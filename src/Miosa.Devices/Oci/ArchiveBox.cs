using System.Runtime.InteropServices;
using System.Text.Json;
using Miosa.Devices.Native;
using Miosa.Devices.Seccomp;
using Miosa.Devices.Volumes;

namespace Miosa.Devices.Oci;

/// <summary>
/// Packs and unpacks a volume in a container that has this machine's programs to read, that volume and one pipe, and
/// nothing else. An archive from outside is as little trusted as a sandbox and gets no more: its users are the
/// container's own, it makes no devices, and there is nowhere to write but the volume.
/// </summary>
internal sealed class ArchiveBox(EngineOptions options, OciRuntime runtime, ControllerSet controllers, int slot, OwnerShift shift)
{
    private readonly string _id = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"archive-{slot}");
    private const string VolumeInside = "/volume";

    // Bytes of the descriptor are let through by the shell: opening it by a name would need a right to it.
    private const string PackScript = """
        cd /volume && exec tar --create --file=- --use-compress-program='zstd --quiet -T0' --format=posix --numeric-owner --sparse --one-file-system \
            --acls --xattrs --xattrs-include='user.*' --xattrs-include='security.capability' --anchored \
            --exclude='./dev/*' --exclude='./proc/*' --exclude='./sys/*' --exclude='./run/*' . >&3
        """;

    private const string UnpackScript = """
        zstd --quiet --decompress --stdout <&3 | head --bytes="$1" | tar --extract --file=- --directory=/volume --numeric-owner --same-owner \
            --preserve-permissions --delay-directory-restore --acls --xattrs --xattrs-include='user.*' --xattrs-include='security.capability'
        """;

    /// <summary>The places programs lie on a machine, some of them links on most.</summary>
    private static readonly string[] Programs = ["usr", "bin", "sbin", "lib", "lib32", "lib64", "libx32"];

    /// <summary>Writes the volume's files to <paramref name="pipe"/>, which is closed here.</summary>
    public Task<int> PackAsync(VolumeView volume, SafeHandle pipe, CancellationToken cancellationToken) =>
        RunAsync(volume, pipe, ["sh", "-c", PackScript], cancellationToken);

    /// <summary>Reads files from <paramref name="pipe"/>, which is closed here, into the volume: no more than <paramref name="mostBytes"/> of them.</summary>
    public Task<int> UnpackAsync(VolumeView volume, SafeHandle pipe, long mostBytes, CancellationToken cancellationToken) =>
        RunAsync(volume, pipe, ["sh", "-c", UnpackScript, "sh", mostBytes.ToString(System.Globalization.CultureInfo.InvariantCulture)], cancellationToken);

    private async Task<int> RunAsync(VolumeView volume, SafeHandle pipe, IReadOnlyList<string> command, CancellationToken cancellationToken)
    {
        var bundle = Path.Combine(options.RunDirectory, _id);
        // A host that was killed leaves one.
        await runtime.DeleteAsync(_id);
        if (Directory.Exists(bundle))
            Directory.Delete(bundle, recursive: true);
        var root = Directory.CreateDirectory(Path.Combine(bundle, "root")).FullName;
        // The runtime makes the places it mounts on; for the mapped root this directory must be its own.
        foreach (var place in (string[])["proc", "dev", "sys", "run", "volume"])
            Directory.CreateDirectory(Path.Combine(root, place));
        var staged = new StagedMount(volume, Path.Combine(bundle, "staged"), shift);
        try
        {
            var spec = new OciSpec
            {
                RootPath = root,
                Hostname = _id,
                Arguments = command,
                CgroupPath = CgroupNames.Path(options, _id),
                HostUserBase = shift.First,
                UserNamespacePath = $"/proc/{Environment.ProcessId}/fd/{shift.UserNamespace}",
                Seccomp = SeccompProfile.For(RuntimeInformation.ProcessArchitecture),
                Limits = CgroupLimits.For(DeviceSize.All[1], controllers),
                OpenFiles = 1024,
                Binds = [.. BindPrograms(root), new(staged.Target, VolumeInside, ReadOnly: false)],
            };
            await File.WriteAllTextAsync(Path.Combine(bundle, "config.json"), spec.ToJson().ToJsonString(JsonSerializerOptions.Web), cancellationToken);
            return await runtime.RunToEndAsync(_id, bundle, staged, pipe, cancellationToken);
        }
        finally
        {
            // Also where it never started: whoever waits at the other end must see the end.
            pipe.Dispose();
            await runtime.DeleteAsync(_id);
            Directory.Delete(bundle, recursive: true);
        }
    }

    private static IEnumerable<BindMount> BindPrograms(string root)
    {
        foreach (var name in Programs)
        {
            var directory = new DirectoryInfo("/" + name);
            if (directory.LinkTarget is { } target)
                File.CreateSymbolicLink(Path.Combine(root, name), target);
            if (directory.LinkTarget is not null || !directory.Exists)
                continue;
            Directory.CreateDirectory(Path.Combine(root, name));
            yield return new BindMount(directory.FullName, directory.FullName, ReadOnly: true);
        }
    }
}
