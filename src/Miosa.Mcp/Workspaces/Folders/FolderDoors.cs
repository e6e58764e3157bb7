using Miosa.Devices;
using Miosa.Mcp.Sandboxes;
using Miosa.Mcp.Workspaces.Receipts;

namespace Miosa.Mcp.Workspaces.Folders;

/// <summary>Ways to folders that wake nobody and keep nobody awake.</summary>
internal sealed class FolderDoors(SandboxService sandboxes, LocalEngine engine)
{
    /// <summary>The folder; null where it cannot be looked at now, because its sandbox sleeps.</summary>
    public IFolderSource? TryOpen(WorkspaceRow row) =>
        row.Directory is { } directory ? new HostFolder(directory)
        : row.SandboxId is { } id && sandboxes.IsAwake(id) ? new SandboxFolder(engine.Door(id).FilesOf(SandboxFolder.User))
        : null;

    /// <summary>The folder, to add receipts to; null where that cannot be done now.</summary>
    public IReceiptTarget? TryOpenForReceipts(WorkspaceRow row) =>
        row.Directory is { } directory ? new HostTarget(directory)
        : row.SandboxId is { } id && sandboxes.IsAwake(id) ? new SandboxTarget(engine.Door(id).FilesOf(SandboxFolder.User))
        : null;
}
