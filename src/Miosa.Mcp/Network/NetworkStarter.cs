using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Miosa.Mcp.Sandboxes;

namespace Miosa.Mcp.Network;

/// <summary>Opens the way out of every sandbox that begins to run or is found running, and closes it after its end.</summary>
internal sealed partial class NetworkStarter : IHostedService
{
    private readonly NetworkService _network;
    private readonly ILogger<NetworkStarter> _logger;

    // Here and not at the start, so that no sandbox is found before there is somebody to be told.
    public NetworkStarter(SandboxService sandboxes, NetworkService network, ILogger<NetworkStarter> logger)
    {
        (_network, _logger) = (network, logger);
        sandboxes.Started += sandbox => _ = GuardAsync(sandbox.Id, () => network.EnsureAsync(sandbox, CancellationToken.None));
        sandboxes.Ended += sandbox => _ = GuardAsync(sandbox.Id, () => network.EndAsync(sandbox.Id, isGone: sandbox.State is SandboxState.Destroyed));
        // Awaited, so that a fork does not run before it has the policy of what it was made from.
        sandboxes.Forked += (source, fork) => network.CopyAsync(source, fork, CancellationToken.None);
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>The last decisions go into the journal while it is there.</summary>
    public Task StopAsync(CancellationToken cancellationToken) => _network.DisposeAsync().AsTask();

    private async Task GuardAsync(string id, Func<Task> work)
    {
        try
        {
            await work();
        }
        catch (Exception exception)
        {
            LogFailed(exception, id);
        }
    }

    [LoggerMessage(LogLevel.Error, "The way out of {Id} could not be opened or closed; the next command tries again")]
    private partial void LogFailed(Exception exception, string id);
}
