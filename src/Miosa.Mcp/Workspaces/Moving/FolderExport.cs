using Miosa.Devices.Doors;
using Miosa.Mcp.Calls;
using Miosa.Mcp.Files;
using Miosa.Mcp.Sandboxes;
using Miosa.Mcp.Workspaces.Folders;

namespace Miosa.Mcp.Workspaces.Moving;

/// <summary>
/// Copies the folder of a workspace out of its sandbox into a person's directory. Whoever works in the sandbox may have
/// put anything there: names and links are held to the directory, and what git would run by itself is left behind.
/// </summary>
internal sealed class FolderExport(WorkspaceContracts contracts, SandboxService sandboxes)
{
    private const UnixFileMode OfDirectories = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    /// <summary>A repository's configuration and hooks are programs: one that a stranger wrote runs on the first `git status`.</summary>
    private const string Git = ".git";

    public async Task<FolderAnswer> RunAsync(Caller caller, string directory, bool force, CancellationToken cancellationToken)
    {
        if (!Path.IsPathRooted(directory))
            throw new ToolFailureException(ToolErrorCode.InvalidInput, $"{directory} is no path from the root on.", "Name one.");
        if (contracts.Row(caller.WorkspaceName) is not { SandboxId: { } sandboxId } row)
            throw WorkspaceFailures.NoContract(caller.WorkspaceName, contracts.Row(caller.WorkspaceName));
        var door = (await sandboxes.EnterAsync(caller, sandboxId, cancellationToken)).Door;
        var files = door.FilesOf(SandboxFolder.User);
        var source = new SandboxFolder(files);
        var listing = await source.ListAllAsync(FolderBounds.Depth, FolderBounds.MostListed, [.. FolderBounds.Skipped, Git], cancellationToken);
        var plan = FolderPlan.Of(listing with { Files = [.. listing.Files.Where(file => !file.Path.Split('/').Contains(Git, StringComparer.OrdinalIgnoreCase))] });

        Directory.CreateDirectory(directory, OfDirectories);
        var target = new ExportTarget(directory);
        List<string> differ = [];
        List<FolderFile> toWrite = [];
        foreach (var file in plan.Files)
        {
            var there = target.Look(file.Path);
            if (there is ExportedFile.File && await IsSameAsync(source, target, file, cancellationToken))
                continue;
            toWrite.Add(file);
            if (there is not ExportedFile.Nothing)
                differ.Add(file.Path);
        }
        var links = plan.Links.Where(link => target.LinkOf(link.Path) != link.LinkTarget).ToList();
        differ.AddRange(links.Where(link => target.Look(link.Path) is not ExportedFile.Nothing).Select(link => link.Path));
        if (differ.Count > 0 && !force)
            return new FolderAnswer { Done = false, Lines = [$"{differ.Count} files in {directory} differ; nothing was written. --force replaces them:", .. FolderBounds.Few(differ), .. plan.Notes] };
        foreach (var file in toWrite)
            await CopyAsync(files, target, file, cancellationToken);
        // Last, so that no file is written through one of them.
        foreach (var link in links)
            target.Link(link.Path, link.LinkTarget!);
        return new FolderAnswer
        {
            Done = true,
            Lines =
            [
                $"{toWrite.Count + links.Count} files of {row.Name} were written to {directory}, {plan.Files.Count + plan.Links.Count - toWrite.Count - links.Count} were the same already.",
                .. plan.Notes,
                "Git's own directory stays in the sandbox: its hooks would run here. `git bundle create` in the sandbox makes a file of its history that is safe to take.",
            ],
        };
    }

    private static async Task<bool> IsSameAsync(SandboxFolder source, ExportTarget target, FolderFile file, CancellationToken cancellationToken)
    {
        var ours = await target.ReadAsync(file.Path, FolderBounds.MostOfFile, cancellationToken);
        return ours is not null && ours.Length == file.Size
            && await source.ReadAsync(file.Path, FolderBounds.MostOfFile, cancellationToken) is { } theirs && ours.AsSpan().SequenceEqual(theirs);
    }

    private static async Task CopyAsync(DoorFiles files, ExportTarget target, FolderFile file, CancellationToken cancellationToken)
    {
        var path = $"{SandboxFolder.Root}/{file.Path}";
        try
        {
            await using var content = await files.ReadAsync(path, length: FolderBounds.MostOfFile, cancellationToken: cancellationToken);
            await target.WriteAsync(file.Path, content, file.Mode & FolderBounds.Modes, cancellationToken);
        }
        catch (DoorException exception)
        {
            throw FileFailures.Of(exception, path, SandboxFolder.User);
        }
    }
}
