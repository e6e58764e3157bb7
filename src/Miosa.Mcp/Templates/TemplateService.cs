using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Miosa.Devices;
using Miosa.Devices.Templates;
using Miosa.Mcp.Calls;
using Miosa.Mcp.Events;
using Miosa.Mcp.Hosting;
using Miosa.Mcp.Workspaces.Folders;

namespace Miosa.Mcp.Templates;

/// <summary>
/// What sandboxes are made from: which templates a workspace has, and that each is built once, however many callers want
/// it, on whatever it is a layer on.
/// </summary>
internal sealed partial class TemplateService(
    LocalEngine engine, TemplateFolders folders, CompanyTemplates companies, TemplateStore store, BuildDevices devices, BuildLogs logs, MiosaHome home, Journal journal,
    IOptions<TemplateOptions> options, IHostApplicationLifetime lifetime, TimeProvider time, ILogger<TemplateService> logger)
{
    /// <summary>The template of a sandbox for which none is asked.</summary>
    public const string Default = "miosa-sandbox";

    /// <summary>How the ids of callers' templates begin, which no name of a template does.</summary>
    public const string RowPrefix = "tpl";

    private const int Deepest = 8;

    private readonly ConcurrentDictionary<string, Lazy<Task>> _builds = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, TemplateProgress> _progress = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, string> _failures = new(StringComparer.Ordinal);

    /// <summary>Told of each step of a build.</summary>
    public event Action<string, TemplateProgress>? Progressed;

    /// <summary>Told when a build has ended, and of one that failed why.</summary>
    public event Action<string, string?>? Ended;

    /// <summary>The template that a name stands for in a workspace.</summary>
    public async Task<Template> GetAsync(string workspace, string name, CancellationToken cancellationToken) =>
        await FindAsync(workspace, name, 0, cancellationToken) ?? throw TemplateFailures.Unknown(name, await NamesAsync(workspace, cancellationToken));

    /// <summary>What there is, by name; what is not right comes without a template, with what is wrong.</summary>
    public async Task<IReadOnlyList<ListedTemplate>> ListAsync(string workspace, CancellationToken cancellationToken)
    {
        List<ListedTemplate> all = [];
        foreach (var name in await NamesAsync(workspace, cancellationToken))
        {
            try
            {
                if (await FindAsync(workspace, name, 0, cancellationToken) is { } template)
                    all.Add(new ListedTemplate(name, template.Origin, template, null));
            }
            catch (ToolFailureException exception)
            {
                var origin = (await store.FindAsync(workspace, name, cancellationToken))?.Origin ?? folders.Find(name)?.Origin ?? TemplateOrigin.Company;
                all.Add(new ListedTemplate(name, origin, null, exception.Message));
            }
        }
        foreach (var name in await companies.NamesAsync(workspace, cancellationToken))
        {
            // A folder that nobody takes says so where somebody looks for it.
            if (all.Find(listed => listed.Name == name && listed.Origin is not TemplateOrigin.Company) is { } first)
                all.Add(new ListedTemplate($"{MirrorRules.TemplateRoot}{name}", TemplateOrigin.Company, null, $"`{name}` is already the name of another template ({first.Origin.ToString().ToLowerInvariant()}), which comes first. Give the folder another name."));
        }
        return [.. all.OrderBy(listed => listed.Name, StringComparer.Ordinal)];
    }

    /// <summary>How it stands, and why.</summary>
    public (TemplateState State, string? Reason) StateOf(Template template)
    {
        // One that waits for its base is being built too.
        for (var part = template; part is not null; part = part.Base)
        {
            if (_progress.TryGetValue(part.Key, out var progress) && _builds.ContainsKey(template.Key))
                return (TemplateState.Building, $"step {progress.Step} of {progress.Steps}: {progress.Text}");
        }
        if (_builds.ContainsKey(template.Key))
            return (TemplateState.Building, "it waits for its turn");
        if (Has(template))
            return (TemplateState.Built, null);
        return _failures.TryGetValue(template.Key, out var reason) || (reason = template.Row?.Reason) is not null ? (TemplateState.Failed, reason) : (TemplateState.NotBuilt, null);
    }

    /// <summary>What is being done for the template now, in words; null when nothing is.</summary>
    public async Task<string?> DoingAsync(string workspace, string name, CancellationToken cancellationToken) =>
        await FindAsync(workspace, name, 0, cancellationToken) is { } template && StateOf(template) is (TemplateState.Building, var step)
            ? $"its template {name} is being built, {step}"
            : null;

    /// <summary>What the template takes on disk beyond its base.</summary>
    public async Task<long?> BytesOfAsync(Template template, CancellationToken cancellationToken) =>
        Has(template) && template.Base?.Key != template.Key ? await engine.TemplateBytesAsync(template.Key, cancellationToken) : null;

    /// <summary>Whether it can be used now. Prepares the machine for the answer.</summary>
    public async Task<bool> IsBuiltAsync(Template template, CancellationToken cancellationToken)
    {
        await engine.OpenAsync(cancellationToken);
        return Has(template);
    }

    /// <summary>Has the template, built if it was not, and gives the key of its files.</summary>
    /// <exception cref="EngineException">It could not be built.</exception>
    public async Task<string> EnsureAsync(string workspace, string name)
    {
        Template? template;
        try
        {
            template = await FindAsync(workspace, name, 0, CancellationToken.None);
        }
        catch (ToolFailureException exception)
        {
            throw new EngineException(exception.Message, exception.NextStep, exception);
        }
        if (template is null)
            throw new EngineException($"The template `{name}` is no more.", "Destroy this sandbox and create it from another one.");
        await EnsureAsync(template);
        return template.Key;
    }

    public async Task EnsureAsync(Template template)
    {
        await engine.OpenAsync(lifetime.ApplicationStopping);
        if (Has(template))
            return;
        if (template.Base is null && template.Recipe is null)
            throw new EngineException($"The template `{template.Name}` is not whole. {template.Row?.Reason}", "Delete it with sandbox_template_delete and make it again.");
        if (template.Key == template.Base?.Key)
            await EnsureAsync(template.Base);
        else
            await OnceAsync(template, () => BuildAsync(template));
    }

    /// <summary>Runs a build of the template, or joins the one that runs.</summary>
    public async Task OnceAsync(Template template, Func<Task> work)
    {
        var build = _builds.GetOrAdd(template.Key, _ => new Lazy<Task>(() => ObserveAsync(template, work)));
        try
        {
            await build.Value;
        }
        finally
        {
            // A build that failed may be tried again; one that did not is found on the disk.
            _builds.TryRemove(KeyValuePair.Create(template.Key, build));
        }
    }

    public bool IsBusy(Template template) => _builds.ContainsKey(template.Key);

    public IProgress<TemplateProgress> ProgressOf(Template template) => new Reporter(progress => Report(template, progress));

    /// <summary>The log of a build of the template: the end of the last one is kept.</summary>
    public BuildLog OpenLog(Template template) =>
        logs.Open(template, text => AppendAsync(template, "sandbox.template.progress", new { template_id = template.Name, log = text }));

    /// <summary>Clears away what builds of a host that was killed left, and builds again what a caller waits for.</summary>
    public async Task RecoverAsync(CancellationToken cancellationToken)
    {
        foreach (var (deviceId, row) in await store.BuildsAsync(cancellationToken))
        {
            await devices.ClearAsync(deviceId);
            if (row is { IsSpecified: true })
                _ = TryAgainAsync(row);
            else if (row is { IsWhole: false })
                await store.UpdateAsync(row with { Reason = "The host ended while it was made." }, cancellationToken);
        }
    }

    /// <summary>Removes what a host that ended between two steps left on the disk: files of templates and builds that nobody knows of.</summary>
    public async Task ClearOrphansAsync(CancellationToken cancellationToken)
    {
        // One disk for several homes holds what is others' too.
        if (!home.OwnsEngine)
            return;
        await engine.OpenAsync(cancellationToken);
        // The disk first: whatever is on it has had its row before.
        var layers = engine.FindLayers().Where(key => key.StartsWith($"{RowPrefix}_", StringComparison.Ordinal)).ToList();
        var left = engine.FindLeftovers().Where(id => id.StartsWith($"{BuildDevices.IdPrefix}_", StringComparison.Ordinal)).ToList();
        var rows = await store.IdsAsync(cancellationToken);
        foreach (var key in layers.Where(key => !rows.Contains(key.Split('.')[0])))
            await engine.DeleteLayerAsync(key, cancellationToken);
        foreach (var id in left.Except((await store.BuildsAsync(cancellationToken)).Select(build => build.DeviceId), StringComparer.Ordinal))
            await devices.ClearAsync(id);
    }

    /// <summary>Removes files that no template has any more.</summary>
    public async Task DeleteFilesAsync(Template template, string? but, CancellationToken cancellationToken)
    {
        await engine.OpenAsync(cancellationToken);
        foreach (var key in engine.FindLayers().Where(key => template.Owns(key) && key != but))
            await engine.DeleteLayerAsync(key, cancellationToken);
        _failures.TryRemove(template.Key, out _);
    }

    public async Task<IReadOnlyList<string>> NamesAsync(string workspace, CancellationToken cancellationToken) =>
        [
            .. folders.Names().Concat((await store.ListAsync(workspace, cancellationToken)).Select(row => row.Name)).Concat(await companies.NamesAsync(workspace, cancellationToken))
                .Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal),
        ];

    /// <summary>The template of a row, with what it is built on.</summary>
    public async Task<Template> OfAsync(TemplateRow row, CancellationToken cancellationToken) => await OfAsync(row, 0, cancellationToken);

    /// <summary>A caller's own comes first: a host that gets another one of the name later takes nothing away.</summary>
    private async Task<Template?> FindAsync(string workspace, string name, int depth, CancellationToken cancellationToken)
    {
        if (depth > Deepest)
            throw TemplateFailures.TooDeep(name, Deepest);
        // The host itself has no workspace, and stands on nothing that a caller made.
        if (workspace.Length > 0 && await RowAsync(workspace, name, cancellationToken) is { } row)
            return await OfAsync(row, depth, cancellationToken);
        if (folders.Find(name) is not { } named)
            return null;
        if (named.Spec is not { } spec)
            throw TemplateFailures.Unusable(name, named.Problem!);
        // Templates of folders stand on each other, never on what a caller made.
        return new Template { Spec = spec, Origin = named.Origin, Base = spec.IsDebian ? null : await BaseAsync("", spec, depth, cancellationToken) };
    }

    /// <summary>The row of a workspace's own template. One in the company's folder gets a row as it is found, and loses it as it is found no more.</summary>
    private async Task<TemplateRow?> RowAsync(string workspace, string name, CancellationToken cancellationToken)
    {
        var row = await store.FindAsync(workspace, name, cancellationToken);
        if (row is { Origin: not TemplateOrigin.Company })
            return row;
        // The host's own come first: what sandboxes start as by default is not for those to change who work in them.
        if (folders.Find(name) is not null || await companies.FindAsync(workspace, name, cancellationToken) is not { } named)
        {
            if (row is not null && !_builds.Keys.Any(new Template { Spec = row.Spec, Origin = row.Origin, Row = row }.Owns))
                await ForgetAsync(row, cancellationToken);
            return null;
        }
        if (named.Spec is not { } spec)
            throw TemplateFailures.Unusable(name, named.Problem!);
        if (row is not null && TemplateStore.IsSame(row.Spec, spec))
            return row;
        var asked = new TemplateRow
        {
            Id = Ids.New(RowPrefix, time),
            Workspace = workspace,
            Principal = "",
            Origin = TemplateOrigin.Company,
            Spec = spec,
            CreatedAt = time.GetUtcNow(),
        };
        return await store.PutAsync(asked, options.Value.Most, existing => existing.Origin is TemplateOrigin.Company, cancellationToken);
    }

    private async Task ForgetAsync(TemplateRow row, CancellationToken cancellationToken)
    {
        await store.DeleteAsync(row.Id, cancellationToken);
        await DeleteFilesAsync(new Template { Spec = row.Spec, Origin = row.Origin, Row = row }, but: null, CancellationToken.None);
    }

    private async Task<Template> OfAsync(TemplateRow row, int depth, CancellationToken cancellationToken) => new()
    {
        Spec = row.Spec,
        Origin = row.Origin,
        Row = row,
        Base = row.IsSpecified ? await BaseAsync(row.Workspace, row.Spec, depth, cancellationToken) : null,
    };

    private async Task<Template> BaseAsync(string workspace, TemplateSpec spec, int depth, CancellationToken cancellationToken) =>
        await FindAsync(workspace, spec.Base, depth + 1, cancellationToken)
        ?? throw TemplateFailures.Unusable(spec.Name, $"there is no template `{spec.Base}`, on which it is built.");

    private bool Has(Template template) => template.Recipe is { } recipe
        ? engine.HasTemplate(recipe)
        : engine.HasLayer(template.Key) || (template.Key == template.Base?.Key && Has(template.Base));

    private async Task BuildAsync(Template template)
    {
        if (template.Recipe is { } recipe)
        {
            await engine.BuildTemplateAsync(recipe, ProgressOf(template), lifetime.ApplicationStopping);
            return;
        }
        await EnsureAsync(template.Base!);
        await using var log = OpenLog(template);
        await devices.RunAsync(template, new LayerSource.Layer(template.Base!.Key), log, new LayerBuilder(template.Spec, ProgressOf(template)).BuildAsync);
        // What was made from an older one keeps its own copy.
        await DeleteFilesAsync(template, but: template.Key, CancellationToken.None);
    }

    private async Task ObserveAsync(Template template, Func<Task> work)
    {
        var started = time.GetTimestamp();
        LogBuilding(template.Name);
        await AppendAsync(template, "sandbox.template.building", new { template_id = template.Name, @base = template.Base?.Name });
        try
        {
            await work();
        }
        catch (EngineException exception)
        {
            await FailedAsync(template, exception.Message, exception.Remedy);
            throw;
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            LogFailed(exception, template.Name);
            await FailedAsync(template, "The host failed while it was made; its log says how.", "Try again, and look at the host's log.");
            throw;
        }
        finally
        {
            _progress.TryRemove(template.Key, out _);
        }
        _failures.TryRemove(template.Key, out _);
        LogBuilt(template.Name);
        Ended?.Invoke(template.Name, null);
        var duration = (long)time.GetElapsedTime(started).TotalMilliseconds;
        await AppendAsync(template, "sandbox.template.ready", new { template_id = template.Name, bytes = await engine.TemplateBytesAsync(template.Key, CancellationToken.None), duration_ms = duration });
    }

    private async Task FailedAsync(Template template, string reason, string remedy)
    {
        _failures[template.Key] = $"{reason} {remedy}";
        Ended?.Invoke(template.Name, _failures[template.Key]);
        await AppendAsync(template, "sandbox.template.failed", new { template_id = template.Name, reason, remedy });
    }

    private async Task TryAgainAsync(TemplateRow row)
    {
        try
        {
            await EnsureAsync(row.Workspace, row.Name);
        }
        catch (Exception exception) when (exception is EngineException or OperationCanceledException or ToolFailureException)
        {
            // It is told where the template is, and by its event.
        }
        catch (Exception exception)
        {
            LogFailed(exception, row.Name);
        }
    }

    private void Report(Template template, TemplateProgress progress)
    {
        _progress[template.Key] = progress;
        Progressed?.Invoke(template.Name, progress);
        _ = AppendAsync(template, "sandbox.template.progress", new { template_id = template.Name, step = progress.Step, steps = progress.Steps, text = progress.Text });
    }

    private Task AppendAsync(Template template, string type, object data) =>
        journal.AppendAsync(new JournalEvent(type) { Workspace = template.Row?.Workspace, Principal = template.Row?.Principal, Data = data }, CancellationToken.None);

    [LoggerMessage(LogLevel.Information, "Building template {Name}")]
    private partial void LogBuilding(string name);

    [LoggerMessage(LogLevel.Information, "Template {Name} is ready")]
    private partial void LogBuilt(string name);

    [LoggerMessage(LogLevel.Error, "Making template {Name} failed")]
    private partial void LogFailed(Exception exception, string name);

    /// <summary>Progress told at once; <see cref="Progress{T}"/> would post it to the pool and lose the order.</summary>
    private sealed class Reporter(Action<TemplateProgress> report) : IProgress<TemplateProgress>
    {
        public void Report(TemplateProgress value) => report(value);
    }
}

/// <summary>A template as a list shows it: the template, or what is wrong with it.</summary>
internal sealed record ListedTemplate(string Name, TemplateOrigin Origin, Template? Template, string? Problem);
