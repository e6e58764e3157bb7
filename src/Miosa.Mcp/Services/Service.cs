using Miosa.Mcp.Sandboxes;

namespace Miosa.Mcp.Services;

/// <summary>A service as callers see it.</summary>
internal sealed record Service
{
    private const int LongestCommand = 1_000;

    public required string Name { get; init; }

    public required ServiceState State { get; init; }

    public ServiceHealth? Health { get; init; }

    /// <summary>Why it is in this state, where that is not plain.</summary>
    public string? Reason { get; init; }

    public string? NextStep { get; init; }

    public required string SandboxId { get; init; }

    public required string Command { get; init; }

    public required string Cwd { get; init; }

    public required string User { get; init; }

    /// <summary>The names of its environment variables; values are not told.</summary>
    public IReadOnlyList<string> EnvNames { get; init; } = [];

    public int? Port { get; init; }

    public required string RestartPolicy { get; init; }

    public string? HealthPath { get; init; }

    /// <summary>Its process, or the last it had.</summary>
    public string? ProcessId { get; init; }

    public required int Restarts { get; init; }

    public DateTimeOffset? StartedAt { get; init; }

    public static Service From(ServiceRow row, SandboxRow sandbox)
    {
        var isStopped = sandbox.Sleep is SandboxSleep.Stopped && row.State is not (ServiceState.Stopped or ServiceState.Error);
        var state = isStopped ? ServiceState.Stopped : row.State;
        return new Service
        {
            Name = row.Name,
            State = state,
            Health = isStopped ? null : row.Health,
            Reason = isStopped ? "Its sandbox is stopped; it starts with it." : row.Reason,
            NextStep = Next(row, state, sandbox),
            SandboxId = row.SandboxId,
            Command = ServiceSummary.Short(row.Spec.Command, LongestCommand),
            Cwd = row.Spec.Cwd,
            User = row.Spec.User,
            EnvNames = [.. row.Spec.Env.Keys.Order(StringComparer.Ordinal)],
            Port = row.Spec.Port,
            RestartPolicy = Word(row.Spec.RestartPolicy),
            HealthPath = row.Spec.HealthPath,
            ProcessId = row.ProcessId,
            Restarts = row.Restarts,
            StartedAt = row.StartedAt,
        };
    }

    public static string Word(RestartPolicy policy) => policy switch
    {
        Services.RestartPolicy.Always => "always",
        Services.RestartPolicy.OnFailure => "on-failure",
        _ => "never",
    };

    private static string? Next(ServiceRow row, ServiceState state, SandboxRow sandbox) => state switch
    {
        _ when sandbox.Sleep is SandboxSleep.Frozen => "Its sandbox is frozen, and it with it; any call wakes both.",
        ServiceState.Error or ServiceState.Starting => "service_logs shows what it printed.",
        ServiceState.Running when row.Health is ServiceHealth.Unhealthy => "service_logs shows what it printed; service_restart starts it again.",
        ServiceState.Running when row.Spec.Port is not null => "sandbox_expose makes a link to its port.",
        ServiceState.Stopped when !row.IsWanted => "service_start starts it.",
        _ => null,
    };
}

/// <summary>A service in a list: so short that all of a sandbox fit into an answer.</summary>
internal sealed record ServiceSummary
{
    private const int LongestReason = 100;
    public const int LongestCommand = 60;

    public required string Name { get; init; }

    public required ServiceState State { get; init; }

    public ServiceHealth? Health { get; init; }

    public string? Reason { get; init; }

    public int? Port { get; init; }

    public string? ProcessId { get; init; }

    public required int Restarts { get; init; }

    public required string Command { get; init; }

    public static ServiceSummary From(Service service) => new()
    {
        Name = service.Name,
        State = service.State,
        Health = service.Health,
        Reason = service.Reason is { } reason ? Short(reason, LongestReason) : null,
        Port = service.Port,
        ProcessId = service.ProcessId,
        Restarts = service.Restarts,
        Command = Short(service.Command, LongestCommand),
    };

    public static string Short(string text, int most) => text.Length <= most ? text : text[..most] + "…";
}

/// <summary>The services of a sandbox.</summary>
internal sealed record ServiceList
{
    public required int Count { get; init; }

    public string? NextStep { get; init; }

    public required IReadOnlyList<ServiceSummary> Services { get; init; }
}

/// <summary>The last a service printed.</summary>
internal sealed record ServiceLogs
{
    public required string Name { get; init; }

    public required ServiceState State { get; init; }

    public required string ProcessId { get; init; }

    /// <summary>Pass it to read on from here.</summary>
    public required string Cursor { get; init; }

    public string? Note { get; init; }

    /// <summary>Both streams in the order they were written.</summary>
    public required string Output { get; init; }
}

/// <summary>A service that is no more.</summary>
internal sealed record ServiceDeleted(string Name, bool Deleted, string SandboxId);
