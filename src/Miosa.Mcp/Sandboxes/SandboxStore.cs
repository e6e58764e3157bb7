using System.Data;
using System.Text.Json;
using Dapper;
using Miosa.Devices;
using Miosa.Mcp.Storage;

namespace Miosa.Mcp.Sandboxes;

/// <summary>The rows of sandboxes: all SQL of this feature.</summary>
internal sealed class SandboxStore(Database database)
{
    private const string Columns = "id, workspace, principal, name, state, reason, slot, template_id, size, isolation, request, started, created_at, expires_at, restoring";

    /// <summary>The living sandbox with this row's name, or the row itself, now stored. One step, so that two callers get one.</summary>
    public Task<(SandboxRow Row, bool Created)> GetOrAddAsync(SandboxRow row, int most, CancellationToken cancellationToken) =>
        database.WriteAsync(
            connection =>
            {
                var existing = connection.QuerySingleOrDefault<Stored>(
                    $"select {Columns} from sandboxes where workspace = @Workspace and name = @Name and state <> 'destroyed'", new { row.Workspace, row.Name });
                if (existing is not null)
                    return (existing.ToRow(), false);
                var slots = connection.Query<int>("select slot from sandboxes where state <> 'destroyed'").ToHashSet();
                if (slots.Count >= most)
                    throw SandboxFailures.TooMany(most);
                var added = row with { Slot = Enumerable.Range(1, slots.Count + 1).First(slot => !slots.Contains(slot)) };
                connection.Execute(
                    $"""
                    insert into sandboxes ({Columns}, external_workspace_id, external_user_id, external_project_id)
                    values (@Id, @Workspace, @Principal, @Name, @State, @Reason, @Slot, @TemplateId, @Size, @Isolation, @Request, @Started, @CreatedAt, @ExpiresAt, @Restoring,
                            @ExternalWorkspaceId, @ExternalUserId, @ExternalProjectId)
                    """,
                    Parameters(added));
                return (added, true);
            },
            cancellationToken);

    public Task<SandboxRow?> FindAsync(string id, CancellationToken cancellationToken) =>
        database.ReadAsync(
            connection => connection.QuerySingleOrDefault<Stored>($"select {Columns} from sandboxes where id = @id", new { id })?.ToRow(),
            cancellationToken);

    /// <summary>Whether there is or was any.</summary>
    public Task<bool> AnyAsync(CancellationToken cancellationToken) =>
        database.ReadAsync(connection => connection.ExecuteScalar<string?>("select min(id) from sandboxes") is not null, cancellationToken);

    /// <summary>Every sandbox that is not destroyed.</summary>
    public Task<IReadOnlyList<SandboxRow>> LivingAsync(CancellationToken cancellationToken) =>
        database.ReadAsync<IReadOnlyList<SandboxRow>>(
            connection => [.. connection.Query<Stored>($"select {Columns} from sandboxes where state <> 'destroyed' order by id").Select(stored => stored.ToRow())],
            cancellationToken);

    public Task<IReadOnlyList<SandboxRow>> ListAsync(string workspace, SandboxFilter filter, CancellationToken cancellationToken)
    {
        List<string> where = ["workspace = @workspace"];
        where.Add(filter.State is null ? "state <> 'destroyed'" : "state = @state");
        if (filter.After is not null)
            where.Add("id > @After");
        if (filter.Name is not null)
            where.Add("name = @Name");
        if (filter.TemplateId is not null)
            where.Add("template_id = @TemplateId");
        if (filter.ExternalWorkspaceId is not null)
            where.Add("external_workspace_id = @ExternalWorkspaceId");
        if (filter.ExternalUserId is not null)
            where.Add("external_user_id = @ExternalUserId");
        if (filter.ExternalProjectId is not null)
            where.Add("external_project_id = @ExternalProjectId");
        var sql = $"select {Columns} from sandboxes where {string.Join(" and ", where)} order by id limit @Limit";
        var parameters = new
        {
            workspace,
            state = filter.State is { } state ? Word(state) : null,
            filter.After,
            filter.Name,
            filter.TemplateId,
            filter.ExternalWorkspaceId,
            filter.ExternalUserId,
            filter.ExternalProjectId,
            filter.Limit,
        };
        return database.ReadAsync<IReadOnlyList<SandboxRow>>(connection => [.. connection.Query<Stored>(sql, parameters).Select(stored => stored.ToRow())], cancellationToken);
    }

