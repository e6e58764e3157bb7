namespace Miosa.Mcp.Sandboxes;

/// <summary>Where a sandbox is in its life.</summary>
internal enum SandboxState
{
    /// <summary>Asked for; its machine is being made.</summary>
    Provisioning,

    /// <summary>Its machine runs.</summary>
    Running,

    /// <summary>It sleeps, frozen or stopped: its files are kept and the next call wakes it.</summary>
    Paused,

    /// <summary>Gone for good, with its files.</summary>
    Destroyed,

    /// <summary>It could not be made or started; the reason says why.</summary>
    Error,
}
