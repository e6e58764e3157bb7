using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Miosa.Mcp.Files;
using Miosa.Mcp.Sandboxes;

namespace Miosa.Mcp.Workspaces;

/// <summary>Passes what the watches of sandboxes see on to the contracts whose folder is there.</summary>
internal sealed partial class FolderNews : IHostedService
{
    private readonly WorkspaceContracts _contracts;
    private readonly ILogger<FolderNews> _logger;

    // Here and not at the start, so that no sandbox is found before there is somebody to be told.
    public FolderNews(WorkspaceContracts contracts, FileWatcher files, SandboxService sandboxes, ILogger<FolderNews> logger)
    {
        (_contracts, _logger) = (contracts, logger);
        files.Began += sandbox => Touch(sandbox, null);
        files.Changed += (sandbox, changes) => Touch(sandbox, changes.Overflowed ? null : [.. changes.Changes.SelectMany(change => change.OldPath is null ? (string[])[change.Path] : [change.Path, change.OldPath])]);
        sandboxes.Changed += sandbox =>
        {
            if (sandbox.State is SandboxState.Destroyed)
                _ = ForgetAsync(sandbox);
        };
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private void Touch(SandboxRow sandbox, IReadOnlyList<string>? paths)
    {
        if (_contracts.Row(sandbox.Workspace)?.SandboxId == sandbox.Id)
            _contracts.Touch(sandbox.Workspace, paths);
    }

    private async Task ForgetAsync(SandboxRow sandbox)
    {
        try
        {
            await _contracts.RemoveAsync(sandbox.Workspace, sandbox.Id, CancellationToken.None);
        }
        catch (Exception exception)
        {
            LogNotForgotten(exception, sandbox.Workspace);
        }
    }

    [LoggerMessage(LogLevel.Warning, "The contract of {Workspace} could not be forgotten")]
    private partial void LogNotForgotten(Exception exception, string workspace);
}
