using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Miosa.Mcp.Calls;

/// <summary>Forgets, now and then, the answers whose time for being asked again is over.</summary>
internal sealed partial class CallPruner(CallStore store, TimeProvider time, ILogger<CallPruner> logger) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromMinutes(30);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await store.PruneAsync(stoppingToken);
            }
            catch (Storage.StorageException exception)
            {
                LogFailed(exception);
            }
        }
    }

    [LoggerMessage(LogLevel.Warning, "Old answers could not be forgotten; it is tried again")]
    private partial void LogFailed(Exception exception);
}
