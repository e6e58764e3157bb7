namespace Miosa.Mcp.Network;

/// <summary>Where one sandbox may go: a preset, and what is listed beside it. All else is refused.</summary>
internal sealed record NetworkPolicy
{
    public required NetworkPreset Preset { get; init; }

    public IReadOnlyList<HostPattern> Allow { get; init; } = [];

    /// <summary>Registries that the operator added to the preset `packages`.</summary>
    public IReadOnlyList<HostPattern> AddedPackages { get; init; } = [];

    /// <summary>Whether it lets anything pass at all.</summary>
    public bool LeadsOut => Preset is not NetworkPreset.None || Allow.Count > 0;

    /// <summary>The rule that lets the target pass, in words for the journal; null where none does.</summary>
    public string? RuleFor(ProxyTarget target)
    {
        if (Allow.FirstOrDefault(pattern => pattern.Matches(target)) is { } listed)
            return $"allow {listed}";
        return Preset switch
        {
            NetworkPreset.None => null,
            NetworkPreset.Packages => PackageHosts.All.Concat(AddedPackages).FirstOrDefault(pattern => pattern.Matches(target)) is { } registry ? $"packages {registry}" : null,
            // A name without a dot is one of the machine's surroundings, never of the internet.
            NetworkPreset.Web => HostPattern.IsWebPort(target.Port) && (target.Address is not null || target.Host.Contains('.', StringComparison.Ordinal)) ? "web" : null,
            _ => throw new InvalidOperationException($"There is no preset {Preset}."),
        };
    }
}
