using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Miosa.Mcp.Calls;
using Miosa.Mcp.Processes;
using ModelContextProtocol.Server;

namespace Miosa.Mcp.Snapshots;

[McpServerToolType]
internal sealed class SnapshotTools(SnapshotService snapshots, SnapshotForks forks, SnapshotLinks links, ProcessService processes)
{
    private const int MostProcesses = 20;

    [McpServerTool(Name = "sandbox_snapshot_create")]
    [Capability("sandbox.snapshot.create", Risk.Write, Scope = CapabilityScope.Sandbox, Permission = Permissions.UseDevices)]
    [Description("Keep all files of a sandbox as they are now, to restore or fork later; at once and cheap, so do it before a risky step.")]
    public async Task<Snapshot> Create(
        Caller caller,
        string sandbox_id,
        [MaxLength(200)] string? comment = null,
        [MinLength(1), MaxLength(64)] string? name = null,
        CancellationToken cancellationToken = default)
    {
        var row = await snapshots.CreateAsync(caller, sandbox_id, name, comment, cancellationToken);
        return Shown(row) with
        {
            NextStep = row.State is SnapshotState.Ready ? "sandbox_snapshot_restore brings the sandbox back to it; sandbox_fork makes new ones of it." : "It is still being taken; event_list has sandbox.snapshot.created when it is ready.",
            Notes = snapshots.Limitations,
        };
    }

    [McpServerTool(Name = "sandbox_snapshot_list")]
    [Capability("sandbox.snapshot.list", Risk.Read, Toolset = "snapshots", Scope = CapabilityScope.Sandbox, Permission = Permissions.UseDevices)]
    [Description("List snapshots, the latest first, also those of destroyed sandboxes.")]
    public async Task<SnapshotPage> List(
        Caller caller,
        string? sandbox_id = null,
        [Description("next_cursor of the page before.")] string? cursor = null,
        [Range(1, 15)] int limit = 10,
        CancellationToken cancellationToken = default)
    {
        var rows = await snapshots.ListAsync(caller, sandbox_id, cursor, limit + 1, cancellationToken);
        return new SnapshotPage
        {
            Count = Math.Min(rows.Count, limit),
            NextCursor = rows.Count > limit ? rows[limit - 1].Id : null,
            Snapshots = await Task.WhenAll(rows.Take(limit).Select(async row => Shown(row) with { Bytes = await snapshots.MeasureAsync(row, cancellationToken) })),
        };
    }

    [McpServerTool(Name = "sandbox_snapshot_restore")]
    [Capability("sandbox.snapshot.restore", Risk.Destructive, KeepsUndo = true, Scope = CapabilityScope.Sandbox, Permission = Permissions.UseDevices)]
    [Description("Bring a sandbox back to one of its snapshots: all files go back, running processes end. What it had is kept; undo names it.")]
    public async Task<SnapshotRestored> Restore(Caller caller, string sandbox_id, string snapshot_id, CancellationToken cancellationToken = default)
    {
        var running = await processes.ListAsync(caller, sandbox_id, "running", null, MostProcesses, cancellationToken);
        var (sandbox, kept) = await snapshots.RestoreAsync(caller, sandbox_id, snapshot_id, cancellationToken);
        return new SnapshotRestored
        {
            SandboxId = sandbox.Id,
            State = sandbox.State,
            SnapshotId = snapshot_id,
            Undo = new Undo { Tool = "sandbox_snapshot_restore", SandboxId = sandbox.Id, SnapshotId = kept.Id, Until = snapshots.ExpiresAt(kept) },
            ProcessesEnded = [.. running.Select(process => process.Id)],
            NextStep = running.Count is 0 ? "Go on with sandbox_exec." : "Its processes ended; start again with sandbox_exec those that are needed.",
            Notes = snapshots.Limitations,
        };
    }

