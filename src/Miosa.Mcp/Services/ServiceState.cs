namespace Miosa.Mcp.Services;

/// <summary>Where a service is in its life.</summary>
internal enum ServiceState
{
    /// <summary>It does not run: it was stopped, it ended and is not to be started again, or its sandbox is stopped.</summary>
    Stopped,

    /// <summary>Its process was started and does not answer yet, or is about to be started again.</summary>
    Starting,

    /// <summary>Its process runs, and answers where it has a port.</summary>
    Running,

    /// <summary>Its process was asked to end.</summary>
    Stopping,

    /// <summary>It ended badly and is not started again, or ends as soon as it is started.</summary>
    Error,
}

/// <summary>What its health check says; a service without a port has none.</summary>
internal enum ServiceHealth
{
    Healthy,
    Unhealthy,
}

/// <summary>Whether a service that ended is started again.</summary>
internal enum RestartPolicy
{
    Always,
    OnFailure,
    Never,
}
