using System.Net;

namespace Miosa.Mcp.Network;

/// <summary>
/// Asks this machine's resolver. It blocks a thread until it has an answer, so each question gets one of its own and
/// there is a bound to them: names that are never answered must not hold up everything else the host does.
/// </summary>
internal sealed class MachineResolver : IDisposable
{
    private const int MostAtOnce = 64;
    private readonly SemaphoreSlim _places = new(MostAtOnce);

    public async Task<IPAddress[]> ResolveAsync(string host, CancellationToken cancellationToken)
    {
        await _places.WaitAsync(cancellationToken);
        var looking = Task.Factory.StartNew(() => Dns.GetHostAddresses(host), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        // The place is free when the thread is, not when the caller has lost patience.
        _ = looking.ContinueWith(_ => _places.Release(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        return await looking.WaitAsync(cancellationToken);
    }

    public void Dispose() => _places.Dispose();
}
