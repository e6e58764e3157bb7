using System.Text.RegularExpressions;
using Miosa.Devices.Doors;
using Miosa.Mcp.Calls;
using Miosa.Mcp.Events;
using Miosa.Mcp.Processes;
using Miosa.Mcp.Sandboxes;
using Miosa.Mcp.Templates;

namespace Miosa.Mcp.Services;

/// <summary>The rules of services: commands that belong to a sandbox and run whenever it does.</summary>
internal sealed partial class ServiceService(
    SandboxService sandboxes, ServiceStore store, ServiceSupervisor supervisor, ProcessService processes, Journal journal, TimeProvider time)
{
    private const int LongestPath = 500;
    private const int LogBytes = 64 * 1024;
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);

    /// <summary>The service of that name, or a new one that is started; answers when it works or the caller has waited long enough.</summary>
    public async Task<(ServiceRow Row, SandboxRow Sandbox)> CreateAsync(Caller caller, string sandboxId, string name, ServiceSpec spec, TimeSpan wait, CancellationToken cancellationToken)
    {
        if (!Name().IsMatch(name))
            throw ServiceFailures.BadName(name);
        if (spec.HealthPath is { } path && (spec.Port is null || path.Length > LongestPath || !Path().IsMatch(path)))
            throw ServiceFailures.BadPath(path);
        foreach (var (variable, value) in spec.Env)
            SandboxRequests.CheckVariable(variable, value);
        var sandbox = await sandboxes.GetAsync(caller, sandboxId, cancellationToken);
        using var use = await sandboxes.UseAsync(sandbox, cancellationToken);
        var row = new ServiceRow
        {
            Id = Ids.New("svc", time),
            SandboxId = sandbox.Id,
            Workspace = sandbox.Workspace,
            Principal = caller.Principal,
            Name = name,
            Spec = spec,
            IsWanted = true,
            State = ServiceState.Starting,
            CreatedAt = time.GetUtcNow(),
        };
        var (stored, created) = await store.GetOrAddAsync(row, ServiceStore.MostInSandbox, cancellationToken);
        if (!created && !stored.Spec.IsSameAs(spec))
            throw ServiceFailures.Taken(stored);
        if (created)
            await AppendAsync("service.created", stored);
        return await StartAsync(caller, stored, wait, cancellationToken);
    }

    public async Task<(IReadOnlyList<ServiceRow> Rows, SandboxRow Sandbox)> ListAsync(Caller caller, string sandboxId, CancellationToken cancellationToken)
    {
        var sandbox = await sandboxes.GetAsync(caller, sandboxId, cancellationToken);
        return sandbox.State is SandboxState.Destroyed ? throw SandboxFailures.Destroyed(sandbox) : (await store.ListAsync(sandbox.Id, cancellationToken), sandbox);
    }

    public async Task<(ServiceRow Row, SandboxRow Sandbox)> StartAsync(Caller caller, string sandboxId, string name, TimeSpan wait, CancellationToken cancellationToken)
    {
        var (row, sandbox) = await FindAsync(caller, sandboxId, name, cancellationToken);
        using var use = await sandboxes.UseAsync(sandbox, cancellationToken);
        return await StartAsync(caller, row, wait, cancellationToken);
    }

    /// <summary>Ends it, and keeps it from being started until somebody asks. A sandbox that is stopped stays so.</summary>
    public async Task<(ServiceRow Row, SandboxRow Sandbox)> StopAsync(Caller caller, string sandboxId, string name, CancellationToken cancellationToken)
    {
        var (row, sandbox) = await FindAsync(caller, sandboxId, name, cancellationToken);
        await StopAsync(row, sandbox, cancellationToken);
        return await FindAsync(caller, sandboxId, name, cancellationToken);
    }

    public async Task<(ServiceRow Row, SandboxRow Sandbox)> RestartAsync(Caller caller, string sandboxId, string name, TimeSpan wait, CancellationToken cancellationToken)
    {
        var (row, sandbox) = await FindAsync(caller, sandboxId, name, cancellationToken);
        using var use = await sandboxes.UseAsync(sandbox, cancellationToken);
        return await StartAsync(caller, row, wait, cancellationToken, isAnew: true);
    }

    public async Task<ServiceRow> DeleteAsync(Caller caller, string sandboxId, string name, CancellationToken cancellationToken)
    {
        var (row, sandbox) = await FindAsync(caller, sandboxId, name, cancellationToken);
        await StopAsync(row, sandbox, cancellationToken);
        await store.DeleteAsync(row.Id, cancellationToken);
        await AppendAsync("service.deleted", row);
        return row;
    }

    /// <summary>The end of what its process printed, or what follows a cursor.</summary>
    public async Task<(ServiceRow Row, OutputPage Page, bool IsCut)> LogsAsync(Caller caller, string sandboxId, string name, long? cursor, CancellationToken cancellationToken)
    {
        var (row, _) = await FindAsync(caller, sandboxId, name, cancellationToken);
        if (row.ProcessId is not { } process)
            throw ServiceFailures.NeverRan(row);
        if (cursor is { } from)
            return (row, (await processes.OutputAsync(caller, process, from, LogBytes, TimeSpan.Zero, null, cancellationToken)).Page, false);
        var (_, end, _) = await processes.OutputAsync(caller, process, long.MaxValue, 0, TimeSpan.Zero, null, cancellationToken);
        var start = Math.Max(end.State.BaseCursor, end.State.EndCursor - LogBytes);
        var (_, page, _) = await processes.OutputAsync(caller, process, start, LogBytes * 2, TimeSpan.Zero, null, cancellationToken);
        return (row, page, start > 0);
    }

    /// <summary>Gives a sandbox that has not run yet the services of the template it is made from; they start with it.</summary>
    public async Task DeclareAsync(SandboxRow sandbox, IReadOnlyList<SpecService> declared, CancellationToken cancellationToken)
    {
        foreach (var service in declared)
        {
            var row = new ServiceRow
            {
                Id = Ids.New("svc", time),
                SandboxId = sandbox.Id,
                Workspace = sandbox.Workspace,
                Principal = sandbox.Principal,
                Name = service.Name,
                Spec = new ServiceSpec
                {
                    Command = service.Command,
                    Cwd = service.Cwd,
                    Env = service.Env,
                    Port = service.Port,
                    RestartPolicy = Enum.Parse<RestartPolicy>(service.RestartPolicy.Replace("-", "", StringComparison.Ordinal), ignoreCase: true),
                    HealthPath = service.HealthPath,
                },
                IsWanted = true,
                State = ServiceState.Stopped,
                CreatedAt = time.GetUtcNow(),
            };
            // One that is there is of an earlier try.
            await store.GetOrAddAsync(row, ServiceStore.MostInSandbox, cancellationToken);
        }
    }

    private async Task<(ServiceRow Row, SandboxRow Sandbox)> StartAsync(Caller caller, ServiceRow row, TimeSpan wait, CancellationToken cancellationToken, bool isAnew = false)
    {
        var sandbox = await sandboxes.GetAsync(caller, row.SandboxId, cancellationToken);
        // Whole, also for a caller who has gone: it would stay ended. One in a crash loop waits for its next try; somebody who asks does not.
        if (isAnew || row.State is ServiceState.Error)
            await supervisor.StopAsync(row.Id, CancellationToken.None);
        await store.BeginAsync(row.Id, CancellationToken.None);
        supervisor.Start(row.Id, sandbox);
        var started = time.GetTimestamp();
        while (await store.FindAsync(row.Id, cancellationToken) is { } now)
        {
            // One that fails and is about to be tried again is worth an answer too.
            if (now.State is not ServiceState.Starting || now.Restarts > 0 || time.GetElapsedTime(started) >= wait)
                return (now, sandbox);
            await Task.Delay(Look, time, cancellationToken);
        }
        throw ServiceFailures.Unknown(row.SandboxId, row.Name, await store.ListAsync(row.SandboxId, cancellationToken));
    }

    private async Task StopAsync(ServiceRow row, SandboxRow sandbox, CancellationToken cancellationToken)
    {
        await store.UnwantAsync(row.Id, cancellationToken);
        // A frozen one has to hear of it; one that is stopped has nothing to end.
        using var use = sandbox.State is SandboxState.Running || sandbox.Sleep is SandboxSleep.Frozen ? await sandboxes.UseAsync(sandbox, cancellationToken) : null;
        await supervisor.StopAsync(row.Id, cancellationToken);
        if (await store.FindAsync(row.Id, cancellationToken) is { State: not ServiceState.Stopped } now)
            await store.UpdateAsync(now with { State = ServiceState.Stopped, Health = null, Reason = "Asked for." }, cancellationToken);
    }

    private async Task<(ServiceRow Row, SandboxRow Sandbox)> FindAsync(Caller caller, string sandboxId, string name, CancellationToken cancellationToken)
    {
        var (rows, sandbox) = await ListAsync(caller, sandboxId, cancellationToken);
        return (rows.FirstOrDefault(row => row.Name == name) ?? throw ServiceFailures.Unknown(sandboxId, name, rows), sandbox);
    }

    private Task AppendAsync(string type, ServiceRow row) =>
        journal.AppendAsync(
            new JournalEvent(type) { Workspace = row.Workspace, Device = row.SandboxId, Principal = row.Principal, Data = new { service = row.Name, port = row.Spec.Port } },
            CancellationToken.None);

    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9._-]{0,39}\z", RegexOptions.NonBacktracking)]
    private static partial Regex Name();

    [GeneratedRegex(@"^/[!-~]*\z", RegexOptions.NonBacktracking)]
    private static partial Regex Path();
}
