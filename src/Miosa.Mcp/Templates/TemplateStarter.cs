using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Miosa.Devices;
using Miosa.Mcp.Sandboxes;

namespace Miosa.Mcp.Templates;

/// <summary>
/// Clears away what builds of an earlier host left, and builds the default template at the host's first start, so that
/// the first sandbox need not wait for it.
/// </summary>
internal sealed partial class TemplateStarter(TemplateService templates, IOptions<SandboxOptions> options, ILogger<TemplateStarter> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Off the start of the host: a client waits for that.
        await Task.Yield();
        await TryAsync(() => templates.RecoverAsync(stoppingToken));
        if (!options.Value.BuildTemplateAtStart)
            return;
        await TryAsync(() => templates.EnsureAsync("", TemplateService.Default));
        // Also where that failed: what is left over takes the room it needs.
        await TryAsync(() => templates.ClearOrphansAsync(stoppingToken));
    }

    private async Task TryAsync(Func<Task> work)
    {
        try
        {
            await work();
        }
        catch (EngineException exception)
        {
            LogFailed(exception.Message, exception.Remedy);
        }
        catch (OperationCanceledException)
        {
            // The host stops; the next start begins again.
        }
        catch (Exception exception)
        {
            // A machine that cannot hold sandboxes must not end the host: it is the one to say so.
            LogBroken(exception);
        }
    }

    [LoggerMessage(LogLevel.Warning, "The default template was not built: {Problem} {Remedy} The first sandbox tries again.")]
    private partial void LogFailed(string problem, string remedy);

    [LoggerMessage(LogLevel.Error, "Building the default template failed; the first sandbox tries again")]
    private partial void LogBroken(Exception exception);
}
