using System.Data;
using System.Text.Json;
using Dapper;
using Miosa.Mcp.Storage;

namespace Miosa.Mcp.Approvals;

/// <summary>The rows of requests. Every step is a compare-and-set: of two who take it at once, one does.</summary>
internal sealed class ApprovalStore(Database database, TimeProvider time)
{
    // The large columns are left out; a small one stands in their place, since of what is no column the driver cannot tell the type.
    private const string Brief =
        "id, workspace, kind, state, identity, principal, agent, client, transport, tool, capability, version, fingerprint, risk, marks, device, kind as arguments, binding, reasons, kind as facts, "
        + "created_at, expires_at, decided_at, decided_by, decided_via, note, kind as edited_arguments, edited_binding, grant_id, consumed_at, call_id, started_at, ended_at, outcome";

    private const string Columns =
        "id, workspace, kind, state, identity, principal, agent, client, transport, tool, capability, version, fingerprint, risk, marks, device, arguments, binding, reasons, facts, "
        + "created_at, expires_at, decided_at, decided_by, decided_via, note, edited_arguments, edited_binding, grant_id, consumed_at, call_id, started_at, ended_at, outcome";

    /// <summary>Which process wrote a row: what an earlier one left behind is told from what goes on.</summary>
    private readonly string _host = Guid.NewGuid().ToString("n");

    private string Now => Timestamps.ToText(time.GetUtcNow());

    /// <summary>Stores a new request, and gives the one that it voids; or, where the same asker's same call waits already, gives that one.</summary>
    public Task<(ApprovalRow Row, bool Added, ApprovalRow? Voided)> AddAsync(ApprovalRow row, int most, int mostOfOne, CancellationToken cancellationToken) =>
        database.WriteAsync<(ApprovalRow, bool, ApprovalRow?)>(
            connection =>
            {
                var now = Now;
                var same = connection.QueryFirstOrDefault<Stored>(
                    $"select {Columns} from approvals where workspace = @Workspace and identity = @Identity and state = 'pending' and expires_at > @now order by id desc limit 1", new { row.Workspace, row.Identity, now });
                if (same is not null && same.ToRow() is var waiting && waiting.Binding.CallHash == row.Binding.CallHash)
                    return (waiting, false, null);
                // It asks for what is no longer so, and nobody may say yes to that by mistake.
                var voided = same is null ? null : same.ToRow() with { State = ApprovalState.Voided };
                if (same is not null)
                    connection.Execute("update approvals set state = 'voided' where id = @Id and state = 'pending'", new { same.Id });
                Require(connection, "workspace = @Workspace", row, now, most, "of this workspace");
                Require(connection, "workspace = @Workspace and principal = @Principal and coalesce(agent, '') = coalesce(@Agent, '')", row, now, mostOfOne, "of this caller");
                connection.Execute(
                    $"""
                    insert into approvals ({Columns}, host)
                    values (@Id, @Workspace, @Kind, @State, @Identity, @Principal, @Agent, @Client, @Transport, @Tool, @Capability, @Version, @Fingerprint, @Risk, @Marks, @Device, @Arguments, @Binding,
                        @Reasons, @Facts, @CreatedAt, @ExpiresAt, null, null, null, null, null, null, null, null, null, null, null, null, @host)
                    """,
                    Parameters(row));
                return (row, true, voided);
            },
            cancellationToken);

    public Task<ApprovalRow?> FindAsync(string id, CancellationToken cancellationToken) =>
        database.ReadAsync(connection => connection.QuerySingleOrDefault<Stored>($"select {Columns} from approvals where id = @id", new { id })?.ToRow(), cancellationToken);

    /// <summary>The latest that asks for the same and has an answer that holds or none yet.</summary>
    public Task<ApprovalRow?> LatestAsync(string workspace, string identity, CancellationToken cancellationToken) =>
        database.ReadAsync(
            connection => connection.QueryFirstOrDefault<Stored>(
                $"""
                select {Columns} from approvals
                where workspace = @workspace and identity = @identity and state in ('pending', 'approved', 'denied', 'revision_requested') and expires_at > @Now order by id desc limit 1
                """,
                new { workspace, identity, Now })?.ToRow(),
            cancellationToken);

    /// <summary>The latest first, without their arguments.</summary>
    public Task<IReadOnlyList<ApprovalRow>> ListAsync(string? workspace, ApprovalState? state, string? before, int limit, CancellationToken cancellationToken)
    {
        List<string> where = ["1 = 1"];
        if (workspace is not null)
            where.Add("workspace = @workspace");
        if (state is not null)
            where.Add("state = @state");
        if (state is ApprovalState.Pending or ApprovalState.Approved)
            where.Add("expires_at > @Now");
        if (before is not null)
            where.Add("id < @before");
        var sql = $"select {Brief} from approvals where {string.Join(" and ", where)} order by id desc limit @limit";
        return database.ReadAsync<IReadOnlyList<ApprovalRow>>(
            connection => [.. connection.Query<Stored>(sql, new { workspace, state = state is { } one ? Word(one) : null, before, limit, Now }).Select(stored => stored.ToRow(isBrief: true))], cancellationToken);
    }

