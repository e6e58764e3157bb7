using Miosa.Devices.Doors;

namespace Miosa.Mcp.Templates;

/// <summary>Makes a template of a copy of a sandbox: what is secret goes, and what might be is named.</summary>
internal static class SandboxKeeper
{
    private const int MostNamed = 20;
    private const int MostSearched = 50_000;
    private static readonly string[] Suspicious = [".env", "id_rsa", "id_ed25519", "credentials.json", "service-account.json", "secrets.json", "secrets.yaml", "secrets.yml"];

    public static async Task<MadeOf> CleanAsync(BuildDevice device)
    {
        var removed = await SystemCleaner.RemoveCredentialsAsync(device.Door, device.Ending);
        await SystemCleaner.CleanAsync(device.Door, device.Ending);
        List<string> notes = [];
        if (removed.Count > 0)
            notes.Add($"Left out, since they hold credentials: {string.Join(", ", removed.Take(MostNamed))}{(removed.Count > MostNamed ? " and more" : "")}.");
        var kept = await SuspiciousAsync(device);
        if (kept.Count > 0)
            notes.Add($"Kept, and by their names they may hold secrets: {string.Join(", ", kept.Take(MostNamed))}{(kept.Count > MostNamed ? " and more" : "")}. Delete them in the sandbox and make the template again if they do.");
        return new MadeOf(notes, []);
    }

    private static async Task<IReadOnlyList<string>> SuspiciousAsync(BuildDevice device)
    {
        try
        {
            var listing = await device.Door.FilesOf("root").ListAsync(
                "/workspace", new ListOptions { Depth = 4, MaxEntries = MostSearched, Skip = ["node_modules", ".git", ".venv"] }, device.Ending);
            return [.. listing.Entries.Where(entry => entry.Stat.Type is FileType.File && IsSuspicious(Path.GetFileName(entry.Path))).Select(entry => $"/workspace/{entry.Path}")];
        }
        catch (DoorException exception) when (exception.Errno is Errno.ENOENT or Errno.ENOTDIR)
        {
            return [];
        }
    }

    private static bool IsSuspicious(string name) =>
        Suspicious.Contains(name, StringComparer.Ordinal)
        || (name.StartsWith(".env.", StringComparison.Ordinal) && !name.EndsWith(".example", StringComparison.Ordinal))
        || name.EndsWith(".pem", StringComparison.Ordinal) || name.EndsWith(".key", StringComparison.Ordinal) || name.EndsWith(".p12", StringComparison.Ordinal);
}
