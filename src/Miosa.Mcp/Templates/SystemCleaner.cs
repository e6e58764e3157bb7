using Miosa.Devices.Doors;

namespace Miosa.Mcp.Templates;

/// <summary>
/// Takes out of a system what must not pass into those that are made from it: who it was, what was done in it, and keys
/// that open something. All of it inside the sandbox, as its root: any path may be a link to anywhere.
/// </summary>
internal static class SystemCleaner
{
    private const string MachineId = "/etc/machine-id";
    private const string Logs = "/var/log";
    private const int MostNpmBytes = 64 * 1024;

    /// <summary>Made anew where they are needed.</summary>
    private static readonly string[] Identity =
        ["/var/lib/dbus/machine-id", "/var/lib/systemd/random-seed", "/var/lib/systemd/credential.secret", "/var/cache/debconf/passwords.dat"];

    private static readonly string[] Emptied = ["/tmp", "/var/tmp", "/var/cache/apt/archives", "/var/lib/apt/lists"];

    /// <summary>What programs remember of those who used them, in the homes of users.</summary>
    private static readonly string[] Traces =
    [
        ".bash_history", ".zsh_history", ".ash_history", ".sh_history", ".python_history", ".node_repl_history", ".sqlite_history", ".psql_history", ".mysql_history",
        ".rediscli_history", ".lesshst", ".viminfo", ".wget-hsts", ".npm/_logs", ".cache/pip/selfcheck", ".local/state/nano",
    ];

    /// <summary>Where programs keep what lets them in somewhere, in the homes of users.</summary>
    private static readonly string[] Credentials =
    [
        ".ssh", ".gnupg", ".netrc", ".git-credentials", ".config/git/credentials", ".config/gh", ".config/gcloud", ".aws", ".azure", ".kube", ".docker",
        ".pypirc", ".config/pip", ".cargo/credentials", ".cargo/credentials.toml", ".gem/credentials", ".nuget/NuGet", ".pgpass", ".my.cnf", ".vault-token", ".terraform.d",
        ".claude", ".claude.json", ".codex", ".config/anthropic", ".config/openai", ".wrangler", ".config/netlify", ".local/share/com.vercel.cli", ".fly",
    ];

    private static readonly string[] NpmSecrets = ["_auth", "_password", "-key", "cert="];

    /// <summary>Clears who the system was and what happened in it.</summary>
    public static async Task CleanAsync(Door door, CancellationToken cancellationToken)
    {
        var files = door.FilesOf("root");
        await DeleteAsync(files, MachineId, cancellationToken);
        await files.WriteAsync(MachineId, ReadOnlyMemory<byte>.Empty, new WriteOptions { MakeParents = true, MustBeNew = true }, cancellationToken);
        foreach (var path in Identity)
            await DeleteAsync(files, path, cancellationToken);
        foreach (var name in await NamesAsync(files, "/etc/ssh", cancellationToken))
        {
            if (name.StartsWith("ssh_host_", StringComparison.Ordinal))
                await DeleteAsync(files, $"/etc/ssh/{name}", cancellationToken);
        }
        foreach (var directory in Emptied)
        {
            foreach (var name in await NamesAsync(files, directory, cancellationToken))
                await DeleteAsync(files, $"{directory}/{name}", cancellationToken);
        }
        // Its directories stay: servers that write there were given theirs when they were installed.
        foreach (var log in (await ListAsync(files, Logs, depth: 8, cancellationToken)).Where(entry => entry.Stat.Type is not FileType.Directory))
            await DeleteAsync(files, $"{Logs}/{log.Path}", cancellationToken);
        foreach (var home in await HomesAsync(files, cancellationToken))
        {
            foreach (var trace in Traces)
                await DeleteAsync(files, $"{home}/{trace}", cancellationToken);
        }
    }

    /// <summary>Removes well-known credentials, and tells which were there.</summary>
    public static async Task<IReadOnlyList<string>> RemoveCredentialsAsync(Door door, CancellationToken cancellationToken)
    {
        var files = door.FilesOf("root");
        List<string> removed = [];
        foreach (var home in await HomesAsync(files, cancellationToken))
        {
            foreach (var path in Credentials.Select(name => $"{home}/{name}"))
            {
                if (await DeleteAsync(files, path, cancellationToken))
                    removed.Add(path);
            }
            if (await RemoveNpmTokensAsync(files, $"{home}/.npmrc", cancellationToken))
                removed.Add($"tokens in {home}/.npmrc");
        }
        return removed;
    }

    private static async Task<IReadOnlyList<string>> HomesAsync(DoorFiles files, CancellationToken cancellationToken) =>
        ["/root", .. (await NamesAsync(files, "/home", cancellationToken)).Select(name => $"/home/{name}")];

    private static async Task<IReadOnlyList<string>> NamesAsync(DoorFiles files, string directory, CancellationToken cancellationToken) =>
        [.. (await ListAsync(files, directory, depth: 1, cancellationToken)).Select(entry => entry.Path)];

    private static async Task<IReadOnlyList<FileEntry>> ListAsync(DoorFiles files, string directory, int depth, CancellationToken cancellationToken)
    {
        try
        {
            return (await files.ListAsync(directory, new ListOptions { Depth = depth, MaxEntries = 100_000 }, cancellationToken)).Entries;
        }
        catch (DoorException exception) when (IsAbsent(exception))
        {
            return [];
        }
    }

    /// <summary>npm keeps its tokens among its settings, which are wanted. What cannot be told apart goes as a whole.</summary>
    private static async Task<bool> RemoveNpmTokensAsync(DoorFiles files, string path, CancellationToken cancellationToken)
    {
        try
        {
            await using var content = await files.ReadAsync(path, length: MostNpmBytes, cancellationToken: cancellationToken);
            if (content.Stat.Size >= MostNpmBytes)
                return await DeleteAsync(files, path, cancellationToken);
            using var reader = new StreamReader(content);
            var lines = (await reader.ReadToEndAsync(cancellationToken)).Split('\n');
            var kept = lines.Where(line => !NpmSecrets.Any(word => line.Contains(word, StringComparison.OrdinalIgnoreCase))).ToArray();
            if (kept.Length == lines.Length)
                return false;
            await files.WriteAsync(path, System.Text.Encoding.UTF8.GetBytes(string.Join('\n', kept)), cancellationToken: cancellationToken);
            return true;
        }
        catch (DoorException exception) when (IsAbsent(exception) || exception.Errno is Errno.EISDIR or Errno.EINVAL)
        {
            return false;
        }
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

    private static bool IsAbsent(DoorException exception) => exception.Errno is Errno.ENOENT or Errno.ENOTDIR or Errno.ELOOP;
}