    /// <summary>Writes an answer down, if the request still waits for one; with it whatever follows from it.</summary>
    public Task<bool> DecideAsync(ApprovalRow decided, Action<IDbConnection>? also, CancellationToken cancellationToken) =>
        database.WriteAsync(
            connection =>
            {
                var isMine = connection.Execute(
                    """
                    update approvals set state = @State, decided_at = @DecidedAt, decided_by = @DecidedBy, decided_via = @DecidedVia, note = @Note, edited_arguments = @EditedArguments,
                        edited_binding = @EditedBinding, grant_id = @GrantId, expires_at = @ExpiresAt, consumed_at = @ConsumedAt, ended_at = @EndedAt, outcome = @Outcome
                    where id = @Id and state = 'pending' and expires_at > @now
                    """,
                    Parameters(decided)) is 1;
                if (isMine)
                    also?.Invoke(connection);
                return isMine;
            },
            cancellationToken);

    /// <summary>Takes an approval for one call, for good. Durable when this returns, so it is never taken twice.</summary>
    public Task<bool> ConsumeAsync(string id, string callId, CancellationToken cancellationToken) =>
        database.WriteAsync(
            connection => connection.Execute(
                "update approvals set state = 'consumed', consumed_at = @Now, call_id = @callId, host = @_host where id = @id and state = 'approved' and expires_at > @Now", new { id, callId, _host, Now }) is 1,
            cancellationToken);

    public Task VoidAsync(string id, CancellationToken cancellationToken) =>
        database.WriteAsync(connection => connection.Execute("update approvals set state = 'voided' where id = @id and state in ('pending', 'approved')", new { id }), cancellationToken);

    public Task StartedAsync(string id, CancellationToken cancellationToken) =>
        database.WriteAsync(connection => connection.Execute("update approvals set started_at = @Now where id = @id and state = 'consumed'", new { id, Now }), cancellationToken);

    public Task EndedAsync(string id, string outcome, CancellationToken cancellationToken) =>
        database.WriteAsync(connection => connection.Execute("update approvals set ended_at = @Now, outcome = @outcome where id = @id and state = 'consumed'", new { id, outcome, Now }), cancellationToken);

    /// <summary>Closes what a host that ended left open, and tells of each whether its call had been begun.</summary>
    public Task<IReadOnlyList<ApprovalRow>> CloseLeftAsync(CancellationToken cancellationToken) =>
        database.WriteAsync<IReadOnlyList<ApprovalRow>>(
            connection =>
            {
                List<ApprovalRow> left = [.. connection.Query<Stored>(
                    $"select {Columns} from approvals where state = 'consumed' and ended_at is null and host <> @_host", new { _host }).Select(stored => stored.ToRow())];
                List<ApprovalRow> closed = [.. left.Select(row => row with { EndedAt = time.GetUtcNow(), Outcome = row.StartedAt is null ? "not_started" : "interrupted" })];
                foreach (var row in closed)
                    connection.Execute("update approvals set ended_at = @EndedAt, outcome = @Outcome where id = @Id", new { EndedAt = Timestamps.ToText(row.EndedAt!.Value), row.Outcome, row.Id });
                return closed;
            },
            cancellationToken);

    /// <summary>Marks those whose time is over, and gives them.</summary>
    public Task<IReadOnlyList<ApprovalRow>> ExpireAsync(int most, CancellationToken cancellationToken) =>
        database.WriteAsync<IReadOnlyList<ApprovalRow>>(
            connection =>
            {
                List<ApprovalRow> over = [.. connection.Query<Stored>(
                    $"select {Brief} from approvals where state in ('pending', 'approved') and expires_at <= @Now order by id limit @most", new { Now, most }).Select(stored => stored.ToRow(isBrief: true))];
                foreach (var row in over)
                    connection.Execute("update approvals set state = 'expired' where id = @Id and state in ('pending', 'approved')", new { row.Id });
                return over;
            },
            cancellationToken);

    public Task<int> PruneAsync(TimeSpan kept, CancellationToken cancellationToken) =>
        database.WriteAsync(
            connection => connection.Execute(
                "delete from approvals where created_at < @before and state not in ('pending', 'approved')", new { before = Timestamps.ToText(time.GetUtcNow() - kept) }),
            cancellationToken);

