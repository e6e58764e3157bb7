using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Miosa.Mcp.Sandboxes;

namespace Miosa.Mcp.Services;

/// <summary>Has one runner for each service that is to run, whenever its sandbox begins to run, and never two.</summary>
internal sealed partial class ServiceSupervisor : IHostedService
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);
    private readonly Lock _lock = new();
    private readonly Dictionary<string, ServiceRunner> _runners = new(StringComparer.Ordinal);
    private readonly IServiceProvider _services;
    private readonly ServiceStore _store;
    private readonly CancellationToken _stoppingToken;
    private readonly ILogger<ServiceSupervisor> _logger;

    // Here and not at the start, so that no sandbox is found before there is somebody to be told.
    public ServiceSupervisor(SandboxService sandboxes, ServiceStore store, ServiceCopies copies, IServiceProvider services, IHostApplicationLifetime lifetime, ILogger<ServiceSupervisor> logger)
    {
        (_store, _services, _stoppingToken, _logger) = (store, services, lifetime.ApplicationStopping, logger);
        sandboxes.Forked += copies.CopyAsync;
        sandboxes.Started += sandbox => _ = StartWantedAsync(sandbox);
        sandboxes.Ended += sandbox => _ = sandbox.State is SandboxState.Destroyed ? ForgetAsync(sandbox.Id) : Task.CompletedTask;
        // Awaited, so that they are there when it starts.
        sandboxes.MadeFrom += (sandbox, template) => services.GetRequiredService<ServiceService>().DeclareAsync(sandbox, template.Services, CancellationToken.None);
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Has the service run; one that does is left as it is.</summary>
    public void Start(string id, SandboxRow sandbox)
    {
        lock (_lock)
        {
            if (_runners.TryGetValue(id, out var present))
            {
                present.IsAskedAgain = true;
                present.Hurry();
                return;
            }
            var runner = ActivatorUtilities.CreateInstance<ServiceRunner>(_services, id, sandbox);
            _runners[id] = runner;
            _ = Task.Run(() => RunAsync(id, runner), CancellationToken.None);
        }
    }

    /// <summary>Ends the service's process, and returns when that is done.</summary>
    public async Task StopAsync(string id, CancellationToken cancellationToken)
    {
        ServiceRunner? runner;
        lock (_lock)
        {
            if (!_runners.TryGetValue(id, out runner))
                return;
            runner.Stop();
        }
        await runner.Left.WaitAsync(cancellationToken);
    }

    private async Task StartWantedAsync(SandboxRow sandbox)
    {
        try
        {
            foreach (var row in await _store.ListAsync(sandbox.Id, _stoppingToken))
            {
                // One that is not wanted and has not stopped was being stopped when the host ended.
                if (row.IsWanted || row.State is not (ServiceState.Stopped or ServiceState.Error))
                    Start(row.Id, sandbox);
            }
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            LogFailed(exception, sandbox.Id);
        }
    }

    private async Task ForgetAsync(string id)
    {
        try
        {
            await _store.ForgetDestroyedAsync(CancellationToken.None);
        }
        catch (Exception exception)
        {
            // The next one that is destroyed takes this one along.
            LogFailed(exception, id);
        }
    }

    private async Task RunAsync(string id, ServiceRunner runner)
    {
        do
        {
            var pause = FirstPause;
            // What is wanted is not left alone because the database was busy for once. One that was told to stop meanwhile still does.
            while (!await TryRunAsync(id, runner) && !runner.IsStopping && !_stoppingToken.IsCancellationRequested)
            {
                await runner.PauseAsync(pause, _stoppingToken);
                pause = pause * 2 > LongestPause ? LongestPause : pause * 2;
            }
        }
        while (!HasLeft(id, runner));
        runner.Leave();
        runner.Dispose();
    }

    private async Task<bool> TryRunAsync(string id, ServiceRunner runner)
    {
        try
        {
            await runner.RunAsync(_stoppingToken);
            return true;
        }
        catch (OperationCanceledException) when (_stoppingToken.IsCancellationRequested)
        {
            // The host stops; the service does not.
            return true;
        }
        catch (Exception exception)
        {
            LogFailed(exception, id);
            return false;
        }
    }

    /// <summary>Asked for while it was about to leave, it stays; else a start of its sandbox could go unheard.</summary>
    private bool HasLeft(string id, ServiceRunner runner)
    {
        lock (_lock)
        {
            if (runner.IsAskedAgain && !runner.IsStopping && !_stoppingToken.IsCancellationRequested)
            {
                runner.IsAskedAgain = false;
                return false;
            }
            _runners.Remove(id);
            return true;
        }
    }

    [LoggerMessage(LogLevel.Error, "Services of {Id} could not be looked after")]
    private partial void LogFailed(Exception exception, string id);
}
