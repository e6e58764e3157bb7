namespace Miosa.Mcp.Sandboxes;

/// <summary>Where a sandbox is in its life.</summary>
internal enum SandboxState
{
    /// <summary>Asked for; its machine is being made.</summary>
    Provisioning,

    /// <summary>Its machine runs.</summary>
    Running,

    /// <summary>Its files are kept and nothing runs; the next call starts it.</summary>
    Paused,

    /// <summary>Gone for good, with its files.</summary>
    Destroyed,

    /// <summary>It could not be made or started; the reason says why.</summary>
    Error,
}
