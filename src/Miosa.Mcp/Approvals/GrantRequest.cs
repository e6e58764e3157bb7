using System.Text.Json;

namespace Miosa.Mcp.Approvals;

/// <summary>A standing consent that a person wants to give without being asked first.</summary>
internal sealed record GrantRequest
{
    public required string Capability { get; init; }

    /// <summary>Whose calls, as approvals name them: `local:1000` or `key:…`.</summary>
    public required string Principal { get; init; }

    public string? Agent { get; init; }

    public IReadOnlyDictionary<string, JsonElement>? Constraints { get; init; }

    /// <summary>Whether arguments that are not named may be given; without it only calls with exactly the named ones.</summary>
    public bool AllowsOtherArguments { get; init; }

    public required long ExpiresInSeconds { get; init; }

    public int? Uses { get; init; }

    public string? Note { get; init; }
}
