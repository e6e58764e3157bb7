using System.Data;
using System.Text.Json;
using Dapper;
using Miosa.Mcp.Storage;

namespace Miosa.Mcp.Templates;

/// <summary>The rows of templates and of builds that go on: all SQL of this feature.</summary>
internal sealed class TemplateStore(Database database)
{
    private const string Columns = "id, workspace, principal, name, origin, spec, is_whole, reason, notes, created_at";

    public Task<TemplateRow?> FindAsync(string workspace, string name, CancellationToken cancellationToken) =>
        database.ReadAsync(connection => Find(connection, workspace, name), cancellationToken);

    /// <summary>Those of a workspace, by name.</summary>
    public Task<IReadOnlyList<TemplateRow>> ListAsync(string workspace, CancellationToken cancellationToken) =>
        database.ReadAsync<IReadOnlyList<TemplateRow>>(
            connection => [.. connection.Query<Stored>($"select {Columns} from templates where workspace = @workspace order by name", new { workspace }).Select(stored => stored.ToRow())],
            cancellationToken);

    /// <summary>
    /// Stores the row, unless <paramref name="mayReplace"/> says no to the one that has its name: then that one is the
    /// answer. One step, so that two callers at once do not both succeed.
    /// </summary>
    public Task<TemplateRow> PutAsync(TemplateRow row, int most, Func<TemplateRow, bool> mayReplace, CancellationToken cancellationToken) =>
        database.WriteAsync(
            connection =>
            {
                var existing = Find(connection, row.Workspace, row.Name);
                if (existing is not null && !mayReplace(existing))
                    return existing;
                if (existing is null && connection.QuerySingle<long>("select count(*) from templates where workspace = @Workspace", new { row.Workspace }) >= most)
                    throw TemplateFailures.TooMany(most);
                connection.Execute("delete from templates where workspace = @Workspace and name = @Name", new { row.Workspace, row.Name });
                // What was built of the one before is found by its id, and removed when the new one is there.
                row = existing is null ? row : row with { Id = existing.Id };
                connection.Execute(
                    $"insert into templates ({Columns}) values (@Id, @Workspace, @Principal, @Name, @Origin, @Spec, @IsWhole, @Reason, @Notes, @CreatedAt)",
                    Parameters(row));
                return row;
            },
            cancellationToken);

    /// <summary>Stores what became of it, if it is still there.</summary>
    public Task UpdateAsync(TemplateRow row, CancellationToken cancellationToken) =>
        database.WriteAsync(
            connection => connection.Execute("update templates set is_whole = @IsWhole, reason = @Reason, spec = @Spec, notes = @Notes where id = @Id", Parameters(row)),
            cancellationToken);

    public Task<bool> DeleteAsync(string id, CancellationToken cancellationToken) =>
        database.WriteAsync(connection => connection.Execute("delete from templates where id = @id", new { id }) > 0, cancellationToken);

    /// <summary>Of every workspace.</summary>
    public Task<HashSet<string>> IdsAsync(CancellationToken cancellationToken) =>
        database.ReadAsync(connection => connection.Query<string>("select id from templates").ToHashSet(StringComparer.Ordinal), cancellationToken);

    /// <summary>Notes a build before anything is made for it, so that the next host can clear it away.</summary>
    public Task AddBuildAsync(string deviceId, string? templateId, CancellationToken cancellationToken) =>
        database.WriteAsync(connection => connection.Execute("insert into template_builds (device_id, template_id) values (@deviceId, @templateId)", new { deviceId, templateId }), cancellationToken);

    public Task RemoveBuildAsync(string deviceId, CancellationToken cancellationToken) =>
        database.WriteAsync(connection => connection.Execute("delete from template_builds where device_id = @deviceId", new { deviceId }), cancellationToken);

    /// <summary>Builds that were begun and not ended, each with the caller's template it was for, if it is still there.</summary>
    public Task<IReadOnlyList<(string DeviceId, TemplateRow? Template)>> BuildsAsync(CancellationToken cancellationToken) =>
        database.ReadAsync<IReadOnlyList<(string, TemplateRow?)>>(
            connection =>
            [
                .. connection.Query<(string DeviceId, string? TemplateId)>("select device_id, template_id from template_builds order by device_id").ToList()
                    .Select(build => (build.DeviceId, connection.QuerySingleOrDefault<Stored>($"select {Columns} from templates where id = @TemplateId", new { build.TemplateId })?.ToRow())),
            ],
            cancellationToken);

    /// <summary>Whether two specifications say the same.</summary>
    public static bool IsSame(TemplateSpec one, TemplateSpec other) =>
        JsonSerializer.SerializeToUtf8Bytes(one, TemplateJson.Default.TemplateSpec).AsSpan().SequenceEqual(JsonSerializer.SerializeToUtf8Bytes(other, TemplateJson.Default.TemplateSpec));

    private static TemplateRow? Find(IDbConnection connection, string workspace, string name) =>
        connection.QuerySingleOrDefault<Stored>($"select {Columns} from templates where workspace = @workspace and name = @name", new { workspace, name })?.ToRow();

    private static DynamicParameters Parameters(TemplateRow row) => new(new
    {
        row.Id,
        row.Workspace,
        row.Principal,
        row.Name,
        Origin = row.Origin.ToString().ToLowerInvariant(),
        Spec = JsonSerializer.Serialize(row.Spec, TemplateJson.Default.TemplateSpec),
        IsWhole = row.IsWhole ? 1 : 0,
        row.Reason,
        Notes = JsonSerializer.Serialize(row.Notes, TemplateJson.Default.IReadOnlyListString),
        CreatedAt = Timestamps.ToText(row.CreatedAt),
    });

    /// <summary>A row as its columns hold it.</summary>
    private sealed record Stored(string Id, string Workspace, string Principal, string Name, string Origin, string Spec, long IsWhole, string? Reason, string Notes, string CreatedAt)
    {
        public TemplateRow ToRow() => new()
        {
            Id = Id,
            Workspace = Workspace,
            Principal = Principal,
            Origin = Enum.Parse<TemplateOrigin>(Origin, ignoreCase: true),
            Spec = JsonSerializer.Deserialize(Spec, TemplateJson.Default.TemplateSpec)!,
            IsWhole = IsWhole is not 0,
            Reason = Reason,
            Notes = JsonSerializer.Deserialize(Notes, TemplateJson.Default.IReadOnlyListString)!,
            CreatedAt = Timestamps.FromText(CreatedAt),
        };
    }
}
