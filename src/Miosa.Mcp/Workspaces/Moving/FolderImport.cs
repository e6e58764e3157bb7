using Miosa.Devices.Doors;
using Miosa.Mcp.Calls;
using Miosa.Mcp.Files;
using Miosa.Mcp.Processes;
using Miosa.Mcp.Sandboxes;
using Miosa.Mcp.Snapshots;
using Miosa.Mcp.Workspaces.Folders;

namespace Miosa.Mcp.Workspaces.Moving;

/// <summary>Copies a person's directory into the folder of a workspace. What is there and differs is told, and replaced only by force; it is kept before.</summary>
internal sealed class FolderImport(WorkspaceService workspaces, WorkspaceContracts contracts, SandboxService sandboxes, SnapshotService snapshots, ProcessService processes)
{
    private const int AtOnce = 4;
    private const int LinksAtOnce = 200;

    public async Task<FolderAnswer> RunAsync(Caller caller, string directory, bool force, CancellationToken cancellationToken)
    {
        if (!Path.IsPathRooted(directory) || !Directory.Exists(directory))
            throw new ToolFailureException(ToolErrorCode.NotFound, $"{directory} is no directory of this machine.", "Name one that is there.");
        if (contracts.Row(caller.WorkspaceName) is { Directory: { } own })
        {
            throw new ToolFailureException(
                ToolErrorCode.Conflict, $"The folder of the workspace `{caller.WorkspaceName}` is {own} on this machine, not in a sandbox.", "Copy the files there, or import into another workspace: --workspace NAME.");
        }
        var source = HostFolder.At(directory, FolderBounds.Skipped);
        var plan = FolderPlan.Of(await source.ListAsync(cancellationToken));
        var (sandbox, _) = await workspaces.PrimaryAsync(caller, templateId: null, cancellationToken);
        var door = (await sandboxes.EnterAsync(caller, sandbox.Id, cancellationToken)).Door;
        var files = door.FilesOf(SandboxFolder.User);
        var present = await PresentAsync(files, cancellationToken);

        List<FolderFile> toWrite = [];
        List<string> differ = [];
        foreach (var file in plan.Files)
        {
            var isThere = present.TryGetValue(file.Path, out var there);
            if (isThere && there!.Type is FileType.File && await IsSameAsync(source, files, file, there, cancellationToken))
                continue;
            toWrite.Add(file);
            if (isThere)
                differ.Add(file.Path);
        }
        var links = plan.Links.Where(link => !present.TryGetValue(link.Path, out var there) || there.LinkTarget != link.LinkTarget).ToList();
        differ.AddRange(links.Where(link => present.ContainsKey(link.Path)).Select(link => link.Path));
        if (differ.Count > 0 && !force)
            return new FolderAnswer { Done = false, Lines = [$"{differ.Count} files in the sandbox differ; nothing was written. --force replaces them (what was there is kept in a snapshot):", .. FolderBounds.Few(differ), .. plan.Notes] };

        List<string> lines = [];
        if (present.Count > 0 && toWrite.Count + links.Count > 0)
            lines.Add($"What was there is kept as {(await snapshots.KeepAsync(caller, sandbox, $"before the import of {directory}", cancellationToken)).Id}.");
        await Parallel.ForEachAsync(toWrite, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken }, (file, token) => WriteAsync(source, files, file, token));
        foreach (var empty in plan.EmptyDirectories)
            await MakeAsync(files, empty, cancellationToken);
        await LinkAsync(caller, sandbox.Id, links, cancellationToken);
        var contract = await contracts.RefreshAsync(caller.WorkspaceName, cancellationToken);
        return new FolderAnswer
        {
            Done = true,
            Lines =
            [
                .. lines,
                $"{toWrite.Count + links.Count} files were written to {sandbox.Id}:{SandboxFolder.Root}, {plan.Files.Count + plan.Links.Count - toWrite.Count - links.Count} were the same already.",
                .. plan.Notes,
                contract is null ? "There is no contract in it." : $"The contract of {contract.Workspace.Company.Name} is in force for the workspace {caller.WorkspaceName}: {contract.Workspace.Agents.Count} agents, {contract.Workspace.Skills.Count} skills, {contract.Problems.Errors} errors.",
            ],
        };
    }

    private static async Task<Dictionary<string, FileStat>> PresentAsync(DoorFiles files, CancellationToken cancellationToken)
    {
        var listed = await files.ListAsync(SandboxFolder.Root, new ListOptions { Depth = FolderBounds.Depth, MaxEntries = FolderBounds.MostListed, Skip = FolderBounds.Skipped }, cancellationToken);
        return listed.Truncated
            ? throw new ToolFailureException(ToolErrorCode.LimitExceeded, $"The folder in the sandbox holds more than {FolderBounds.MostListed} entries, so what differs cannot be told.", "Clear it first.")
            : listed.Entries.Where(entry => entry.Stat.Type is not FileType.Directory).ToDictionary(entry => entry.Path, entry => entry.Stat, StringComparer.Ordinal);
    }

    private static async Task<bool> IsSameAsync(HostFolder source, DoorFiles files, FolderFile file, FileStat there, CancellationToken cancellationToken)
    {
        if (there.Size != file.Size || file.Size > FolderBounds.MostOfFile)
            return false;
        var ours = await source.ReadAsync(file.Path, FolderBounds.MostOfFile, cancellationToken);
        var theirs = await new SandboxFolder(files).ReadAsync(file.Path, FolderBounds.MostOfFile, cancellationToken);
        return ours is not null && theirs is not null && ours.AsSpan().SequenceEqual(theirs);
    }

    private static async ValueTask WriteAsync(HostFolder source, DoorFiles files, FolderFile file, CancellationToken cancellationToken)
    {
        var path = $"{SandboxFolder.Root}/{file.Path}";
        if (source.OpenInside(file.Path) is not { } stream)
            throw new ToolFailureException(ToolErrorCode.Conflict, $"`{file.Path}` changed while it was read; what was written before it stays.", "Import again.");
        await using (stream)
        {
            try
            {
                await files.WriteAsync(path, stream, new WriteOptions { MakeParents = true, Mode = file.Mode & FolderBounds.Modes }, cancellationToken);
            }
            catch (DoorException exception)
            {
                throw FileFailures.Of(exception, path, SandboxFolder.User);
            }
        }
    }

    private static async Task MakeAsync(DoorFiles files, string path, CancellationToken cancellationToken)
    {
        try
        {
            await files.MakeDirectoryAsync($"{SandboxFolder.Root}/{path}", cancellationToken: cancellationToken);
        }
        catch (DoorException exception)
        {
            throw FileFailures.Of(exception, path, SandboxFolder.User);
        }
    }

    /// <summary>Links are made by a program in the sandbox, some at a time: the door makes none.</summary>
    private async Task LinkAsync(Caller caller, string sandboxId, IReadOnlyList<FolderFile> links, CancellationToken cancellationToken)
    {
        const string script = "while [ $# -gt 1 ]; do mkdir -p -- \"$(dirname -- \"$2\")\" && ln -sfn -- \"$1\" \"$2\" || exit 1; shift 2; done";
        foreach (var some in links.Chunk(LinksAtOnce))
        {
            var request = new ExecRequest
            {
                Arguments = ["/bin/sh", "-c", script, "sh", .. some.SelectMany(link => (string[])[link.LinkTarget!, link.Path])],
                Title = "make links",
                Wait = TimeSpan.FromSeconds(25),
                Timeout = TimeSpan.FromSeconds(25),
            };
            var output = await processes.RunQuietlyAsync(caller, sandboxId, request, 4096, cancellationToken);
            if (output.ExitCode is not 0)
                throw new ToolFailureException(ToolErrorCode.Conflict, "Some links could not be made in the sandbox; the files are there.", "Look at the folder, then import again.");
        }
    }
}
