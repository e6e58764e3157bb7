using Dapper;
using Miosa.Mcp.Storage;

namespace Miosa.Mcp.Workspaces;

/// <summary>The rows of workspaces: all SQL of this feature.</summary>
internal sealed class WorkspaceStore(Database database)
{
    private const string Columns = "name, sandbox_id, directory, created_at";

    public Task<IReadOnlyList<WorkspaceRow>> ListAsync(CancellationToken cancellationToken) =>
        database.ReadAsync<IReadOnlyList<WorkspaceRow>>(
            connection => [.. connection.Query<Stored>($"select {Columns} from workspaces order by name").Select(stored => stored.ToRow())], cancellationToken);

    /// <summary>Stores where a folder is now, whether or not it was somewhere before.</summary>
    public Task SetAsync(WorkspaceRow row, CancellationToken cancellationToken) =>
        database.WriteAsync(
            connection => connection.Execute(
                $"""
                insert into workspaces ({Columns}) values (@Name, @SandboxId, @Directory, @createdAt)
                on conflict (name) do update set sandbox_id = excluded.sandbox_id, directory = excluded.directory
                """,
                new { row.Name, row.SandboxId, row.Directory, createdAt = Timestamps.ToText(row.CreatedAt) }),
            cancellationToken);

    public Task RemoveAsync(string name, CancellationToken cancellationToken) =>
        database.WriteAsync(connection => connection.Execute("delete from workspaces where name = @name", new { name }), cancellationToken);

    /// <summary>A row as its columns hold it.</summary>
    private sealed record Stored(string Name, string? SandboxId, string? Directory, string CreatedAt)
    {
        public WorkspaceRow ToRow() => new() { Name = Name, SandboxId = SandboxId, Directory = Directory, CreatedAt = Timestamps.FromText(CreatedAt) };
    }
}
