using System.Text.Json;
using Dapper;
using Miosa.Mcp.Storage;

namespace Miosa.Mcp.Network;

/// <summary>The policies that were set, and the journal's lines about the network: all SQL of this feature.</summary>
internal sealed class NetworkStore(Database database)
{
    /// <summary>What was set for a sandbox; null where nothing was.</summary>
    public Task<PolicyRow?> FindAsync(string sandboxId, CancellationToken cancellationToken) =>
        database.ReadAsync(
            connection => connection.QuerySingleOrDefault<Stored>("select preset, allow from network_policies where sandbox_id = @sandboxId", new { sandboxId })?.ToRow(),
            cancellationToken);

    public Task SetAsync(string sandboxId, PolicyRow policy, CancellationToken cancellationToken) =>
        database.WriteAsync(
            connection => connection.Execute(
                """
                insert into network_policies (sandbox_id, preset, allow) values (@sandboxId, @preset, @allow)
                on conflict (sandbox_id) do update set preset = excluded.preset, allow = excluded.allow
                """,
                new { sandboxId, preset = policy.Preset.ToString().ToLowerInvariant(), allow = JsonSerializer.Serialize(policy.Allow) }),
            cancellationToken);

    /// <summary>Forgets the policies of destroyed sandboxes. One of which there is a snapshot can still be forked, and its forks have its policy.</summary>
    public Task ForgetDestroyedAsync(CancellationToken cancellationToken) =>
        database.WriteAsync(
            connection => connection.Execute(
                """
                delete from network_policies
                where sandbox_id in (select id from sandboxes where state = 'destroyed') and sandbox_id not in (select sandbox_id from snapshots)
                """),
            cancellationToken);

    /// <summary>What happened at a sandbox's way out, the latest first.</summary>
    public Task<IReadOnlyList<NetworkLogEntry>> LogAsync(string sandboxId, string? type, string? host, string? before, int limit, CancellationToken cancellationToken)
    {
        List<string> where = ["device = @sandboxId", type is null ? "type in ('network.allowed', 'network.refused', 'network.failed', 'network.closed', 'network.changed')" : "type = @type"];
        if (host is not null)
            where.Add("data like @host escape '!'");
        if (before is not null)
            where.Add("id < @before");
        // Hosts in the journal hold no character that JSON would write otherwise.
        var like = host is null ? null : $"%\"host\":\"{host.Replace("!", "!!", StringComparison.Ordinal).Replace("%", "!%", StringComparison.Ordinal).Replace("_", "!_", StringComparison.Ordinal)}\"%";
        var sql = $"select id, at, type, data from events where {string.Join(" and ", where)} order by id desc limit @limit";
        return database.ReadAsync<IReadOnlyList<NetworkLogEntry>>(
            connection => [.. connection.Query<StoredEntry>(sql, new { sandboxId, type, host = like, before, limit }).Select(stored => stored.ToEntry())],
            cancellationToken);
    }

    private sealed record Stored(string Preset, string Allow)
    {
        public PolicyRow ToRow() => new(Enum.Parse<NetworkPreset>(Preset, ignoreCase: true), JsonSerializer.Deserialize<List<string>>(Allow)!);
    }

    private sealed record StoredEntry(string Id, string At, string Type, string Data)
    {
        public NetworkLogEntry ToEntry()
        {
            var data = JsonSerializer.Deserialize<JsonElement>(Data);
            return new NetworkLogEntry
            {
                EventId = Id,
                At = Timestamps.FromText(At),
                Decision = Type["network.".Length..],
                Host = Text(data, "host"),
                Port = Number(data, "port") is { } port ? (int)port : null,
                Address = Text(data, "address"),
                Why = Text(data, "rule") ?? Text(data, "reason"),
                BytesSent = Number(data, "bytes_sent"),
                BytesReceived = Number(data, "bytes_received"),
                Count = (int)(Number(data, "count") ?? 1),
            };
        }

        private static string? Text(JsonElement data, string name) => data.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.String ? value.GetString() : null;

        private static long? Number(JsonElement data, string name) => data.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.Number ? value.GetInt64() : null;
    }
}
