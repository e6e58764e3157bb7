using System.Text.Json;

namespace Miosa.Mcp.Calls;

/// <summary>One call of one tool: who, what, and the hash that stands for exactly this.</summary>
internal sealed record Call
{
    private string? _hash;
    private string? _argumentsHash;

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

    /// <summary>The sandbox that it is about.</summary>
    public string? Device => Arguments.TryGetValue("sandbox_id", out var id) && id.ValueKind is JsonValueKind.String ? id.GetString() : null;

    /// <summary>The hash of capability, version and arguments. Asked for only once the arguments are known to be sound.</summary>
    public string Hash => _hash ??= CanonicalJson.Hash(
        JsonSerializer.SerializeToElement(new { capability = Capability.Name, version = Capability.Version, arguments = Arguments }));

    public string ArgumentsHash => _argumentsHash ??= CanonicalJson.Hash(JsonSerializer.SerializeToElement(Arguments));

    /// <summary>The same call with other arguments, and so with other hashes: a copy of the record alone would keep those of the old.</summary>
    public Call WithArguments(IReadOnlyDictionary<string, JsonElement> arguments, Marks marks) => this with { Arguments = arguments, Marks = marks, _hash = null, _argumentsHash = null };
}