    private void Require(IDbConnection connection, string whose, ApprovalRow row, string now, int most, string of)
    {
        // Counted no further than it matters.
        if (most < int.MaxValue && connection.ExecuteScalar<long>(
            $"select count(*) from (select 1 from approvals where {whose} and state = 'pending' and expires_at > @now limit @most) as waiting", new { row.Workspace, row.Principal, row.Agent, now, most }) >= most)
            throw ApprovalFailures.TooMany(most, of);
    }

    private static string Word<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());

    private DynamicParameters Parameters(ApprovalRow row)
    {
        var parameters = new DynamicParameters(new
        {
            row.Id,
            row.Workspace,
            Kind = Word(row.Kind),
            State = Word(row.State),
            row.Identity,
            row.Principal,
            row.Agent,
            row.Client,
            row.Transport,
            row.Tool,
            row.Capability,
            row.Version,
            row.Fingerprint,
            row.Risk,
            row.Marks,
            row.Device,
            row.Arguments,
            Binding = JsonSerializer.Serialize(row.Binding, ApprovalJson.Default.Binding),
            Reasons = JsonSerializer.Serialize(row.Reasons, ApprovalJson.Default.IReadOnlyListString),
            Facts = row.Facts is null ? null : JsonSerializer.Serialize(row.Facts, ApprovalJson.Default.CallFacts),
            CreatedAt = Timestamps.ToText(row.CreatedAt),
            ExpiresAt = Timestamps.ToText(row.ExpiresAt),
            DecidedAt = Text(row.DecidedAt),
            row.DecidedBy,
            row.DecidedVia,
            row.Note,
            row.EditedArguments,
            EditedBinding = row.EditedBinding is null ? null : JsonSerializer.Serialize(row.EditedBinding, ApprovalJson.Default.Binding),
            row.GrantId,
            ConsumedAt = Text(row.ConsumedAt),
            EndedAt = Text(row.EndedAt),
            row.Outcome,
        });
        parameters.Add("host", _host);
        parameters.Add("now", Now);
        return parameters;
    }

    private static string? Text(DateTimeOffset? at) => at is { } when ? Timestamps.ToText(when) : null;

    /// <summary>A row as its columns hold it.</summary>
    private sealed record Stored(
        string Id, string Workspace, string Kind, string State, string Identity, string Principal, string? Agent, string? Client, string Transport, string Tool, string Capability, long Version,
        string Fingerprint, string Risk, string Marks, string? Device, string Arguments, string Binding, string Reasons, string? Facts, string CreatedAt, string ExpiresAt, string? DecidedAt,
        string? DecidedBy, string? DecidedVia, string? Note, string? EditedArguments, string? EditedBinding, string? GrantId, string? ConsumedAt, string? CallId, string? StartedAt, string? EndedAt, string? Outcome)
    {
        public ApprovalRow ToRow(bool isBrief = false) => new()
        {
            Id = Id,
            Workspace = Workspace,
            Kind = Enum.Parse<ApprovalKind>(Kind, ignoreCase: true),
            State = Enum.Parse<ApprovalState>(State.Replace("_", "", StringComparison.Ordinal), ignoreCase: true),
            Identity = Identity,
            Principal = Principal,
            Agent = Agent,
            Client = Client,
            Transport = Transport,
            Tool = Tool,
            Capability = Capability,
            Version = (int)Version,
            Fingerprint = Fingerprint,
            Risk = Risk,
            Marks = Marks,
            Device = Device,
            Arguments = isBrief ? "{}" : Arguments,
            Binding = JsonSerializer.Deserialize(Binding, ApprovalJson.Default.Binding)!,
            Reasons = JsonSerializer.Deserialize(Reasons, ApprovalJson.Default.IReadOnlyListString)!,
            Facts = isBrief || Facts is null ? null : JsonSerializer.Deserialize(Facts, ApprovalJson.Default.CallFacts),
            CreatedAt = Timestamps.FromText(CreatedAt),
            ExpiresAt = Timestamps.FromText(ExpiresAt),
            DecidedAt = Time(DecidedAt),
            DecidedBy = DecidedBy,
            DecidedVia = DecidedVia,
            Note = Note,
            EditedArguments = isBrief ? null : EditedArguments,
            EditedBinding = EditedBinding is null ? null : JsonSerializer.Deserialize(EditedBinding, ApprovalJson.Default.Binding),
            GrantId = GrantId,
            ConsumedAt = Time(ConsumedAt),
            CallId = CallId,
            StartedAt = Time(StartedAt),
            EndedAt = Time(EndedAt),
            Outcome = Outcome,
        };

        private static DateTimeOffset? Time(string? text) => text is null ? null : Timestamps.FromText(text);
    }
}
