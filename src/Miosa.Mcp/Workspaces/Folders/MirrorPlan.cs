namespace Miosa.Mcp.Workspaces.Folders;

/// <summary>What a mirror of a folder holds, within its bounds. What is left out is said.</summary>
internal sealed record MirrorPlan(IReadOnlyDictionary<string, MirroredFile> Files, IReadOnlyList<string> Notes)
{
    public static MirrorPlan Of(FolderListing listing)
    {
        var files = new Dictionary<string, MirroredFile>(StringComparer.Ordinal);
        List<string> notes = [];
        var regular = listing.Files.Where(file => file.LinkTarget is null).ToLookup(file => file.Path, StringComparer.Ordinal);
        var (left, beyond) = (MirrorRules.MostOfAll, 0);
        foreach (var file in listing.Files)
        {
            if (!MirrorRules.IsSound(file.Path))
            {
                notes.Add($"`{file.Path}` has a name that is not read: control characters, backslashes or more than 240 bytes.");
                continue;
            }
            if (Content(file, regular, notes) is not { } content || MirrorRules.Kept(content with { Path = file.Path }) is not { } kept)
                continue;
            kept = (int)Math.Min(kept, content.Size);
            if (files.Count >= MirrorRules.MostFiles || kept > left)
            {
                beyond++;
                continue;
            }
            left -= kept;
            files[file.Path] = new MirroredFile(content.Version, content.Size, kept, content.Path, content.Mode.HasFlag(UnixFileMode.UserExecute));
        }
        if (beyond > 0)
            notes.Add($"{beyond} files are beyond what is read of a folder: {MirrorRules.MostFiles} files, {MirrorRules.MostOfAll >> 20} MiB.");
        return new MirrorPlan(files, notes);
    }

    /// <summary>The file itself, or the one in the same folder that a link names.</summary>
    private static FolderFile? Content(FolderFile file, ILookup<string, FolderFile> regular, List<string> notes)
    {
        if (file.LinkTarget is null)
            return file;
        if (MirrorRules.Kept(file) is null)
            return null;
        if (MirrorRules.Target(file.Path, file.LinkTarget) is { } target && regular[target].FirstOrDefault() is { } found)
            return found;
        notes.Add($"`{file.Path}` is a link to `{file.LinkTarget}`, which is no file of this folder; it is not read.");
        return null;
    }
}
