using System.Collections.Concurrent;

namespace Miosa.Mcp.Previews.Edge.Sockets;

/// <summary>Pipes that are not in use, for the next who has much to pass on.</summary>
internal sealed class KernelPipes
{
    private const int Most = 16;
    private readonly ConcurrentBag<KernelPipe> _spare = [];

    public KernelPipe Rent() => _spare.TryTake(out var pipe) ? pipe : new KernelPipe();

    /// <summary>Takes one back that nobody uses any more. One that failed is closed instead.</summary>
    public void Return(KernelPipe pipe)
    {
        if (_spare.Count < Most && pipe.Held is 0)
            _spare.Add(pipe);
        else
            pipe.Close();
    }
}
