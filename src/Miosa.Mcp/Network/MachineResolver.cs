using System.Net;

namespace Miosa.Mcp.Network;

/// <summary>
/// Asks this machine's resolver. It blocks a thread until it has an answer, so each question gets one of its own and
/// there is a bound to them: names that are never answered must not hold up everything else the host does, nor what
/// others ask.
/// </summary>
internal sealed class MachineResolver(LookupPlaces places, Func<string, IPAddress[]> lookUp)
{
    public async Task<IPAddress[]> ResolveAsync(Asker asker, string host, CancellationToken cancellationToken)
    {
        await places.TakeAsync(asker, cancellationToken);
        var looking = Task.Factory.StartNew(() => lookUp(host), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        // The place is free when the thread is, not when the caller has lost patience.
        _ = looking.ContinueWith(_ => places.Return(asker), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        return await looking.WaitAsync(cancellationToken);
    }
}
