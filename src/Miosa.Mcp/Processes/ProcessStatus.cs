namespace Miosa.Mcp.Processes;

/// <summary>The words for what a process is doing.</summary>
internal static class ProcessStatus
{
    public const string Running = "running";
    public const string Exited = "exited";

    /// <summary>Ended by a signal.</summary>
    public const string Killed = "killed";

    /// <summary>Killed because its time was up.</summary>
    public const string TimedOut = "timed_out";

    /// <summary>Its machine ended under it; how it would have ended is not known.</summary>
    public const string Gone = "gone";
}
