using System.Text.Json.Serialization;
using Miosa.Mcp.Approvals;
using Miosa.Mcp.Hosting;
using Miosa.Mcp.Transports.Access;
using Miosa.Mcp.Workspaces.Moving;

namespace Miosa.Mcp.Transports.Stdio;

/// <summary>The host's one line in return. After it, without an error, the socket speaks MCP.</summary>
internal sealed record HelloAnswer
{
    [JsonPropertyName("miosa")]
    public int Version { get; init; } = Hello.CurrentVersion;

    /// <summary>Why the host will not go on, in words for a person.</summary>
    public string? Error { get; init; }

    public HostStatus? Status { get; init; }

    /// <summary>A new access key, in clear, this once.</summary>
    public string? Key { get; init; }

    public KeysAnswer? Keys { get; init; }

    public ApprovalsAnswer? Approvals { get; init; }

    /// <summary>Of the key that signs receipts from now on.</summary>
    public string? Fingerprint { get; init; }

    /// <summary>What came of a question about a workspace's folder.</summary>
    public FolderAnswer? Folder { get; init; }
}
