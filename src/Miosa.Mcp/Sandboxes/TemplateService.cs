using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Miosa.Devices;
using Miosa.Devices.Templates;
using Miosa.Mcp.Events;

namespace Miosa.Mcp.Sandboxes;

/// <summary>Builds templates once, however many callers want them, and tells how far that is.</summary>
internal sealed partial class TemplateService(LocalEngine engine, Journal journal, IHostApplicationLifetime lifetime, ILogger<TemplateService> logger)
{
    private readonly ConcurrentDictionary<string, Lazy<Task>> _builds = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, TemplateProgress> _progress = new(StringComparer.Ordinal);

    /// <summary>Told of each step of a build.</summary>
    public event Action<string, TemplateProgress>? Progressed;

    /// <summary>What is being done for the template now, in words; null when nothing is.</summary>
    public string? Doing(string name) =>
        _progress.TryGetValue(name, out var progress) ? $"its template {name} is being built, step {progress.Step} of {progress.Steps}: {progress.Text}" : null;

    /// <summary>Has the template, built if it was not.</summary>
    public async Task EnsureAsync(string name)
    {
        await engine.OpenAsync(lifetime.ApplicationStopping);
        if (engine.HasTemplate(name))
            return;
        var build = _builds.GetOrAdd(name, key => new Lazy<Task>(() => BuildAsync(key)));
        try
        {
            await build.Value;
        }
        finally
        {
            // A build that failed may be tried again; one that did not is found on the disk.
            _builds.TryRemove(KeyValuePair.Create(name, build));
        }
    }

    private async Task BuildAsync(string name)
    {
        LogBuilding(name);
        await AppendAsync("sandbox.template.building", new { template_id = name });
        try
        {
            await engine.BuildTemplateAsync(name, new Reporter(progress => Report(name, progress)), lifetime.ApplicationStopping);
        }
        catch (EngineException exception)
        {
            await AppendAsync("sandbox.template.failed", new { template_id = name, reason = exception.Message, remedy = exception.Remedy });
            throw;
        }
        finally
        {
            _progress.TryRemove(name, out _);
        }
        LogBuilt(name);
        await AppendAsync("sandbox.template.ready", new { template_id = name });
    }

    private void Report(string name, TemplateProgress progress)
    {
        _progress[name] = progress;
        Progressed?.Invoke(name, progress);
    }

    private Task AppendAsync(string type, object data) => journal.AppendAsync(new JournalEvent(type) { Data = data }, CancellationToken.None);

    [LoggerMessage(LogLevel.Information, "Building template {Name}")]
    private partial void LogBuilding(string name);

    [LoggerMessage(LogLevel.Information, "Template {Name} is ready")]
    private partial void LogBuilt(string name);

    /// <summary>Progress told at once; <see cref="Progress{T}"/> would post it to the pool and lose the order.</summary>
    private sealed class Reporter(Action<TemplateProgress> report) : IProgress<TemplateProgress>
    {
        public void Report(TemplateProgress value) => report(value);
    }
}
