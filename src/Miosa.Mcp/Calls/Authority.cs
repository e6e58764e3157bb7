using System.Text.Json;

namespace Miosa.Mcp.Calls;

/// <summary>What somebody may do, as a contract has it. What is absent is not said and limits nothing; an empty list allows nothing.</summary>
internal sealed record Authority
{
    /// <summary>Tools by name or with `*`, such as `sandbox_*`; absent means all.</summary>
    public IReadOnlyList<string>? Tools { get; init; }

    /// <summary>Tools that are refused whatever else allows them.</summary>
    public IReadOnlyList<string> DeniedTools { get; init; } = [];

    /// <summary>Such as `devices:use`, or `*` for all; absent means all. One that this host does not know allows nothing.</summary>
    public IReadOnlyList<string>? Permissions { get; init; }

    /// <summary>When a person is asked; absent means as the operator set it.</summary>
    public ApprovalMode? Mode { get; init; }

    public IReadOnlyList<PolicyRule> Rules { get; init; } = [];

    /// <summary>What calls that spend may cost; absent means nothing may be spent.</summary>
    public Budget? Budget { get; init; }

    /// <summary>Stands for exactly this content.</summary>
    public string Fingerprint() => CanonicalJson.Hash(JsonSerializer.SerializeToElement(this, Wire.Options));
}
