using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Miosa.Mcp.Storage;

namespace Miosa.Mcp.Approvals;

/// <summary>Closes what an earlier host left, then says of requests that their time is over, and forgets old ones.</summary>
internal sealed partial class ApprovalReaper(
    ApprovalService approvals, GrantStore grants, SpendStore spends, DeliveryStore deliveries, IOptions<ApprovalOptions> options, TimeProvider time, ILogger<ApprovalReaper> logger) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(10);
    private const int RoundsToPrune = 360;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // A host that starts has a client waiting for its first answer, and nothing here is in a hurry.
        await Task.Yield();
        await TryAsync(() => approvals.RecoverAsync(stoppingToken));
        using var timer = new PeriodicTimer(Every, time);
        for (var round = 1; await timer.WaitForNextTickAsync(stoppingToken); round++)
        {
            await TryAsync(() => approvals.ExpireAsync(stoppingToken));
            if (round % RoundsToPrune is 0)
                await PruneAsync(stoppingToken);
        }
    }

    public async Task PruneAsync(CancellationToken cancellationToken)
    {
        await TryAsync(() => approvals.PruneAsync(cancellationToken));
        await TryAsync(() => grants.PruneAsync(options.Value.Kept, cancellationToken));
        await TryAsync(() => spends.PruneAsync(cancellationToken));
        await TryAsync(() => deliveries.PruneAsync(options.Value.Kept, cancellationToken));
    }

    private async Task TryAsync(Func<Task> work)
    {
        try
        {
            await work();
        }
        catch (StorageException exception)
        {
            LogFailed(exception);
        }
    }

    [LoggerMessage(LogLevel.Warning, "Approvals could not be looked after; it is tried again")]
    private partial void LogFailed(Exception exception);
}
