using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Miosa.Mcp.Calls;
using Miosa.Mcp.Workspaces.Folders;

namespace Miosa.Mcp.Workspaces;

/// <summary>Gives folders of this machine the names by which callers know them: those of the settings, and those that a person connects with.</summary>
internal sealed partial class WorkspaceFolders(WorkspaceContracts contracts, IOptions<WorkspaceOptions> options, TimeProvider time, ILogger<WorkspaceFolders> logger) : IHostedService
{
    /// <summary>A client that was started somewhere else must not have all of a home read.</summary>
    private static readonly string[] Signs = ["SYSTEM.md", "company.yaml", "company.yml", "COMPANY.md", "AGENTS.md", "CLAUDE.md", "SOUL.md", "agents", "skills", ".agents", ".claude"];

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var (name, directory) in options.Value.Folders)
        {
            try
            {
                await LinkAsync(name, directory, cancellationToken);
            }
            catch (ToolFailureException failure)
            {
                LogNotLinked(name, $"{failure.Message} {failure.NextStep}");
            }
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>From now on the workspace's folder is that directory.</summary>
    /// <param name="name">The name of the workspace; that of the directory if absent.</param>
    /// <param name="directory">From the root on.</param>
    /// <param name="cancellationToken">Before it is stored.</param>
    /// <returns>The name of the workspace.</returns>
    public async Task<string> LinkAsync(string? name, string directory, CancellationToken cancellationToken)
    {
        if (!Path.IsPathRooted(directory) || !Directory.Exists(directory))
            throw new ToolFailureException(ToolErrorCode.NotFound, $"{directory} is no directory of this machine.", "Make one with `miosa init`, or name another.");
        // Links on the way to it are its operator's, and followed once, now.
        var path = HostFolder.RealPath(directory) ?? Path.TrimEndingDirectorySeparator(Path.GetFullPath(directory));
        if (contracts.Row(name ?? "")?.Directory != path && !Signs.Any(sign => Path.Exists(Path.Combine(path, sign))))
        {
            throw new ToolFailureException(
                ToolErrorCode.NotFound, $"{path} holds no company contract: none of {string.Join(", ", Signs)}.", "Start the client in the company's folder or name that; `miosa init DIR` makes one.");
        }
        var workspace = name is { Length: > 0 } ? name : WorkspaceNames.Of(path);
        if (!WorkspaceNames.IsName(workspace))
            throw WorkspaceNames.NotAName(workspace);
        switch (contracts.Row(workspace))
        {
            case { SandboxId: { } sandbox }:
                throw new ToolFailureException(
                    ToolErrorCode.Conflict, $"The folder of the workspace `{workspace}` is in its sandbox {sandbox}, not in {path}.",
                    $"Connect with --workspace {workspace} alone to work there, or give this folder another name: --workspace NAME --workspace-dir {path}.");
            case { Directory: { } other } when other != path && Directory.Exists(other):
                throw new ToolFailureException(
                    ToolErrorCode.Conflict, $"The workspace `{workspace}` is the folder {other}, not {path}.", $"Give this one another name: --workspace NAME --workspace-dir {path}.");
        }
        await contracts.SetAsync(new WorkspaceRow { Name = workspace, Directory = path, CreatedAt = time.GetUtcNow() }, cancellationToken);
        return workspace;
    }

    [LoggerMessage(LogLevel.Warning, "The folder of the workspace {Name} in the settings is not used: {Reason}")]
    private partial void LogNotLinked(string name, string reason);
}
