using Dapper;
using Miosa.Mcp.Storage;

namespace Miosa.Mcp.Processes;

/// <summary>The rows of processes: all SQL of this feature.</summary>
internal sealed class ProcessStore(Database database)
{
    private const string Columns = "id, sandbox_id, workspace, principal, title, call_id, started_at, status, exit_code, signal, ended_at, journaled_cursor";

    public Task AddAsync(ProcessRow row, CancellationToken cancellationToken) =>
        database.WriteAsync(
            connection => connection.Execute(
                $"insert into processes ({Columns}) values (@Id, @SandboxId, @Workspace, @Principal, @Title, @CallId, @StartedAt, @Status, @ExitCode, @Signal, @EndedAt, @JournaledCursor)",
                Parameters(row)),
            cancellationToken);

    public Task UpdateAsync(ProcessRow row, CancellationToken cancellationToken) =>
        database.WriteAsync(
            connection => connection.Execute(
                "update processes set status = @Status, exit_code = @ExitCode, signal = @Signal, ended_at = @EndedAt, journaled_cursor = @JournaledCursor where id = @Id",
                Parameters(row)),
            cancellationToken);

    public Task<ProcessRow?> FindAsync(string id, CancellationToken cancellationToken) =>
        database.ReadAsync(
            connection => connection.QuerySingleOrDefault<Stored>($"select {Columns} from processes where id = @id", new { id })?.ToRow(), cancellationToken);

    /// <summary>Those of a sandbox whose end is not known.</summary>
    public Task<IReadOnlyList<ProcessRow>> RunningAsync(string sandboxId, CancellationToken cancellationToken) =>
        database.ReadAsync<IReadOnlyList<ProcessRow>>(
            connection => [.. connection.Query<Stored>($"select {Columns} from processes where sandbox_id = @sandboxId and status = 'running' order by id", new { sandboxId }).Select(stored => stored.ToRow())],
            cancellationToken);

    /// <summary>The latest first, of a workspace and, where given, of one sandbox or one status.</summary>
    public Task<IReadOnlyList<ProcessRow>> ListAsync(string workspace, string? sandboxId, string? status, string? before, int limit, CancellationToken cancellationToken)
    {
        List<string> where = ["workspace = @workspace"];
        if (sandboxId is not null)
            where.Add("sandbox_id = @sandboxId");
        if (status is not null)
            where.Add("status = @status");
        if (before is not null)
            where.Add("id < @before");
        var sql = $"select {Columns} from processes where {string.Join(" and ", where)} order by id desc limit @limit";
        return database.ReadAsync<IReadOnlyList<ProcessRow>>(
            connection => [.. connection.Query<Stored>(sql, new { workspace, sandboxId, status, before, limit }).Select(stored => stored.ToRow())], cancellationToken);
    }

    private static object Parameters(ProcessRow row) => new
    {
        row.Id,
        row.SandboxId,
        row.Workspace,
        row.Principal,
        row.Title,
        row.CallId,
        StartedAt = Timestamps.ToText(row.StartedAt),
        row.Status,
        row.ExitCode,
        row.Signal,
        EndedAt = row.EndedAt is { } ended ? Timestamps.ToText(ended) : null,
        row.JournaledCursor,
    };

    /// <summary>A row as its columns hold it.</summary>
    private sealed record Stored(
        string Id, string SandboxId, string Workspace, string Principal, string Title, string? CallId, string StartedAt,
        string Status, long? ExitCode, string? Signal, string? EndedAt, long JournaledCursor)
    {
        public ProcessRow ToRow() => new()
        {
            Id = Id,
            SandboxId = SandboxId,
            Workspace = Workspace,
            Principal = Principal,
            Title = Title,
            CallId = CallId,
            StartedAt = Timestamps.FromText(StartedAt),
            Status = Status,
            ExitCode = (int?)ExitCode,
            Signal = Signal,
            EndedAt = EndedAt is null ? null : Timestamps.FromText(EndedAt),
            JournaledCursor = JournaledCursor,
        };
    }
}
