namespace Miosa.Devices.Volumes;

/// <summary>How a file system counts what a subvolume takes.</summary>
internal enum Quota
{
    /// <summary>
    /// All that it refers to, also what it shares. The kernel then follows every shared extent when a snapshot is made
    /// or deleted, and making one waits for that: with a real system in it, seconds.
    /// </summary>
    Shared,

    /// <summary>What was written in it, and nothing else: a snapshot begins at zero and costs nothing to count.</summary>
    Written,
}
