namespace Miosa.Mcp.Network;

/// <summary>Counts the connections of all sandboxes, so that together they do not take all this process has.</summary>
internal sealed class Connections
{
    public const int Most = 4096;

    /// <summary>What each sandbox gets in any case: a few that take all they can must not keep the others in.</summary>
    public const int Assured = 16;

    private int _open;

    /// <param name="own">How many the sandbox has, this one among them.</param>
    public bool TryTake(int own)
    {
        if (Interlocked.Increment(ref _open) <= Most || own <= Assured)
            return true;
        Interlocked.Decrement(ref _open);
        return false;
    }

    public void Return() => Interlocked.Decrement(ref _open);
}
