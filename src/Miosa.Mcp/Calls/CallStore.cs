using System.Text.Json;
using Dapper;
using Miosa.Mcp.Storage;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;

namespace Miosa.Mcp.Calls;

/// <summary>What an idempotency key stands for.</summary>
internal abstract record Claim
{
    private Claim()
    {
    }

    /// <summary>This call is the first with its key.</summary>
    public sealed record Mine : Claim;

    /// <summary>It was done before; this was the answer.</summary>
    public sealed record Answered(CallToolResult Result) : Claim;

    /// <summary>The key stands for another call.</summary>
    public sealed record Taken(string Tool) : Claim;

    /// <summary>It was begun by a host that ended before it did.</summary>
    public sealed record Unfinished(string CallId, string Since) : Claim;
}

/// <summary>Idempotency keys and their answers: all SQL of replay.</summary>
internal sealed class CallStore(Database database, TimeProvider time)
{
    private static readonly TimeSpan Kept = TimeSpan.FromHours(24);

    /// <summary>Takes the key for this call, or tells what it stands for already.</summary>
    public Task<Claim> ClaimAsync(Call call, CancellationToken cancellationToken) =>
        database.WriteAsync<Claim>(
            connection =>
            {
                var existing = connection.QuerySingleOrDefault<Stored>(
                    "select call_id, tool, call_hash, status, result, created_at from calls where principal = @Principal and workspace = @WorkspaceName and idempotency_key = @IdempotencyKey", Key(call));
                if (existing is null)
                {
                    connection.Execute(
                        """
                        insert into calls (principal, workspace, idempotency_key, call_id, tool, call_hash, status, created_at)
                        values (@Principal, @WorkspaceName, @IdempotencyKey, @Id, @Tool, @Hash, 'running', @now)
                        """,
                        new { call.Caller.Principal, call.Caller.WorkspaceName, call.IdempotencyKey, call.Id, call.Tool, call.Hash, now = Timestamps.ToText(time.GetUtcNow()) });
                    return new Claim.Mine();
                }
                if (existing.CallHash != call.Hash)
                    return new Claim.Taken(existing.Tool);
                return existing.Result is null
                    ? new Claim.Unfinished(existing.CallId, existing.CreatedAt)
                    : new Claim.Answered(JsonSerializer.Deserialize<CallToolResult>(existing.Result, McpJsonUtilities.DefaultOptions)!);
            },
            cancellationToken);

    public Task AnswerAsync(Call call, CallToolResult result)
    {
        var json = JsonSerializer.Serialize(result, McpJsonUtilities.DefaultOptions);
        return database.WriteAsync(
            connection => connection.Execute(
                "update calls set status = 'done', result = @json where principal = @Principal and workspace = @WorkspaceName and idempotency_key = @IdempotencyKey",
                new { json, call.Caller.Principal, call.Caller.WorkspaceName, call.IdempotencyKey }),
            CancellationToken.None);
    }

    /// <summary>Gives a key back whose call had no effect.</summary>
    public Task ReleaseAsync(Call call) =>
        database.WriteAsync(
            connection => connection.Execute(
                "delete from calls where principal = @Principal and workspace = @WorkspaceName and idempotency_key = @IdempotencyKey and status = 'running'", Key(call)),
            CancellationToken.None);

    /// <summary>Forgets answers that nobody asks for any more.</summary>
    public Task<int> PruneAsync(CancellationToken cancellationToken) =>
        database.WriteAsync(
            connection => connection.Execute("delete from calls where created_at < @before", new { before = Timestamps.ToText(time.GetUtcNow() - Kept) }), cancellationToken);

    private static object Key(Call call) => new { call.Caller.Principal, call.Caller.WorkspaceName, call.IdempotencyKey };

    /// <summary>A row as its columns hold it.</summary>
    private sealed record Stored(string CallId, string Tool, string CallHash, string Status, string? Result, string CreatedAt);
}
