using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Miosa.Mcp.Snapshots;

/// <summary>Runs the retention: once at the start of the host, then every minute.</summary>
internal sealed partial class SnapshotRounds(SnapshotRetention retention, TimeProvider time, ILogger<SnapshotRounds> logger) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromMinutes(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Off the start of the host: a client waits for that.
        await Task.Yield();
        var isRecovered = false;
        using var timer = new PeriodicTimer(Every, time);
        do
        {
            try
            {
                // A machine that could not hold sandboxes may have been mended since.
                if (!isRecovered)
                    await retention.RecoverAsync(stoppingToken);
                isRecovered = true;
                await retention.PruneAsync(sandboxId: null, stoppingToken);
                await retention.MakeRoomAsync(stoppingToken);
            }
            catch (Exception exception) when (exception is not OperationCanceledException || !stoppingToken.IsCancellationRequested)
            {
                LogFailed(exception);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    [LoggerMessage(LogLevel.Error, "A round over the snapshots failed; the next one comes")]
    private partial void LogFailed(Exception exception);
}
