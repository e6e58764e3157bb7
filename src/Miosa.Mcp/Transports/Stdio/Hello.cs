using System.Text.Json.Serialization;
using Miosa.Mcp.Approvals;
using Miosa.Mcp.Transports.Access;
using Miosa.Mcp.Workspaces.Moving;

namespace Miosa.Mcp.Transports.Stdio;

/// <summary>The first line on the host's socket: who comes, and what for.</summary>
internal sealed record Hello
{
    public const int CurrentVersion = 1;

    /// <summary>The longest hello of a client.</summary>
    public const int MaxBytes = 4096;

    /// <summary>The longest question to the host itself, which may carry other arguments for a call.</summary>
    public const int MaxQuestionBytes = 64 * 1024;

    /// <summary>The version of this exchange. Its name is the greeting itself.</summary>
    [JsonPropertyName("miosa")]
    public required int Version { get; init; }

    /// <summary>A question to the host itself, such as <c>status</c>; absent when an MCP session follows.</summary>
    public string? Control { get; init; }

    /// <summary>What is asked of the keys, when that is the question.</summary>
    public KeysQuestion? Keys { get; init; }

    /// <summary>What is asked of approvals, when that is the question.</summary>
    public ApprovalsQuestion? Approvals { get; init; }

    /// <summary>What is asked of the folder of a workspace, when that is the question.</summary>
    public FolderQuestion? Folder { get; init; }

    public string? Workspace { get; init; }

    /// <summary>A folder of this machine that is to be the workspace's, on the word of the person who wrote the command line.</summary>
    public string? WorkspaceDir { get; init; }

    public string? Agent { get; init; }

    public IReadOnlyList<string>? Toolsets { get; init; }

    public bool ReadOnly { get; init; }

    public string? Cwd { get; init; }
}
