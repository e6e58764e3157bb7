using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Miosa.Mcp.Sandboxes;

/// <summary>Brings sandboxes and machine together once at start, then ends those whose time is up and puts to sleep those that nobody uses.</summary>
internal sealed partial class SandboxReaper(SandboxService sandboxes, IOptions<SandboxOptions> options, TimeProvider time, ILogger<SandboxReaper> logger) : BackgroundService
{
    private static readonly TimeSpan Rarely = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Often = TimeSpan.FromSeconds(0.5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Off the start of the host: a client waits for that.
        await Task.Yield();
        await GuardAsync(sandboxes.RecoverAsync, stoppingToken);
        // Beside the rounds, which one sandbox that takes long must not keep from all others.
        _ = GuardAsync(sandboxes.FinishMakingAsync, stoppingToken);
        using var timer = new PeriodicTimer(Every(options.Value), time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            await GuardAsync(sandboxes.EndExpiredAsync, stoppingToken);
            await GuardAsync(sandboxes.SleepIdleAsync, stoppingToken);
        }
    }

    /// <summary>Often enough for the shortest timeout there is.</summary>
    private static TimeSpan Every(SandboxOptions options)
    {
        var shortest = new[] { options.FreezeAfter, options.StopAfter }.Where(timeout => timeout > TimeSpan.Zero).DefaultIfEmpty(Rarely * 10).Min() / 10;
        return shortest < Often ? Often : shortest > Rarely ? Rarely : shortest;
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
