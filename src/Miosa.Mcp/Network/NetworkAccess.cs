namespace Miosa.Mcp.Network;

/// <summary>Where a sandbox may go, as callers see it.</summary>
internal sealed record NetworkAccess
{
    public required string SandboxId { get; init; }

    public required NetworkPreset Preset { get; init; }

    /// <summary>What is listed beside the preset.</summary>
    public required IReadOnlyList<string> Allow { get; init; }

    /// <summary>What the preset opens, in words or as hosts.</summary>
    public required string PresetOpens { get; init; }

    /// <summary>Connections that a change ended.</summary>
    public int? ConnectionsCut { get; init; }

    public required string NextStep { get; init; }

    public static NetworkAccess From(string sandboxId, NetworkPolicy policy, bool isBlocked, int? cut) => new()
    {
        SandboxId = sandboxId,
        Preset = policy.Preset,
        Allow = [.. policy.Allow.Select(pattern => pattern.ToString())],
        PresetOpens = policy.Preset switch
        {
            NetworkPreset.None => "nothing",
            NetworkPreset.Packages => $"ports 80 and 443 of {string.Join(", ", PackageHosts.All.Concat(policy.AddedPackages))}",
            _ => "every public host, ports 80 and 443",
        },
        ConnectionsCut = cut,
        NextStep = isBlocked
            ? $"Nothing can be reached: a program in the sandbox listens on the proxy's port {SandboxProxy.Port}. End it, and run a command."
            : policy is { Preset: NetworkPreset.None, Allow: [] }
            ? "Nothing can be reached. network_set opens package registries (preset packages) or single hosts (allow)."
            : "Programs go through the proxy that HTTP_PROXY and HTTPS_PROXY name; network_log shows what they reached and what was refused.",
    };
}
