using Miosa.Mcp.Calls;
using Miosa.Mcp.Workspaces.Folders;

namespace Miosa.Mcp.Workspaces.Moving;

/// <summary>What of a folder is moved: regular files, links that stay in it, empty directories. All within bounds, or nothing.</summary>
internal sealed record FolderPlan(IReadOnlyList<FolderFile> Files, IReadOnlyList<FolderFile> Links, IReadOnlyList<string> EmptyDirectories, IReadOnlyList<string> Notes)
{
    public static FolderPlan Of(FolderListing listing)
    {
        List<string> notes = [.. listing.Notes];
        var sound = listing.Files.Where(file => MirrorRules.IsSound(file.Path)).ToList();
        if (sound.Count < listing.Files.Count)
            notes.Add($"{listing.Files.Count - sound.Count} files are left out for their names: control characters, backslashes or more than 240 bytes.");
        var files = sound.Where(file => file.LinkTarget is null).ToList();
        var links = sound.Where(file => file.LinkTarget is { Length: < 1024 } target && MirrorRules.Target(file.Path, target) is not null).ToList();
        var leaving = sound.Where(file => file.LinkTarget is not null).Except(links).Select(link => link.Path).ToList();
        if (leaving.Count > 0)
            notes.AddRange([$"{leaving.Count} links that lead out of the folder are left out:", .. FolderBounds.Few(leaving)]);
        if (sound.Count > FolderBounds.MostFiles)
            throw TooMuch($"it holds {sound.Count} files, {FolderBounds.MostFiles} is the most");
        if (files.Sum(file => file.Size) is > FolderBounds.MostOfAll and var bytes)
            throw TooMuch($"its files have {bytes >> 20} MiB, {FolderBounds.MostOfAll >> 20} MiB is the most");
        return files.Find(file => file.Size > FolderBounds.MostOfFile) is { } large
            ? throw TooMuch($"`{large.Path}` has {large.Size >> 20} MiB, {FolderBounds.MostOfFile >> 20} MiB is the most")
            : new FolderPlan(files, links, [.. listing.EmptyDirectories.Where(MirrorRules.IsSound).Take(FolderBounds.MostFiles)], notes);
    }

    private static ToolFailureException TooMuch(string what) => new(ToolErrorCode.LimitExceeded, $"The folder is too much to be moved: {what}. Nothing was written.", "Move what is large by upload and download links, or name a smaller folder.");
}
