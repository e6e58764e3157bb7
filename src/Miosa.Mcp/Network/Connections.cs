namespace Miosa.Mcp.Network;

/// <summary>Counts the connections of all sandboxes, so that together they do not take all this process has.</summary>
internal sealed class Connections
{
    public const int Most = 4096;
    private int _open;

    public bool TryTake()
    {
        if (Interlocked.Increment(ref _open) <= Most)
            return true;
        Interlocked.Decrement(ref _open);
        return false;
    }

    public void Return() => Interlocked.Decrement(ref _open);
}
