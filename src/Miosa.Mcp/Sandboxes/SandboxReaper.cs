using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Miosa.Mcp.Sandboxes;

/// <summary>Brings sandboxes and machine together once at start, then ends those whose time is up.</summary>
internal sealed partial class SandboxReaper(SandboxService sandboxes, TimeProvider time, ILogger<SandboxReaper> logger) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(15);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Off the start of the host: a client waits for that.
        await Task.Yield();
        await GuardAsync(sandboxes.RecoverAsync, stoppingToken);
        using var timer = new PeriodicTimer(Every, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
            await GuardAsync(sandboxes.EndExpiredAsync, stoppingToken);
    }

    /// <summary>One failed round must not be the last.</summary>
    private async Task GuardAsync(Func<CancellationToken, Task> round, CancellationToken stoppingToken)
    {
        try
        {
            await round(stoppingToken);
        }
        catch (Exception exception) when (exception is not OperationCanceledException || !stoppingToken.IsCancellationRequested)
        {
            LogFailed(exception);
        }
    }

    [LoggerMessage(LogLevel.Error, "A round over the sandboxes failed; the next one comes")]
    private partial void LogFailed(Exception exception);
}
