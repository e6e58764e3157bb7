using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Miosa.Devices;
using Miosa.Mcp.Calls;
using Miosa.Mcp.Sandboxes;
using Miosa.Mcp.Snapshots;

namespace Miosa.Mcp.Templates;

/// <summary>Templates that callers make: of a specification, of a sandbox, of an archive. They belong to their workspace.</summary>
internal sealed partial class TemplateMaker(
    TemplateService templates, TemplateStore store, TemplateFolders folders, CompanyTemplates companies, SandboxService sandboxes, SnapshotService snapshots, LocalEngine engine,
    BuildDevices devices, IOptions<TemplateOptions> options, TimeProvider time, ILogger<TemplateMaker> logger)
{
    /// <summary>Takes the specification under the name, in place of an earlier one, and begins to build it.</summary>
    public async Task<Template> CreateAsync(Caller caller, string name, JsonObject buildSpec, CancellationToken cancellationToken)
    {
        CheckName(name);
        TemplateSpec spec;
        try
        {
            spec = TemplateSpecs.Read(name, JsonSpec.Read("build_spec", buildSpec), mayBeDebian: false);
        }
        catch (SpecException exception)
        {
            throw TemplateFailures.BadSpec(exception);
        }
        var asked = Row(caller, spec, TemplateOrigin.Spec);
        await RequireBaseAsync(asked, cancellationToken);
        await engine.OpenAsync(cancellationToken);
        var row = await PutAsync(asked, existing => existing.Origin is TemplateOrigin.Spec, cancellationToken);
        var template = await templates.OfAsync(row, cancellationToken);
        Begin(template, () => templates.EnsureAsync(template));
        return template;
    }

    /// <summary>Keeps a sandbox as it was when the snapshot was taken, without what is secret in it.</summary>
    public async Task<Template> KeepSnapshotAsync(Caller caller, string name, string? description, string snapshotId, CancellationToken cancellationToken)
    {
        CheckName(name);
        var snapshot = await snapshots.GetReadyAsync(caller, snapshotId, cancellationToken);
        return await KeepAsync(caller, name, description, snapshot.SandboxName, snapshot.TemplateId, new LayerSource.Snapshot(snapshot.Id), cancellationToken);
    }

    /// <summary>Keeps a living sandbox as it is now, without what is secret in it.</summary>
    public async Task<Template> KeepSandboxAsync(Caller caller, string name, string? description, string sandboxId, CancellationToken cancellationToken)
    {
        CheckName(name);
        var sandbox = await sandboxes.GetAsync(caller, sandboxId, cancellationToken);
        if (sandbox.State is SandboxState.Destroyed)
            throw SandboxFailures.Destroyed(sandbox);
        await engine.OpenAsync(cancellationToken);
        if (!engine.HasDevice(sandbox.Id))
            throw SandboxFailures.NotReady(sandbox, "its machine is being made");
        var source = new LayerSource.Device(id => sandboxes.KeepAsync(sandbox.Id, id, CancellationToken.None));
        return await KeepAsync(caller, name, description, sandbox.Name, sandbox.TemplateId, source, cancellationToken);
    }

    /// <summary>Makes a system of an archive that lies in a sandbox.</summary>
    public async Task<Template> ImportAsync(Caller caller, string name, string? description, string sandboxId, string path, CancellationToken cancellationToken)
    {
        CheckName(name);
        var (sandbox, door) = await sandboxes.EnterAsync(caller, sandboxId, cancellationToken);
        await using (await ArchiveImporter.OpenAsync(door, path, options.Value.MostArchiveBytes, cancellationToken))
        {
            // Looked at before anything is made, so that a wrong path is this call's answer.
        }
        var spec = new TemplateSpec { Name = name, Base = TemplateService.Default, Description = description ?? $"Imported from {Path.GetFileName(path)}." };
        await RequireIdleAsync(caller, name, cancellationToken);
        var row = await PutAsync(Row(caller, spec, TemplateOrigin.Archive), existing => existing is { IsSpecified: false, IsWhole: false }, cancellationToken);
        var template = await templates.OfAsync(row, cancellationToken);
        Begin(template, () => templates.OnceAsync(template, async () =>
        {
            // Of what was built before, for the tools that unpack; none of it is in what comes out.
            var tools = await templates.GetAsync("", TemplateService.Default, CancellationToken.None);
            await templates.EnsureAsync(tools);
            await MakeAsync(template, new LayerSource.Layer(tools.Key), device => new ArchiveImporter(door, path, options.Value.MostArchiveBytes, templates.ProgressOf(template)).ImportAsync(device));
        }));
        return template;
    }

    /// <summary>Forgets the template and its files. Sandboxes made of it have copies of their own.</summary>
    public async Task<Template> DeleteAsync(Caller caller, string name, CancellationToken cancellationToken)
    {
        var row = await store.FindAsync(caller.WorkspaceName, name, cancellationToken);
        if (row is null or { Origin: TemplateOrigin.Company } && await companies.HasAsync(caller.WorkspaceName, name, cancellationToken))
            throw TemplateFailures.InFolder(name);
        if (row is null)
            throw folders.Find(name) is null ? TemplateFailures.Unknown(name, await templates.NamesAsync(caller.WorkspaceName, cancellationToken)) : TemplateFailures.NotYours(name);
        var template = await OfAnyAsync(row, cancellationToken);
        if (templates.IsBusy(template))
            throw TemplateFailures.Building(name);
        var users = (await store.ListAsync(caller.WorkspaceName, cancellationToken)).Where(other => other.IsSpecified && other.Spec.Base == name).Select(other => other.Name).ToList();
        if (users.Count > 0)
            throw TemplateFailures.InUse(name, users);
        await store.DeleteAsync(row.Id, cancellationToken);
        await templates.DeleteFilesAsync(template, but: null, CancellationToken.None);
        return template;
    }

    /// <summary>Waits for a build, but no longer than a client does; it goes on by itself.</summary>
    public async Task WaitAsync(Template template, TimeSpan wait, CancellationToken cancellationToken)
    {
        if (!templates.IsBusy(template) || wait <= TimeSpan.Zero)
            return;
        try
        {
            await templates.OnceAsync(template, () => Task.CompletedTask).WaitAsync(wait < options.Value.LongestWait ? wait : options.Value.LongestWait, time, cancellationToken);
        }
        catch (Exception exception) when (exception is TimeoutException or EngineException)
        {
            // The answer says how it stands.
        }
    }

    private async Task<Template> KeepAsync(Caller caller, string name, string? description, string of, string madeFrom, LayerSource source, CancellationToken cancellationToken)
    {
        var inherited = await InheritedAsync(caller.WorkspaceName, madeFrom, cancellationToken);
        await RequireIdleAsync(caller, name, cancellationToken);
        var row = await PutAsync(
            Row(caller, inherited with { Name = name, Description = description ?? $"Kept from sandbox {of}." }, TemplateOrigin.Sandbox),
            existing => existing is { IsSpecified: false, IsWhole: false }, cancellationToken);
        var template = await templates.OfAsync(row, cancellationToken);
        Begin(template, () => templates.OnceAsync(template, () => MakeAsync(template, source, SandboxKeeper.CleanAsync)));
        return template;
    }

    private async Task MakeAsync(Template template, LayerSource source, Func<BuildDevice, Task<MadeOf>> work)
    {
        await using var log = templates.OpenLog(template);
        var made = MadeOf.Nothing;
        try
        {
            await devices.RunAsync(template, source, log, async device => made = await work(device));
        }
        catch (EngineException exception)
        {
            await store.UpdateAsync(template.Row! with { Reason = $"{exception.Message} {exception.Remedy}" }, CancellationToken.None);
            throw;
        }
        var row = template.Row!;
        await store.UpdateAsync(row with { IsWhole = true, Notes = made.Notes, Spec = row.Spec with { Ports = [.. row.Spec.Ports.Concat(made.Ports).Distinct()] } }, CancellationToken.None);
    }

    /// <summary>Goes on by itself: a client that goes away does not leave half a template. What is to be built is known when this returns.</summary>
    private void Begin(Template template, Func<Task> work)
    {
        _ = GoOnAsync();

        async Task GoOnAsync()
        {
            try
            {
                await work();
            }
            catch (Exception exception) when (exception is EngineException or OperationCanceledException)
            {
                // The template's state and its event tell it.
            }
            catch (Exception exception)
            {
                LogFailed(exception, template.Name);
            }
        }
    }

    private async Task<TemplateRow> PutAsync(TemplateRow row, Func<TemplateRow, bool> mayReplace, CancellationToken cancellationToken)
    {
        if (folders.Find(row.Name) is { } named)
            throw TemplateFailures.NameTaken(row.Name, named.Origin);
        if (await companies.HasAsync(row.Workspace, row.Name, cancellationToken))
            throw TemplateFailures.NameTaken(row.Name, TemplateOrigin.Company);
        var stored = await store.PutAsync(row, options.Value.Most, mayReplace, cancellationToken);
        return stored.CreatedAt == row.CreatedAt && stored.Origin == row.Origin ? stored : throw TemplateFailures.NameTaken(stored.Name, stored.Origin);
    }

    /// <summary>One that is being made of something else would be taken for what is asked for now.</summary>
    private async Task RequireIdleAsync(Caller caller, string name, CancellationToken cancellationToken)
    {
        if (await store.FindAsync(caller.WorkspaceName, name, cancellationToken) is { } row && templates.IsBusy(await OfAnyAsync(row, cancellationToken)))
            throw TemplateFailures.Building(name);
    }

    /// <summary>Before it takes the place of an earlier one, which would be lost for one that can never be built.</summary>
    private async Task RequireBaseAsync(TemplateRow row, CancellationToken cancellationToken)
    {
        for (var part = (await templates.OfAsync(row, cancellationToken)).Base; part is not null; part = part.Base)
        {
            if (part.Row?.Name == row.Name)
                throw TemplateFailures.Unusable(row.Name, $"its base `{row.Spec.Base}` is built on it.");
        }
    }

    private TemplateRow Row(Caller caller, TemplateSpec spec, TemplateOrigin origin) => new()
    {
        Id = Ids.New(TemplateService.RowPrefix, time),
        Workspace = caller.WorkspaceName,
        Principal = caller.Principal,
        Origin = origin,
        Spec = spec,
        CreatedAt = time.GetUtcNow(),
    };

    /// <summary>What the sandbox got of its own template, and those made of it get too.</summary>
    private async Task<TemplateSpec> InheritedAsync(string workspace, string madeFrom, CancellationToken cancellationToken)
    {
        var bare = new TemplateSpec { Name = madeFrom, Base = TemplateService.Default };
        try
        {
            var source = await templates.GetAsync(workspace, madeFrom, cancellationToken);
            return bare with { Services = source.Spec.Services, Ports = source.Spec.Ports, Egress = source.Spec.Egress, Size = source.Spec.Size };
        }
        catch (ToolFailureException)
        {
            // Its template is gone; what was made from it is not.
            return bare;
        }
    }

    /// <summary>Also of one whose base is gone, which can be deleted all the same.</summary>
    private async Task<Template> OfAnyAsync(TemplateRow row, CancellationToken cancellationToken)
    {
        try
        {
            return await templates.OfAsync(row, cancellationToken);
        }
        catch (ToolFailureException)
        {
            return new Template { Spec = row.Spec, Origin = row.Origin, Row = row };
        }
    }

    private static void CheckName(string name)
    {
        if (!TemplateSpecs.IsName(name))
            throw TemplateFailures.BadName(name);
    }

    [LoggerMessage(LogLevel.Error, "Making template {Name} failed")]
    private partial void LogFailed(Exception exception, string name);
}

/// <summary>What is to be known of a template that was kept or imported.</summary>
internal sealed record MadeOf(IReadOnlyList<string> Notes, IReadOnlyList<int> Ports)
{
    public static MadeOf Nothing { get; } = new([], []);
}
