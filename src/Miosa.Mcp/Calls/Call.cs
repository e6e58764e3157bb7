using System.Text.Json;

namespace Miosa.Mcp.Calls;

/// <summary>One call of one tool: who, what, and the hash that stands for exactly this.</summary>
internal sealed record Call
{
    /// <summary>Also the request id that failures name.</summary>
    public required string Id { get; init; }

    public required Caller Caller { get; init; }

    public required string Tool { get; init; }

    public required CapabilityAttribute Capability { get; init; }

    /// <summary>Of the capability as it stands.</summary>
    public string Fingerprint { get; init; } = "";

    /// <summary>What this call does besides, its arguments considered.</summary>
    public Marks Marks { get; init; }

    public required JsonElement Schema { get; init; }

    /// <summary>Without what clients add to any call and, once it has been read, without the key.</summary>
    public required IReadOnlyDictionary<string, JsonElement> Arguments { get; init; }

    public string? IdempotencyKey { get; init; }

    /// <summary>The hash of capability, version and arguments. Asked for only once the arguments are known to be sound.</summary>
    public string Hash => field ??= CanonicalJson.Hash(
        JsonSerializer.SerializeToElement(new { capability = Capability.Name, version = Capability.Version, arguments = Arguments }));
}
