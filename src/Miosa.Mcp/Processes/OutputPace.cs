namespace Miosa.Mcp.Processes;

/// <summary>
/// How fast the host reads what one process writes. An ordinary command is read as it comes; one that writes without
/// end is read slowly, since its spool keeps its output anyway and the host's processors belong to everybody.
/// </summary>
internal sealed class OutputPace(TimeProvider time)
{
    private const long Burst = 128L << 20;
    private const long BytesPerSecond = 32L << 20;

    private long _debt;
    private long _since = time.GetTimestamp();

    /// <summary>How long to wait after reading this much.</summary>
    public TimeSpan After(int bytes)
    {
        var now = time.GetTimestamp();
        _debt = Math.Max(0, _debt - (long)(time.GetElapsedTime(_since, now).TotalSeconds * BytesPerSecond)) + bytes;
        _since = now;
        return _debt <= Burst ? TimeSpan.Zero : TimeSpan.FromSeconds((double)(_debt - Burst) / BytesPerSecond);
    }
}
