using Dapper;
using Miosa.Mcp.Storage;

namespace Miosa.Mcp.Previews;

/// <summary>The rows of previews and of what opens them: all SQL of this feature.</summary>
internal sealed class PreviewStore(Database database)
{
    private const string GrantColumns = "id, preview_id, sandbox_id, port, kind, secret_hash, password, principal, created_at, expires_at, revoked_at";

    private const string Previews =
        """
        select p.id, p.sandbox_id, p.workspace, p.principal, p.port, s.slug, p.access, p.created_at
        from previews p join preview_slugs s on s.sandbox_id = p.sandbox_id join sandboxes b on b.id = p.sandbox_id and b.state <> 'destroyed'
        """;

    /// <summary>Slugs, previews and grants of every sandbox that lives. What ended before <paramref name="forget"/> is removed.</summary>
    public async Task<(IReadOnlyList<(string Slug, string SandboxId)> Slugs, IReadOnlyList<PreviewRow> Previews, IReadOnlyList<GrantRow> Grants)> LoadAsync(
        DateTimeOffset forget, CancellationToken cancellationToken)
    {
        await database.WriteAsync(
            connection => connection.Execute(
                """
                delete from preview_grants where expires_at < @forget or revoked_at < @forget or sandbox_id in (select id from sandboxes where state = 'destroyed');
                delete from previews where sandbox_id in (select id from sandboxes where state = 'destroyed');
                delete from preview_slugs where sandbox_id in (select id from sandboxes where state = 'destroyed');
                """,
                new { forget = Timestamps.ToText(forget) }),
            cancellationToken);
        return await database.ReadAsync<(IReadOnlyList<(string, string)>, IReadOnlyList<PreviewRow>, IReadOnlyList<GrantRow>)>(
            connection => (
                [.. connection.Query<(string, string)>("select slug, sandbox_id from preview_slugs")],
                [.. connection.Query<StoredPreview>(Previews).Select(stored => stored.ToRow())],
                [.. connection.Query<StoredGrant>($"select {GrantColumns} from preview_grants").Select(stored => stored.ToRow())]),
            cancellationToken);
    }

    /// <summary>The preview of this sandbox and port, or the row itself, now stored with the sandbox's slug. One step, so that two callers get one.</summary>
    public Task<PreviewRow> GetOrAddAsync(PreviewRow row, CancellationToken cancellationToken) =>
        database.WriteAsync(
            connection =>
            {
                var existing = connection.QuerySingleOrDefault<StoredPreview>($"{Previews} where p.sandbox_id = @SandboxId and p.port = @Port", new { row.SandboxId, row.Port });
                if (existing is not null)
                    return existing.ToRow();
                connection.Execute("insert into preview_slugs (sandbox_id, slug) values (@SandboxId, @Slug) on conflict (sandbox_id) do nothing", new { row.SandboxId, row.Slug });
                connection.Execute(
                    "insert into previews (id, sandbox_id, workspace, principal, port, access, created_at) values (@Id, @SandboxId, @Workspace, @Principal, @Port, @access, @createdAt)",
                    new { row.Id, row.SandboxId, row.Workspace, row.Principal, row.Port, access = Word(row.Access), createdAt = Timestamps.ToText(row.CreatedAt) });
                return row with { Slug = connection.QuerySingle<string>("select slug from preview_slugs where sandbox_id = @SandboxId", new { row.SandboxId }) };
            },
            cancellationToken);

    public Task SetAccessAsync(string id, PreviewAccess access, CancellationToken cancellationToken) =>
        database.WriteAsync(connection => connection.Execute("update previews set access = @access where id = @id", new { id, access = Word(access) }), cancellationToken);

    /// <summary>Previews of a workspace and, where given, of one sandbox, by age.</summary>
    public Task<IReadOnlyList<PreviewRow>> ListAsync(string workspace, string? sandboxId, string? after, int limit, CancellationToken cancellationToken)
    {
        List<string> where = ["p.workspace = @workspace"];
        if (sandboxId is not null)
            where.Add("p.sandbox_id = @sandboxId");
        if (after is not null)
            where.Add("p.id > @after");
        return database.ReadAsync<IReadOnlyList<PreviewRow>>(
            connection => [.. connection.Query<StoredPreview>($"{Previews} where {string.Join(" and ", where)} order by p.id limit @limit", new { workspace, sandboxId, after, limit }).Select(stored => stored.ToRow())],
            cancellationToken);
    }

    public Task AddGrantAsync(GrantRow row, CancellationToken cancellationToken) =>
        database.WriteAsync(
            connection => connection.Execute(
                $"insert into preview_grants ({GrantColumns}) values (@Id, @PreviewId, @SandboxId, @Port, @kind, @SecretHash, @Password, @Principal, @createdAt, @expiresAt, null)",
                new
                {
                    row.Id,
                    row.PreviewId,
                    row.SandboxId,
                    row.Port,
                    kind = row.Kind.ToString().ToLowerInvariant(),
                    row.SecretHash,
                    row.Password,
                    row.Principal,
                    createdAt = Timestamps.ToText(row.CreatedAt),
                    expiresAt = row.ExpiresAt is { } expires ? Timestamps.ToText(expires) : null,
                }),
            cancellationToken);

    public Task RevokeGrantAsync(string id, DateTimeOffset now, CancellationToken cancellationToken) =>
        database.WriteAsync(
            connection => connection.Execute("update preview_grants set revoked_at = @now where id = @id and revoked_at is null", new { id, now = Timestamps.ToText(now) }), cancellationToken);

    /// <summary>Ends a preview and all that opened it.</summary>
    public Task RemoveAsync(string id, DateTimeOffset now, CancellationToken cancellationToken) =>
        database.WriteAsync(
            connection =>
            {
                connection.Execute("update preview_grants set revoked_at = @now where preview_id = @id and revoked_at is null", new { id, now = Timestamps.ToText(now) });
                return connection.Execute("delete from previews where id = @id", new { id });
            },
            cancellationToken);

    private static string Word(PreviewAccess access) => access.ToString().ToLowerInvariant();

    /// <summary>A preview as its columns hold it.</summary>
    private sealed record StoredPreview(string Id, string SandboxId, string Workspace, string Principal, long Port, string Slug, string Access, string CreatedAt)
    {
        public PreviewRow ToRow() => new()
        {
            Id = Id,
            SandboxId = SandboxId,
            Workspace = Workspace,
            Principal = Principal,
            Port = (int)Port,
            Slug = Slug,
            Access = Enum.Parse<PreviewAccess>(Access, ignoreCase: true),
            CreatedAt = Timestamps.FromText(CreatedAt),
        };
    }

    /// <summary>A grant as its columns hold it.</summary>
    private sealed record StoredGrant(
        string Id, string PreviewId, string SandboxId, long Port, string Kind, string? SecretHash, string? Password, string Principal, string CreatedAt, string? ExpiresAt, string? RevokedAt)
    {
        public GrantRow ToRow() => new()
        {
            Id = Id,
            PreviewId = PreviewId,
            SandboxId = SandboxId,
            Port = (int)Port,
            Kind = Enum.Parse<GrantKind>(Kind, ignoreCase: true),
            SecretHash = SecretHash,
            Password = Password,
            Principal = Principal,
            CreatedAt = Timestamps.FromText(CreatedAt),
            ExpiresAt = ExpiresAt is null ? null : Timestamps.FromText(ExpiresAt),
            RevokedAt = RevokedAt is null ? null : Timestamps.FromText(RevokedAt),
        };
    }
}
