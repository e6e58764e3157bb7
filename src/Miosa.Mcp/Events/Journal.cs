using System.Text.Json;
using Dapper;
using Miosa.Mcp.Storage;

namespace Miosa.Mcp.Events;

/// <summary>
/// What happened, in order, for good. Ids are given inside the one writer, so whoever has read up to an id will never
/// find a smaller one appear later; readers read from disk, and are only woken, so a slow one loses nothing.
/// </summary>
internal sealed class Journal(Database database, TimeProvider time)
{
    private const string Columns = "id, type, at, workspace, device, principal, call_id, run_id, data";
    private readonly EventIds _ids = new(time);
    private readonly Lock _wakeLock = new();
    private TaskCompletionSource _wake = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _started;

    /// <summary>Stores an event; it is durable when this returns.</summary>
    public async Task<string> AppendAsync(JournalEvent entry, CancellationToken cancellationToken)
    {
        var data = EventData.Write(entry.Data);
        var id = await database.WriteAsync(
            connection =>
            {
                if (!_started)
                {
                    if (connection.QuerySingleOrDefault<string?>("select max(id) from events") is { } last)
                        _ids.StartAfter(last);
                    _started = true;
                }
                var next = _ids.Next();
                connection.Execute(
                    $"insert into events ({Columns}) values (@next, @Type, @at, @Workspace, @Device, @Principal, @CallId, @RunId, @data)",
                    new { next, entry.Type, at = Timestamps.ToText(time.GetUtcNow()), entry.Workspace, entry.Device, entry.Principal, entry.CallId, entry.RunId, data });
                return next;
            },
            cancellationToken);
        Wake();
        return id;
    }

    /// <summary>Events behind the query's cursor, the oldest first.</summary>
    public Task<IReadOnlyList<StoredEvent>> ReadAsync(EventQuery query, CancellationToken cancellationToken)
    {
        List<string> where = ["(workspace = @Workspace or workspace is null)"];
        var parameters = new DynamicParameters(new { query.Workspace, query.Device, query.After, query.Limit });
        if (query.After is not null)
            where.Add("id > @After");
        if (query.Device is not null)
            where.Add("device = @Device");
        if (query.Types.Count > 0)
        {
            where.Add($"({string.Join(" or ", query.Types.Select((_, i) => $"type like @type{i} escape '!'"))})");
            for (var i = 0; i < query.Types.Count; i++)
                parameters.Add($"type{i}", Like(query.Types[i]));
        }
        var sql = $"select {Columns} from events where {string.Join(" and ", where)} order by id limit @Limit";
        return database.ReadAsync<IReadOnlyList<StoredEvent>>(connection => [.. connection.Query<Row>(sql, parameters).Select(row => row.ToEvent())], cancellationToken);
    }

    /// <summary>The same, waiting for the first where there is none yet.</summary>
    public async Task<IReadOnlyList<StoredEvent>> WaitAsync(EventQuery query, TimeSpan wait, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        while (true)
        {
            // Taken before the look, so that what is stored between look and wait still wakes.
            var wake = WakeTask;
            var events = await ReadAsync(query, cancellationToken);
            var left = wait - time.GetElapsedTime(started);
            if (events.Count > 0 || left <= TimeSpan.Zero)
                return events;
            try
            {
                await wake.WaitAsync(left, time, cancellationToken);
            }
            catch (TimeoutException)
            {
                return [];
            }
        }
    }

    private Task WakeTask
    {
        get
        {
            lock (_wakeLock)
                return _wake.Task;
        }
    }

    private void Wake()
    {
        TaskCompletionSource wake;
        lock (_wakeLock)
        {
            wake = _wake;
            _wake = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }
        wake.SetResult();
    }

    private static string Like(string glob) => glob
        .Replace("!", "!!", StringComparison.Ordinal).Replace("%", "!%", StringComparison.Ordinal).Replace("_", "!_", StringComparison.Ordinal)
        .Replace('*', '%');

    /// <summary>A line as its columns hold it.</summary>
    private sealed record Row(string Id, string Type, string At, string? Workspace, string? Device, string? Principal, string? CallId, string? RunId, string Data)
    {
        public StoredEvent ToEvent() => new()
        {
            Id = Id,
            Type = Type,
            At = Timestamps.FromText(At),
            Workspace = Workspace,
            Device = Device,
            Principal = Principal,
            CallId = CallId,
            RunId = RunId,
            Data = JsonSerializer.Deserialize<JsonElement>(Data),
        };
    }
}
