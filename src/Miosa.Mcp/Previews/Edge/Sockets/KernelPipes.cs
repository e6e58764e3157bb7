using System.Collections.Concurrent;

namespace Miosa.Mcp.Previews.Edge.Sockets;

/// <summary>Pipes for those who have much to pass on: so many at once, since the kernel keeps for each what a slow visitor does not take.</summary>
internal sealed class KernelPipes
{
    public const int MostAtOnce = 64;
    private const int MostSpare = 16;
    private readonly ConcurrentBag<KernelPipe> _spare = [];
    private int _rented;

    /// <summary>One that nobody else uses; null where there are none left.</summary>
    public KernelPipe? TryRent()
    {
        if (Interlocked.Increment(ref _rented) > MostAtOnce)
        {
            Interlocked.Decrement(ref _rented);
            return null;
        }
        try
        {
            return _spare.TryTake(out var pipe) ? pipe : new KernelPipe();
        }
        catch (IOException)
        {
            // The machine has no more of them; the body goes the longer way.
            Interlocked.Decrement(ref _rented);
            return null;
        }
    }

    /// <summary>Takes one back. It is used again if all has left it, and nothing <paramref name="failed"/>.</summary>
    public void Return(KernelPipe pipe, bool failed)
    {
        Interlocked.Decrement(ref _rented);
        if (!failed && pipe.Held is 0 && _spare.Count < MostSpare)
            _spare.Add(pipe);
        else
            pipe.Close();
    }
}
