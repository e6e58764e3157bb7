using System.Text.Json.Serialization;
using Miosa.Mcp.Hosting;
using Miosa.Mcp.Transports.Access;

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
}