    /// <summary>Names of living sandboxes of a workspace, for the answer to an unknown one.</summary>
    public Task<IReadOnlyList<string>> NamesAsync(string workspace, int limit, CancellationToken cancellationToken) =>
        database.ReadAsync<IReadOnlyList<string>>(
            connection => [.. connection.Query<string>("select id || ' (' || name || ')' from sandboxes where workspace = @workspace and state <> 'destroyed' order by id desc limit @limit", new { workspace, limit })],
            cancellationToken);

    /// <summary>Stores what changed in a sandbox's life; what it was asked to be changes only by what is forgotten of it at its end.</summary>
    public Task UpdateAsync(SandboxRow row, CancellationToken cancellationToken) =>
        database.WriteAsync(
            connection => connection.Execute(
                "update sandboxes set state = @State, reason = @Reason, request = @Request, started = @Started, expires_at = @ExpiresAt, restoring = @Restoring where id = @Id", Parameters(row)),
            cancellationToken);

    private static DynamicParameters Parameters(SandboxRow row) => new(new
    {
        row.Id,
        row.Workspace,
        row.Principal,
        row.Name,
        State = Word(row.State),
        row.Reason,
        row.Slot,
        row.TemplateId,
        Size = JsonSerializer.Serialize(row.Size, SandboxJson.Default.DeviceSize),
        Isolation = row.Isolation.ToString().ToLowerInvariant(),
        Request = JsonSerializer.Serialize(row.Request, SandboxJson.Default.SandboxRequest),
        Started = row.Started is null ? null : JsonSerializer.Serialize(row.Started, SandboxJson.Default.StartedDevice),
        CreatedAt = Timestamps.ToText(row.CreatedAt),
        ExpiresAt = row.ExpiresAt is { } expires ? Timestamps.ToText(expires) : null,
        Restoring = row.Restoring is null ? null : JsonSerializer.Serialize(row.Restoring, SandboxJson.Default.PendingRestore),
        row.Request.ExternalWorkspaceId,
        row.Request.ExternalUserId,
        row.Request.ExternalProjectId,
    });

    private static string Word(SandboxState state) => state.ToString().ToLowerInvariant();

    /// <summary>A row as its columns hold it.</summary>
    private sealed record Stored(
        string Id, string Workspace, string Principal, string Name, string State, string? Reason, long Slot, string TemplateId,
        string Size, string Isolation, string Request, string? Started, string CreatedAt, string? ExpiresAt, string? Restoring)
    {
        public SandboxRow ToRow() => new()
        {
            Id = Id,
            Workspace = Workspace,
            Principal = Principal,
            State = Enum.Parse<SandboxState>(State, ignoreCase: true),
            Reason = Reason,
            Slot = (int)Slot,
            TemplateId = TemplateId,
            Size = JsonSerializer.Deserialize(Size, SandboxJson.Default.DeviceSize)!,
            Isolation = Enum.Parse<Isolation>(Isolation, ignoreCase: true),
            Request = JsonSerializer.Deserialize(Request, SandboxJson.Default.SandboxRequest)!,
            Started = Started is null ? null : JsonSerializer.Deserialize(Started, SandboxJson.Default.StartedDevice),
            CreatedAt = Timestamps.FromText(CreatedAt),
            ExpiresAt = ExpiresAt is null ? null : Timestamps.FromText(ExpiresAt),
            Restoring = Restoring is null ? null : JsonSerializer.Deserialize(Restoring, SandboxJson.Default.PendingRestore),
        };
    }
}
