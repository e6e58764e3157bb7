using System.Text.Json;
using Dapper;
using Miosa.Mcp.Storage;

namespace Miosa.Mcp.Services;

/// <summary>The rows of services: all SQL of this feature.</summary>
internal sealed class ServiceStore(Database database)
{
    public const int MostInSandbox = 20;

    private const string Columns = "id, sandbox_id, workspace, principal, name, spec, wanted, state, health, reason, process_id, restarts, created_at, started_at";

    private const string OfDestroyed = "sandbox_id in (select id from sandboxes where state = 'destroyed')";

    /// <summary>The service of that name in the sandbox, or the row itself, now stored. One step, so that two callers get one.</summary>
    public Task<(ServiceRow Row, bool Created)> GetOrAddAsync(ServiceRow row, int most, CancellationToken cancellationToken) =>
        database.WriteAsync(
            connection =>
            {
                var present = connection.Query<Stored>($"select {Columns} from services where sandbox_id = @SandboxId", new { row.SandboxId }).Select(stored => stored.ToRow()).ToList();
                if (present.Find(each => each.Name == row.Name) is { } existing)
                    return (existing, false);
                if (present.Count >= most)
                    throw ServiceFailures.TooMany(most);
                connection.Execute(
                    $"""
                    insert into services ({Columns})
                    values (@Id, @SandboxId, @Workspace, @Principal, @Name, @Spec, @Wanted, @State, @Health, @Reason, @ProcessId, @Restarts, @CreatedAt, @StartedAt)
                    """,
                    Parameters(row));
                return (row, true);
            },
            cancellationToken);

    public Task<ServiceRow?> FindAsync(string id, CancellationToken cancellationToken) =>
        database.ReadAsync(connection => connection.QuerySingleOrDefault<Stored>($"select {Columns} from services where id = @id", new { id })?.ToRow(), cancellationToken);

    /// <summary>All of a sandbox, the oldest first.</summary>
    public Task<IReadOnlyList<ServiceRow>> ListAsync(string sandboxId, CancellationToken cancellationToken) =>
        database.ReadAsync<IReadOnlyList<ServiceRow>>(
            connection => [.. connection.Query<Stored>($"select {Columns} from services where sandbox_id = @sandboxId order by id", new { sandboxId }).Select(stored => stored.ToRow())],
            cancellationToken);

    /// <summary>Stores that it is not to run any more; how it runs is its runner's to say.</summary>
    public Task UnwantAsync(string id, CancellationToken cancellationToken) =>
        database.WriteAsync(connection => connection.Execute("update services set wanted = 0 where id = @id", new { id }), cancellationToken);

    /// <summary>Wants it to run, and says of one that does not run that it is about to; one that does is left as its runner says.</summary>
    public Task BeginAsync(string id, CancellationToken cancellationToken) =>
        database.WriteAsync(
            connection =>
            {
                connection.Execute("update services set wanted = 1 where id = @id", new { id });
                return connection.Execute("update services set state = 'starting', health = null, reason = null, restarts = 0 where id = @id and state in ('stopped', 'error')", new { id });
            },
            cancellationToken);

    /// <summary>Stores how it runs; whether it is to run stays what was asked last.</summary>
    public Task UpdateAsync(ServiceRow row, CancellationToken cancellationToken) =>
        database.WriteAsync(
            connection => connection.Execute(
                "update services set state = @State, health = @Health, reason = @Reason, process_id = @ProcessId, restarts = @Restarts, started_at = @StartedAt where id = @Id", Parameters(row)),
            cancellationToken);

    public Task DeleteAsync(string id, CancellationToken cancellationToken) =>
        database.WriteAsync(connection => connection.Execute("delete from services where id = @id", new { id }), cancellationToken);

    /// <summary>Forgets what services of destroyed sandboxes were given in confidence, and the services themselves once no snapshot is left to fork.</summary>
    public Task ForgetDestroyedAsync(CancellationToken cancellationToken) =>
        database.WriteAsync(
            connection =>
            {
                connection.Execute($"delete from services where {OfDestroyed} and sandbox_id not in (select sandbox_id from snapshots)");
                foreach (var row in connection.Query<Stored>($"select {Columns} from services where {OfDestroyed}").Select(stored => stored.ToRow()).ToList())
                {
                    var forgetful = row with { Spec = row.Spec with { Env = row.Spec.Env.Keys.ToDictionary(name => name, _ => "", StringComparer.Ordinal) } };
                    connection.Execute("update services set spec = @Spec where id = @Id", Parameters(forgetful));
                }
                return true;
            },
            cancellationToken);

    private static object Parameters(ServiceRow row) => new
    {
        row.Id,
        row.SandboxId,
        row.Workspace,
        row.Principal,
        row.Name,
        Spec = JsonSerializer.Serialize(row.Spec, ServiceJson.Default.ServiceSpec),
        Wanted = row.IsWanted ? 1 : 0,
        State = row.State.ToString().ToLowerInvariant(),
        Health = row.Health?.ToString().ToLowerInvariant(),
        row.Reason,
        row.ProcessId,
        row.Restarts,
        CreatedAt = Timestamps.ToText(row.CreatedAt),
        StartedAt = row.StartedAt is { } started ? Timestamps.ToText(started) : null,
    };

    /// <summary>A row as its columns hold it.</summary>
    private sealed record Stored(
        string Id, string SandboxId, string Workspace, string Principal, string Name, string Spec, long Wanted, string State, string? Health, string? Reason,
        string? ProcessId, long Restarts, string CreatedAt, string? StartedAt)
    {
        public ServiceRow ToRow() => new()
        {
            Id = Id,
            SandboxId = SandboxId,
            Workspace = Workspace,
            Principal = Principal,
            Name = Name,
            Spec = JsonSerializer.Deserialize(Spec, ServiceJson.Default.ServiceSpec)!,
            IsWanted = Wanted is not 0,
            State = Enum.Parse<ServiceState>(State, ignoreCase: true),
            Health = Health is null ? null : Enum.Parse<ServiceHealth>(Health, ignoreCase: true),
            Reason = Reason,
            ProcessId = ProcessId,
            Restarts = (int)Restarts,
            CreatedAt = Timestamps.FromText(CreatedAt),
            StartedAt = StartedAt is null ? null : Timestamps.FromText(StartedAt),
        };
    }
}
