namespace Miosa.Mcp.Sandboxes;

/// <summary>How a sandbox that is paused sleeps.</summary>
internal enum SandboxSleep
{
    /// <summary>Its processes stand still in memory and go on where they were, within milliseconds.</summary>
    Frozen,

    /// <summary>Nothing of it runs; its files are kept, and it starts anew with its services.</summary>
    Stopped,
}