    [McpServerTool(Name = "sandbox_snapshot_delete")]
    [Capability("sandbox.snapshot.delete", Risk.Destructive, Toolset = "snapshots", KeepsUndo = true, Scope = CapabilityScope.Sandbox, Permission = Permissions.DestroyDevices)]
    [Description("Delete a snapshot for good; sandboxes made from it keep their files.")]
    public async Task<SnapshotDeleted> Delete(Caller caller, string snapshot_id, CancellationToken cancellationToken = default)
    {
        await snapshots.DeleteAsync(caller, snapshot_id, cancellationToken);
        return new SnapshotDeleted(snapshot_id, Deleted: true);
    }

    [McpServerTool(Name = "sandbox_fork")]
    [Capability("sandbox.fork", Risk.Write, Scope = CapabilityScope.Sandbox, Permission = Permissions.CreateDevices)]
    [Description("Make new sandboxes as copies of a sandbox or a snapshot, to try several ways at once. Files are copied; processes and secrets are not.")]
    public Task<SandboxesForked> Fork(
        Caller caller,
        [Description("Copy it as it is now.")] string? sandbox_id = null,
        [Description("Or this.")] string? snapshot_id = null,
        [Range(1, 20)] int count = 1,
        [MaxLength(20)] IReadOnlyList<string>? names = null,
        IReadOnlyDictionary<string, string>? env = null,
        [Range(60, 31_536_000)] int? timeout_sec = null,
        IReadOnlyDictionary<string, string>? metadata = null,
        string? external_workspace_id = null,
        string? external_user_id = null,
        string? external_project_id = null,
        CancellationToken cancellationToken = default) =>
        forks.ForkAsync(
            caller,
            new ForkRequest
            {
                SandboxId = sandbox_id,
                SnapshotId = snapshot_id,
                Count = count,
                Names = names ?? [],
                Env = env ?? new Dictionary<string, string>(),
                TimeoutSeconds = timeout_sec,
                Metadata = metadata ?? new Dictionary<string, string>(),
                ExternalWorkspaceId = external_workspace_id,
                ExternalUserId = external_user_id,
                ExternalProjectId = external_project_id,
            },
            cancellationToken);

    [McpServerTool(Name = "sandbox_snapshot_export")]
    [Capability("sandbox.snapshot.export", Risk.Read, Toolset = "snapshots", Scope = CapabilityScope.Sandbox, Permission = Permissions.UseDevices)]
    [Description("Get a one-time link to download a snapshot as one portable file by HTTP GET.")]
    public Task<SnapshotLink> Export(
        Caller caller,
        string snapshot_id,
        [Description("Seconds the link works."), Range(10, 3600)] int expires_in = 600,
        CancellationToken cancellationToken = default) =>
        links.ExportAsync(caller, snapshot_id, TimeSpan.FromSeconds(expires_in), cancellationToken);

    [McpServerTool(Name = "sandbox_snapshot_import")]
    [Capability("sandbox.snapshot.import", Risk.Write, Toolset = "snapshots", Scope = CapabilityScope.Sandbox, Permission = Permissions.UseDevices)]
    [Description("Get a one-time link to upload an exported snapshot by HTTP PUT; it can then be forked.")]
    public SnapshotLink Import(
        Caller caller,
        [MaxLength(200)] string? comment = null,
        [MinLength(1), MaxLength(64)] string? name = null,
        [Description("Size of the sandboxes made from it."), AllowedValues("xs", "small", "medium", "large", "xl")] string size = "small",
        [Description("Seconds the link works."), Range(10, 3600)] int expires_in = 600) =>
        links.Import(caller, name, comment, size, TimeSpan.FromSeconds(expires_in));

    private Snapshot Shown(SnapshotRow row) => new()
    {
        SnapshotId = row.Id,
        State = row.State,
        Reason = row.Reason,
        SandboxId = row.OfSandbox,
        SandboxName = row.OfSandbox is null ? null : row.SandboxName,
        Name = row.Name,
        Comment = row.Comment,
        Automatic = row.IsAutomatic,
        CreatedAt = row.CreatedAt,
        ExpiresAt = snapshots.ExpiresAt(row),
    };
}

/// <summary>A snapshot that is gone.</summary>
internal sealed record SnapshotDeleted(string SnapshotId, bool Deleted);
