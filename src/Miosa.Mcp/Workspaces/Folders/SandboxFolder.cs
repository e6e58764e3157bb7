using System.Globalization;
using Miosa.Devices.Doors;

namespace Miosa.Mcp.Workspaces.Folders;

/// <summary>A folder in a sandbox, read through its door with the rights of its user: no path leads out of the sandbox.</summary>
internal sealed class SandboxFolder(DoorFiles files, string root = SandboxFolder.Root) : IFolderSource
{
    /// <summary>Where the folder of a workspace is in its sandbox.</summary>
    public const string Root = "/workspace";

    /// <summary>Whose rights are used.</summary>
    public const string User = "agent";

    private const int Depth = 12;
    private const int MostEntries = 50_000;

    public async Task<FolderListing> ListAsync(CancellationToken cancellationToken)
    {
        var all = await ListAllAsync(Depth, MostEntries, SkippedFolders.Names, cancellationToken);
        if (!all.Files.Any(file => file.Path.StartsWith(MirrorRules.TemplateRoot, StringComparison.Ordinal)))
            return all;
        FolderListing templates;
        try
        {
            templates = await new SandboxFolder(files, $"{root}/{MirrorRules.TemplateRoot[..^1]}").ListAllAsync(Depth, MostEntries, SkippedFolders.Everywhere, cancellationToken);
        }
        catch (DoorException)
        {
            // Gone since: the next look finds it so.
            return all with { IsPartial = true };
        }
        return new FolderListing
        {
            Files =
            [
                .. all.Files.Where(file => !file.Path.StartsWith(MirrorRules.TemplateRoot, StringComparison.Ordinal)),
                .. templates.Files.Select(file => file with { Path = MirrorRules.TemplateRoot + file.Path }),
            ],
            IsPartial = all.IsPartial || templates.IsPartial,
            Notes = [.. all.Notes.Union(templates.Notes)],
        };
    }

    public async Task<FolderListing> ListAllAsync(int depth, int most, IReadOnlyList<string> skip, CancellationToken cancellationToken)
    {
        var listed = await files.ListAsync(root, new ListOptions { Depth = depth, MaxEntries = most, Skip = skip }, cancellationToken);
        List<string> notes = [];
        if (listed.Truncated)
            notes.Add($"The folder holds more than {most} entries; the rest was not looked at.");
        if (listed.Unreadable > 0)
            notes.Add($"{listed.Unreadable} folders could not be read by {User}.");
        return new FolderListing
        {
            Files = [.. listed.Entries.Where(entry => entry.Stat.Type is FileType.File or FileType.Link).Select(ToFile)],
            IsPartial = listed.Truncated || listed.Unreadable > 0,
            Notes = notes,
        };
    }

    public async Task<byte[]?> ReadAsync(string path, int most, CancellationToken cancellationToken)
    {
        try
        {
            await using var file = await files.ReadAsync($"{root}/{path}", length: most, cancellationToken: cancellationToken);
            var bytes = new byte[Math.Min(most, Math.Max(0, file.Stat.Size))];
            var read = await file.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancellationToken);
            return bytes[..read];
        }
        catch (DoorException)
        {
            // Gone, or made something else, between the look and here.
            return null;
        }
    }

    private static FolderFile ToFile(FileEntry entry) => new(
        entry.Path,
        entry.Stat.Size,
        string.Create(CultureInfo.InvariantCulture, $"{entry.Stat.Inode:x}-{entry.Stat.Size:x}-{entry.Stat.ModifiedNanoseconds:x}"),
        entry.Stat.LinkTarget,
        entry.Stat.Mode);
}
