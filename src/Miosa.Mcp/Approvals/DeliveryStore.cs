using Dapper;
using Miosa.Mcp.Storage;

namespace Miosa.Mcp.Approvals;

/// <summary>What the webhook is still to be told: written right after what it tells of. Of a host that ends between the two only the journal knows.</summary>
internal sealed class DeliveryStore(Database database, TimeProvider time)
{
    private string Now => Timestamps.ToText(time.GetUtcNow());

    public Task AddAsync(string id, string type, string body, CancellationToken cancellationToken) =>
        database.WriteAsync(
            connection => connection.Execute(
                "insert into deliveries (id, type, body, created_at, attempts, next_at) values (@id, @type, @body, @Now, 0, @Now)", new { id, type, body, Now }), cancellationToken);

    /// <summary>Those that are due, the oldest first.</summary>
    public Task<IReadOnlyList<Delivery>> DueAsync(int most, CancellationToken cancellationToken) =>
        database.ReadAsync<IReadOnlyList<Delivery>>(
            connection => [.. connection.Query<Delivery>("select id, type, body, attempts from deliveries where next_at <= @Now order by id limit @most", new { Now, most })], cancellationToken);

    public Task DoneAsync(string id, CancellationToken cancellationToken) =>
        database.WriteAsync(connection => connection.Execute("delete from deliveries where id = @id", new { id }), cancellationToken);

    /// <summary>Forgets what is too old to be news, where there is a webhook no more.</summary>
    public Task<int> PruneAsync(TimeSpan kept, CancellationToken cancellationToken) =>
        database.WriteAsync(connection => connection.Execute("delete from deliveries where created_at < @before", new { before = Timestamps.ToText(time.GetUtcNow() - kept) }), cancellationToken);

    public Task LaterAsync(string id, TimeSpan delay, CancellationToken cancellationToken) =>
        database.WriteAsync(
            connection => connection.Execute(
                "update deliveries set attempts = attempts + 1, next_at = @next where id = @id", new { id, next = Timestamps.ToText(time.GetUtcNow() + delay) }), cancellationToken);
}

/// <summary>A message on its way to the webhook.</summary>
internal sealed record Delivery(string Id, string Type, string Body, long Attempts);
