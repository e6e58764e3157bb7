using Miosa.Mcp.Sandboxes;
using Miosa.Mcp.Workspaces.Folders;

namespace Miosa.Mcp.Workspaces;

/// <summary>Where the folder of the workspace is, and what it says.</summary>
internal sealed record WorkspaceOpened
{
    /// <summary>The primary sandbox, whose `path` is the folder; absent where the folder is on the host.</summary>
    public string? SandboxId { get; init; }

    public required string Workspace { get; init; }

    public SandboxState? State { get; init; }

    public bool Created { get; init; }

    public string Path { get; init; } = SandboxFolder.Root;

    public required string NextStep { get; init; }

    /// <summary>Whether there is a contract in it.</summary>
    public required bool HasContract { get; init; }

    public string? Company { get; init; }

    public int Agents { get; init; }

    public int Skills { get; init; }

    public int Runbooks { get; init; }

    public ProblemCounts? Problems { get; init; }
}
