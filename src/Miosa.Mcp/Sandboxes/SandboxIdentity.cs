using System.Security.Cryptography;
using System.Text;
using Miosa.Devices;
using Miosa.Devices.Doors;

namespace Miosa.Mcp.Sandboxes;

/// <summary>
/// Gives a copied system an identity of its own. All of it happens inside the sandbox, as its root: its files came from
/// somebody who could put a link in the place of any of them.
/// </summary>
internal static class SandboxIdentity
{
    private const string MachineIdFile = "/etc/machine-id";
    private const string DbusMachineIdFile = "/var/lib/dbus/machine-id";
    private const string HostnameFile = "/etc/hostname";
    private const string SshDirectory = "/etc/ssh";
    private static readonly TimeSpan LongestKeyMaking = TimeSpan.FromSeconds(15);

    /// <summary>Secrets by which a system proves that it is itself, and makes anew when it needs them.</summary>
    private static readonly string[] Seeds = ["/var/lib/systemd/credential.secret", "/var/lib/systemd/random-seed"];

    public static async Task RenewAsync(Door door, string hostname, CancellationToken cancellationToken)
    {
        try
        {
            await RenewAllAsync(door, hostname, cancellationToken);
        }
        catch (DoorException exception)
        {
            throw new EngineException(
                $"The copied system could not be given an identity of its own ({exception.Message}).",
                "Look in its source whether root is in /etc/passwd and may write /etc, and fork again.", exception);
        }
    }

    private static async Task RenewAllAsync(Door door, string hostname, CancellationToken cancellationToken)
    {
        var files = door.FilesOf("root");
        var machineId = Encoding.ASCII.GetBytes($"{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16))}\n");
        await Task.WhenAll(
        [
            ReplaceAsync(files, MachineIdFile, machineId, cancellationToken),
            ReplaceAsync(files, HostnameFile, Encoding.ASCII.GetBytes($"{hostname}\n"), cancellationToken),
            ReplaceWhereItIsAsync(files, DbusMachineIdFile, machineId, cancellationToken),
            RenewSshKeysAsync(door, files, cancellationToken),
            .. Seeds.Select(seed => DeleteAsync(files, seed, cancellationToken)),
        ]);
    }

    private static async Task RenewSshKeysAsync(Door door, DoorFiles files, CancellationToken cancellationToken)
    {
        FileListing listing;
        try
        {
            listing = await files.ListAsync(SshDirectory, new ListOptions { Hidden = true }, cancellationToken);
        }
        catch (DoorException exception) when (IsAbsent(exception))
        {
            return;
        }
        var keys = listing.Entries.Select(entry => Path.GetFileName(entry.Path)).Where(name => name.StartsWith("ssh_host_", StringComparison.Ordinal)).ToList();
        if (keys.Count is 0)
            return;
        foreach (var key in keys)
            await DeleteAsync(files, $"{SshDirectory}/{key}", cancellationToken);
        await MakeSshKeysAsync(door, cancellationToken);
    }

    /// <summary>A system without the program has no server either that could want the keys.</summary>
    private static async Task MakeSshKeysAsync(Door door, CancellationToken cancellationToken)
    {
        try
        {
            await using var making = await door.StartAsync(
                new ProcessStart
                {
                    Id = $"identity-{Guid.NewGuid():n}",
                    Arguments = ["ssh-keygen", "-A"],
                    User = "root",
                    Environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["PATH"] = "/usr/sbin:/usr/bin:/sbin:/bin" },
                    HardTimeout = LongestKeyMaking,
                },
                cancellationToken);
            await foreach (var _ in making.ReadOutputAsync(cancellationToken))
            {
                // It talks of the keys it makes.
            }
        }
        catch (DoorException exception) when (exception.Stage is DoorStage.Command)
        {
        }
    }

    private static async Task ReplaceWhereItIsAsync(DoorFiles files, string path, byte[] content, CancellationToken cancellationToken)
    {
        if (await DeleteAsync(files, path, cancellationToken))
            await files.WriteAsync(path, content, new WriteOptions { MustBeNew = true }, cancellationToken);
    }

    /// <summary>Removed first: a link in its place would send what is written somewhere else.</summary>
    private static async Task ReplaceAsync(DoorFiles files, string path, byte[] content, CancellationToken cancellationToken)
    {
        await DeleteAsync(files, path, cancellationToken);
        await files.WriteAsync(path, content, new WriteOptions { MustBeNew = true, MakeParents = true }, cancellationToken);
    }

    private static async Task<bool> DeleteAsync(DoorFiles files, string path, CancellationToken cancellationToken)
    {
        try
        {
            return await files.DeleteAsync(path, recursive: true, cancellationToken) > 0;
        }
        catch (DoorException exception) when (IsAbsent(exception))
        {
            return false;
        }
    }

    private static bool IsAbsent(DoorException exception) => exception.Errno is Errno.ENOENT or Errno.ENOTDIR;
}
