using System.Text.Json;
using Dapper;
using Miosa.Devices;
using Miosa.Mcp.Storage;

namespace Miosa.Mcp.Snapshots;

/// <summary>The rows of snapshots: all SQL of this feature.</summary>
internal sealed class SnapshotStore(Database database)
{
    private const string Columns = "id, workspace, principal, sandbox_id, sandbox_name, name, comment, is_automatic, state, reason, template_id, size, isolation, created_at";

    /// <summary>Stores a new one, unless its sandbox has <paramref name="most"/> that a person took.</summary>
    public Task AddAsync(SnapshotRow row, int most, CancellationToken cancellationToken) =>
        database.WriteAsync(
            connection =>
            {
                if (!row.IsAutomatic
                    && connection.ExecuteScalar<long>("select count(*) from snapshots where workspace = @Workspace and sandbox_id = @SandboxId and is_automatic = 0 and state <> 'failed'", new { row.Workspace, row.SandboxId }) >= most)
                    throw SnapshotFailures.TooMany(most);
                return connection.Execute(
                    $"""
                    insert into snapshots ({Columns})
                    values (@Id, @Workspace, @Principal, @SandboxId, @SandboxName, @Name, @Comment, @IsAutomatic, @State, @Reason, @TemplateId, @Size, @Isolation, @CreatedAt)
                    """,
                    Parameters(row));
            },
            cancellationToken);

    public Task<SnapshotRow?> FindAsync(string id, CancellationToken cancellationToken) =>
        database.ReadAsync(
            connection => connection.QuerySingleOrDefault<Stored>($"select {Columns} from snapshots where id = @id", new { id })?.ToRow(), cancellationToken);

    /// <summary>The latest first, of a workspace and, where given, of one sandbox.</summary>
    public Task<IReadOnlyList<SnapshotRow>> ListAsync(string workspace, string? sandboxId, string? before, int limit, CancellationToken cancellationToken)
    {
        List<string> where = ["workspace = @workspace"];
        if (sandboxId is not null)
            where.Add("sandbox_id = @sandboxId");
        if (before is not null)
            where.Add("id < @before");
        return QueryAsync($"select {Columns} from snapshots where {string.Join(" and ", where)} order by id desc limit @limit", new { workspace, sandboxId, before, limit }, cancellationToken);
    }

    /// <summary>Every one of a sandbox, the latest first; of all sandboxes if none is named.</summary>
    public Task<IReadOnlyList<SnapshotRow>> AllAsync(string? sandboxId, CancellationToken cancellationToken) =>
        QueryAsync($"select {Columns} from snapshots {(sandboxId is null ? "" : "where sandbox_id = @sandboxId")} order by id desc", new { sandboxId }, cancellationToken);

    public Task UpdateAsync(SnapshotRow row, CancellationToken cancellationToken) =>
        database.WriteAsync(connection => connection.Execute("update snapshots set state = @State, reason = @Reason where id = @Id", Parameters(row)), cancellationToken);

    public Task RemoveAsync(string id, CancellationToken cancellationToken) =>
        database.WriteAsync(connection => connection.Execute("delete from snapshots where id = @id", new { id }), cancellationToken);

    private Task<IReadOnlyList<SnapshotRow>> QueryAsync(string sql, object parameters, CancellationToken cancellationToken) =>
        database.ReadAsync<IReadOnlyList<SnapshotRow>>(connection => [.. connection.Query<Stored>(sql, parameters).Select(stored => stored.ToRow())], cancellationToken);

    private static object Parameters(SnapshotRow row) => new
    {
        row.Id,
        row.Workspace,
        row.Principal,
        row.SandboxId,
        row.SandboxName,
        row.Name,
        row.Comment,
        IsAutomatic = row.IsAutomatic ? 1 : 0,
        State = row.State.ToString().ToLowerInvariant(),
        row.Reason,
        row.TemplateId,
        Size = JsonSerializer.Serialize(row.Size, SnapshotJson.Default.DeviceSize),
        Isolation = row.Isolation.ToString().ToLowerInvariant(),
        CreatedAt = Timestamps.ToText(row.CreatedAt),
    };

    /// <summary>A row as its columns hold it.</summary>
    private sealed record Stored(
        string Id, string Workspace, string Principal, string SandboxId, string SandboxName, string? Name, string? Comment, long IsAutomatic,
        string State, string? Reason, string TemplateId, string Size, string Isolation, string CreatedAt)
    {
        public SnapshotRow ToRow() => new()
        {
            Id = Id,
            Workspace = Workspace,
            Principal = Principal,
            SandboxId = SandboxId,
            SandboxName = SandboxName,
            Name = Name,
            Comment = Comment,
            IsAutomatic = IsAutomatic is not 0,
            State = Enum.Parse<SnapshotState>(State, ignoreCase: true),
            Reason = Reason,
            TemplateId = TemplateId,
            Size = JsonSerializer.Deserialize(Size, SnapshotJson.Default.DeviceSize)!,
            Isolation = Enum.Parse<Isolation>(Isolation, ignoreCase: true),
            CreatedAt = Timestamps.FromText(CreatedAt),
        };
    }
}
