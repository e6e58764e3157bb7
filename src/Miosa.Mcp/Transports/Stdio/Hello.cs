using System.Text.Json.Serialization;
using Miosa.Mcp.Transports.Access;

namespace Miosa.Mcp.Transports.Stdio;

/// <summary>The first line on the host's socket: who comes, and what for.</summary>
internal sealed record Hello
{
    public const int CurrentVersion = 1;

    /// <summary>The longest hello the host reads.</summary>
    public const int MaxBytes = 4096;

    /// <summary>The version of this exchange. Its name is the greeting itself.</summary>
    [JsonPropertyName("miosa")]
    public required int Version { get; init; }

    /// <summary>A question to the host itself, such as <c>status</c>; absent when an MCP session follows.</summary>
    public string? Control { get; init; }

    /// <summary>What is asked of the keys, when that is the question.</summary>
    public KeysQuestion? Keys { get; init; }

    public string? Workspace { get; init; }

    public string? Agent { get; init; }

    public IReadOnlyList<string>? Toolsets { get; init; }

    public bool ReadOnly { get; init; }

    public string? Cwd { get; init; }
}
