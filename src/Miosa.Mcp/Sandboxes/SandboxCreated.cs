using Miosa.Mcp.Templates;

namespace Miosa.Mcp.Sandboxes;

/// <summary>The answer to a create: the sandbox, whether it is new, and what differs from what was asked.</summary>
internal sealed record SandboxCreated
{
    private const int MostPorts = 20;

    public required string SandboxId { get; init; }

    public required SandboxState State { get; init; }

    public required bool Created { get; init; }

    public required string NextStep { get; init; }

    /// <summary>Ports on which servers of its template listen; sandbox_expose shows one.</summary>
    public IReadOnlyList<int> Ports { get; init; } = [];

    /// <summary>What the caller asked for and did not get, in words; empty when all is as asked.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    public required Sandbox Sandbox { get; init; }

    public static SandboxCreated From(SandboxRow row, bool created, SandboxRequest asked, IReadOnlyList<int> ports) => new()
    {
        SandboxId = row.Id,
        State = row.State,
        Created = created,
        NextStep = Next(row, ports),
        Ports = [.. ports.Take(MostPorts)],
        Notes = [.. Limits(row), .. created ? [] : Differences(row, asked)],
        Sandbox = row.ToSandbox(),
    };

    private static string Next(SandboxRow row, IReadOnlyList<int> ports) => row.State switch
    {
        SandboxState.Running when ports.Count > 0 => $"Its template serves port {ports[0]}: sandbox_expose with that port gives a link for the user. Run commands with sandbox_exec; files belong in /workspace.",
        SandboxState.Running => "Run commands with sandbox_exec; files belong in /workspace.",
        SandboxState.Provisioning => "Its machine is still being made; sandbox_get tells when it is running.",
        SandboxState.Error => "It could not be made; the reason says what to mend. Call again then, or sandbox_destroy it.",
        _ => "The next call starts it.",
    };

    private static IEnumerable<string> Limits(SandboxRow row) =>
        row.Started?.UnenforcedLimits.Select(limit => $"This machine cannot keep the limit on {limit}; `miosa doctor` says why.") ?? [];

    private static IEnumerable<string> Differences(SandboxRow row, SandboxRequest asked)
    {
        var wanted = SandboxRequests.Size(asked);
        if (wanted != row.Size && (asked.Size is not null || wanted.Name is "custom"))
            yield return $"It was made with size {row.Size.Name} and keeps it; {wanted.Name} was asked for.";
        if ((asked.TemplateId ?? TemplateService.Default) != row.TemplateId)
            yield return $"It was made from template {row.TemplateId} and keeps it; {asked.TemplateId} was asked for.";
        if (!string.Equals(asked.Isolation ?? "standard", row.Isolation.ToString(), StringComparison.OrdinalIgnoreCase))
            yield return $"It was made with isolation {row.Isolation.ToString().ToLowerInvariant()} and keeps it; {asked.Isolation} was asked for.";
        if (asked.SleepAfterSeconds is { } sleep && sleep != row.Request.SleepAfterSeconds)
            yield return $"It goes to sleep as it was made to; sleep_after_sec {sleep} was not taken.";
        if (asked.Network is not null && asked.Network != row.Request.Network)
            yield return $"It keeps the network access it has; {asked.Network} was asked for. network_set changes it.";
        if (!asked.Env.OrderBy(pair => pair.Key, StringComparer.Ordinal).SequenceEqual(row.Request.Env.OrderBy(pair => pair.Key, StringComparer.Ordinal)))
            yield return "It keeps the environment it was made with; the one given now was not taken. Pass `env` to sandbox_exec instead.";
    }
}
