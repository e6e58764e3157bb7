using Miosa.Devices.Doors;
using Miosa.Mcp.Events;

namespace Miosa.Mcp.Files;

/// <summary>
/// How fast one sandbox may fill the journal with changes to its files: at once what ordinary work makes, then
/// slowly. The journal is kept for good, and a program that writes in a circle must not fill the machine's disk.
/// </summary>
internal sealed class ChangeBudget(TimeProvider time)
{
    private const int Most = 1 << 20;
    private const int PerSecond = 1024;
    private const int Frame = 300;
    private double _left = Most;
    private long _at = time.GetTimestamp();

    /// <summary>
    /// How long to wait before reading on, now that this was stored. What happens meanwhile the sandbox keeps as far
    /// as it can, and beyond that says that it lost some; so nothing is missed in silence.
    /// </summary>
    public TimeSpan Take(FileChanges stored)
    {
        var now = time.GetTimestamp();
        _left = Math.Min(Most, _left + (time.GetElapsedTime(_at, now).TotalSeconds * PerSecond));
        _at = now;
        _left -= Math.Min(EventData.MostCharacters, Frame + stored.Changes.Sum(change => change.Path.Length + (change.OldPath?.Length ?? 0)));
        return _left >= 0 ? TimeSpan.Zero : TimeSpan.FromSeconds(-_left / PerSecond);
    }
}
