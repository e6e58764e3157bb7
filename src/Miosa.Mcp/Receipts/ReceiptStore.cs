using System.Data;
using Dapper;
using Miosa.Mcp.Receipts.Chains;
using Miosa.Mcp.Storage;

namespace Miosa.Mcp.Receipts;

/// <summary>The rows of receipts: all SQL of this feature. They say what the files say, and are made again from them where some are missing.</summary>
internal sealed class ReceiptStore(Database database)
{
    private const string Columns = "workspace, chain, sequence, id, chain_id, kind, at, call_id, capability, principal, agent, device, decision, status, error, approval_id, segment, position, length, is_open";

    /// <summary>Adds rows that follow those there are. False, and nothing is added, where some before them are missing.</summary>
    public Task<bool> AddAsync(IReadOnlyList<ReceiptRow> rows, CancellationToken cancellationToken) =>
        database.WriteAsync(
            connection =>
            {
                var first = rows[0];
                var indexed = connection.QuerySingleOrDefault<long?>("select indexed from receipt_chains where workspace = @Workspace and chain = @Chain", new { first.Workspace, first.Chain }) ?? 0;
                if (indexed < first.Sequence - 1)
                    return false;
                Insert(connection, [.. rows.Where(row => row.Sequence > indexed)]);
                connection.Execute(
                    """
                    insert into receipt_chains (workspace, chain, chain_id, indexed) values (@Workspace, @Chain, @ChainId, @last)
                    on conflict (workspace, chain) do update set indexed = case when receipt_chains.indexed > excluded.indexed then receipt_chains.indexed else excluded.indexed end
                    """,
                    new { first.Workspace, first.Chain, first.ChainId, last = rows[^1].Sequence });
                return true;
            },
            cancellationToken);

    public Task<long> IndexedAsync(string workspace, int chain, CancellationToken cancellationToken) =>
        database.ReadAsync(connection => connection.QuerySingleOrDefault<long?>("select indexed from receipt_chains where workspace = @workspace and chain = @chain", new { workspace, chain }) ?? 0, cancellationToken);

    /// <summary>The end of the last chain of each workspace.</summary>
    public Task<IReadOnlyDictionary<string, ChainHead>> HeadsAsync(CancellationToken cancellationToken) =>
        database.ReadAsync<IReadOnlyDictionary<string, ChainHead>>(
            connection => connection.Query<Head>("select workspace, chain, chain_id, indexed from receipt_chains order by chain")
                .GroupBy(head => head.Workspace, StringComparer.Ordinal)
                .ToDictionary(heads => heads.Key, heads => heads.Last() is var last ? new ChainHead((int)last.Chain, last.ChainId, last.Indexed) : null!, StringComparer.Ordinal),
            cancellationToken);

    public Task<IReadOnlyList<ReceiptRow>> ListAsync(ReceiptQuery query, CancellationToken cancellationToken)
    {
        List<string> where = ["workspace = @Workspace"];
        if (query.CallId is not null)
            where.Add("call_id = @CallId");
        if (query.Capability is not null)
            where.Add("capability = @Capability");
        if (query.Device is not null)
            where.Add("device = @Device");
        if (query.Kind is not null)
            where.Add("kind = @Kind");
        if (query.ApprovalId is not null)
            where.Add("approval_id = @ApprovalId");
        if (query.Before is not null)
            where.Add("(chain < @chain or (chain = @chain and sequence < @sequence))");
        return QueryAsync(
            $"select {Columns} from receipts where {string.Join(" and ", where)} order by chain desc, sequence desc limit @Limit",
            new { query.Workspace, query.CallId, query.Capability, query.Device, query.Kind, query.ApprovalId, chain = query.Before?.Chain, sequence = query.Before?.Sequence, query.Limit },
            cancellationToken);
    }

    public async Task<ReceiptRow?> FindAsync(string workspace, string id, CancellationToken cancellationToken) =>
        await QueryAsync($"select {Columns} from receipts where id = @id and workspace = @workspace limit 1", new { id, workspace }, cancellationToken) is [var row] ? row : null;

    /// <summary>Beginnings without an end, in every workspace.</summary>
    public Task<IReadOnlyList<ReceiptRow>> OpenAsync(CancellationToken cancellationToken) =>
        QueryAsync($"select {Columns} from receipts where is_open = 1 order by workspace, chain, sequence", new { }, cancellationToken);

    private Task<IReadOnlyList<ReceiptRow>> QueryAsync(string sql, object parameters, CancellationToken cancellationToken) =>
        database.ReadAsync<IReadOnlyList<ReceiptRow>>(connection => [.. connection.Query<Stored>(sql, parameters).Select(stored => stored.ToRow())], cancellationToken);

    private static void Insert(IDbConnection connection, IReadOnlyList<ReceiptRow> rows)
    {
        if (rows.Count is 0)
            return;
        connection.Execute(
            $"""
            insert into receipts ({Columns})
            values (@Workspace, @Chain, @Sequence, @Id, @ChainId, @Kind, @At, @CallId, @Capability, @Principal, @Agent, @Device, @Decision, @Status, @Error, @ApprovalId, @Segment, @Position, @Length, @IsOpen)
            on conflict do nothing
            """,
            rows.Select(row => new
            {
                row.Workspace, row.Chain, row.Sequence, row.Id, row.ChainId, row.Kind, row.At, row.CallId, row.Capability, row.Principal, row.Agent, row.Device, row.Decision, row.Status, row.Error,
                row.ApprovalId, row.Segment, row.Position, row.Length, IsOpen = row.IsOpen ? 1 : 0,
            }));
        foreach (var row in rows.Where(row => row.Ends))
            connection.Execute("update receipts set is_open = 0 where workspace = @Workspace and call_id = @CallId and is_open = 1", new { row.Workspace, row.CallId });
    }

    private sealed record Head(string Workspace, long Chain, string ChainId, long Indexed);

    /// <summary>A row as its columns hold it.</summary>
    private sealed record Stored(
        string Workspace, long Chain, long Sequence, string Id, string ChainId, string Kind, string At, string CallId, string Capability, string Principal, string? Agent, string? Device, string? Decision,
        string Status, string? Error, string? ApprovalId, string Segment, long Position, long Length, long IsOpen)
    {
        public ReceiptRow ToRow() => new()
        {
            Workspace = Workspace,
            Chain = (int)Chain,
            Sequence = Sequence,
            Id = Id,
            ChainId = ChainId,
            Kind = Kind,
            At = At,
            CallId = CallId,
            Capability = Capability,
            Principal = Principal,
            Agent = Agent,
            Device = Device,
            Decision = Decision,
            Status = Status,
            Error = Error,
            ApprovalId = ApprovalId,
            Segment = Segment,
            Position = Position,
            Length = (int)Length,
            IsOpen = IsOpen is 1,
        };
    }
}
