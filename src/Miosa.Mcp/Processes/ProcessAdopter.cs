using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Miosa.Devices;
using Miosa.Mcp.Sandboxes;

namespace Miosa.Mcp.Processes;

/// <summary>Follows on with the processes of every sandbox that is found running or started again.</summary>
internal sealed partial class ProcessAdopter : IHostedService
{
    private readonly ProcessService _processes;
    private readonly LocalEngine _engine;
    private readonly IHostApplicationLifetime _lifetime;
    private readonly ILogger<ProcessAdopter> _logger;

    // Here and not at the start, so that no sandbox is found before there is somebody to be told.
    public ProcessAdopter(SandboxService sandboxes, ProcessService processes, LocalEngine engine, IHostApplicationLifetime lifetime, ILogger<ProcessAdopter> logger)
    {
        (_processes, _engine, _lifetime, _logger) = (processes, engine, lifetime, logger);
        sandboxes.Started += sandbox => _ = AdoptAsync(sandbox);
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task AdoptAsync(SandboxRow sandbox)
    {
        try
        {
            await _processes.AdoptAsync(sandbox, _engine.Door(sandbox.Id), _lifetime.ApplicationStopping);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            LogFailed(exception, sandbox.Id);
        }
    }

    [LoggerMessage(LogLevel.Error, "The processes of {Id} could not be followed")]
    private partial void LogFailed(Exception exception, string id);
}
