namespace Miosa.Mcp.Services;

/// <summary>What a service is: a command, and how to tell that it works.</summary>
internal sealed record ServiceSpec
{
    public required string Command { get; init; }

    public string Cwd { get; init; } = "/workspace";

    public IReadOnlyDictionary<string, string> Env { get; init; } = new Dictionary<string, string>();

    public string User { get; init; } = "agent";

    /// <summary>Where it listens; null where it does not.</summary>
    public int? Port { get; init; }

    public RestartPolicy RestartPolicy { get; init; } = RestartPolicy.OnFailure;

    /// <summary>Asked for by HTTP; null to see only whether the port takes connections.</summary>
    public string? HealthPath { get; init; }

    public int HealthIntervalSeconds { get; init; } = 15;

    /// <summary>The same in every part; a record compares a dictionary by reference.</summary>
    public bool IsSameAs(ServiceSpec other) =>
        this with { Env = other.Env } == other && Env.OrderBy(pair => pair.Key, StringComparer.Ordinal).SequenceEqual(other.Env.OrderBy(pair => pair.Key, StringComparer.Ordinal));
}
