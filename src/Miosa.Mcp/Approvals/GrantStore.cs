using System.Data;
using System.Text.Json;
using Dapper;
using Miosa.Mcp.Calls;
using Miosa.Mcp.Storage;

namespace Miosa.Mcp.Approvals;

/// <summary>The rows of standing consents.</summary>
internal sealed class GrantStore(Database database, TimeProvider time)
{
    private const string Columns = "id, workspace, capability, fingerprint, principal, agent, constraints, allows_others, files, until, uses_left, created_by, created_at, revoked_at, note";

    /// <summary>Of a workspace, that have not ended: each is looked at when a call is.</summary>
    private const int Most = 1_000;

    private string Now => Timestamps.ToText(time.GetUtcNow());

    public Task AddAsync(Grant grant, CancellationToken cancellationToken) =>
        database.WriteAsync(
            connection =>
            {
                Add(connection, grant);
                return true;
            },
            cancellationToken);

    /// <summary>As part of what else is being stored.</summary>
    public static void Add(IDbConnection connection, Grant grant)
    {
        var createdAt = Timestamps.ToText(grant.CreatedAt);
        if (connection.ExecuteScalar<long>("select count(*) from grants where workspace = @Workspace and revoked_at is null and until > @createdAt", new { grant.Workspace, createdAt }) >= Most)
            throw ApprovalFailures.TooManyGrants(Most);
        connection.Execute(
            $"""
            insert into grants ({Columns})
            values (@Id, @Workspace, @Capability, @Fingerprint, @Principal, @Agent, @constraints, @allowsOthers, @Files, @until, @UsesLeft, @CreatedBy, @createdAt, null, @Note)
            """,
            new
            {
                grant.Id,
                grant.Workspace,
                grant.Capability,
                grant.Fingerprint,
                grant.Principal,
                grant.Agent,
                constraints = JsonSerializer.Serialize(grant.Constraints, ApprovalJson.Default.IReadOnlyDictionaryStringJsonElement),
                allowsOthers = grant.AllowsOthers ? 1 : 0,
                grant.Files,
                until = Timestamps.ToText(grant.Until),
                grant.UsesLeft,
                grant.CreatedBy,
                createdAt,
                grant.Note,
            });
    }

    /// <summary>Those that hold for a capability, whoever they are for.</summary>
    public Task<IReadOnlyList<Grant>> LivingAsync(string workspace, string capability, CancellationToken cancellationToken) =>
        QueryAsync(
            $"select {Columns} from grants where workspace = @workspace and capability = @capability and revoked_at is null and until > @Now and (uses_left is null or uses_left > 0) order by id",
            new { workspace, capability, Now }, cancellationToken);

    /// <summary>The latest first.</summary>
    public Task<IReadOnlyList<Grant>> ListAsync(string? workspace, string? before, int limit, CancellationToken cancellationToken) =>
        QueryAsync(
            $"select {Columns} from grants where {(workspace is null ? "1 = 1" : "workspace = @workspace")}{(before is null ? "" : " and id < @before")} order by id desc limit @limit",
            new { workspace, before, limit }, cancellationToken);

    /// <summary>Takes one use of it, if there is one left at this moment.</summary>
    public Task<bool> UseAsync(string id, CancellationToken cancellationToken) =>
        database.WriteAsync(
            connection => connection.Execute(
                "update grants set uses_left = uses_left - 1 where id = @id and revoked_at is null and until > @Now and (uses_left is null or uses_left > 0)", new { id, Now }) is 1,
            cancellationToken);

    public Task<Grant?> RevokeAsync(string? workspace, string id, CancellationToken cancellationToken) =>
        database.WriteAsync(
            connection => connection.Execute(
                $"update grants set revoked_at = @Now where id = @id and revoked_at is null {(workspace is null ? "" : "and workspace = @workspace")}", new { id, workspace, Now }) is 1
                ? connection.QuerySingle<Stored>($"select {Columns} from grants where id = @id", new { id }).ToGrant()
                : null,
            cancellationToken);

    /// <summary>Forgets those that ended so long ago.</summary>
    public Task<int> PruneAsync(TimeSpan kept, CancellationToken cancellationToken) =>
        database.WriteAsync(connection => connection.Execute("delete from grants where until < @before or revoked_at < @before", new { before = Timestamps.ToText(time.GetUtcNow() - kept) }), cancellationToken);

    private Task<IReadOnlyList<Grant>> QueryAsync(string sql, object parameters, CancellationToken cancellationToken) =>
        database.ReadAsync<IReadOnlyList<Grant>>(connection => [.. connection.Query<Stored>(sql, parameters).Select(stored => stored.ToGrant())], cancellationToken);

    /// <summary>A row as its columns hold it.</summary>
    private sealed record Stored(
        string Id, string Workspace, string Capability, string Fingerprint, string Principal, string? Agent, string Constraints, long AllowsOthers, string? Files, string Until, long? UsesLeft,
        string CreatedBy, string CreatedAt, string? RevokedAt, string? Note)
    {
        public Grant ToGrant() => new()
        {
            Id = Id,
            Workspace = Workspace,
            Capability = Capability,
            Fingerprint = Fingerprint,
            Principal = Principal,
            Agent = Agent,
            Constraints = JsonSerializer.Deserialize(Constraints, ApprovalJson.Default.IReadOnlyDictionaryStringJsonElement)!,
            AllowsOthers = AllowsOthers is not 0,
            Files = Files,
            Until = Timestamps.FromText(Until),
            UsesLeft = (int?)UsesLeft,
            CreatedBy = CreatedBy,
            CreatedAt = Timestamps.FromText(CreatedAt),
            RevokedAt = RevokedAt is null ? null : Timestamps.FromText(RevokedAt),
            Note = Note,
        };
    }
}
