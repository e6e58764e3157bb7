using System.Data;
using System.Text.Json;
using Dapper;
using Miosa.Mcp.Calls;
using Miosa.Mcp.Storage;

namespace Miosa.Mcp.Approvals;

/// <summary>The policies that a person accepted, by workspace and agent.</summary>
internal sealed class PolicyStore(Database database)
{
    public Task<Authority?> FindAsync(string workspace, string agent, CancellationToken cancellationToken) =>
        database.ReadAsync(
            connection => connection.QuerySingleOrDefault<string>("select content from accepted_policies where workspace = @workspace and agent = @agent", new { workspace, agent }) is { } content
                ? JsonSerializer.Deserialize<Authority>(content, Wire.Options)
                : null,
            cancellationToken);

    /// <summary>Keeps it unless another one is kept already; what is kept from then on.</summary>
    public Task<Authority> KeepFirstAsync(string workspace, string agent, Authority first, string by, DateTimeOffset at, CancellationToken cancellationToken) =>
        database.WriteAsync(
            connection =>
            {
                connection.Execute(
                    "insert into accepted_policies (workspace, agent, fingerprint, content, accepted_by, accepted_at) values (@workspace, @agent, @fingerprint, @content, @by, @at) on conflict do nothing",
                    new { workspace, agent, fingerprint = first.Fingerprint(), content = JsonSerializer.Serialize(first, Wire.Options), by, at = Timestamps.ToText(at) });
                return JsonSerializer.Deserialize<Authority>(
                    connection.QuerySingle<string>("select content from accepted_policies where workspace = @workspace and agent = @agent", new { workspace, agent }), Wire.Options)!;
            },
            cancellationToken);

    /// <summary>As part of what else is being stored.</summary>
    public static void Accept(IDbConnection connection, string workspace, string agent, string content, string fingerprint, string by, DateTimeOffset at)
    {
        connection.Execute("delete from accepted_policies where workspace = @workspace and agent = @agent", new { workspace, agent });
        connection.Execute(
            "insert into accepted_policies (workspace, agent, fingerprint, content, accepted_by, accepted_at) values (@workspace, @agent, @fingerprint, @content, @by, @at)",
            new { workspace, agent, fingerprint, content, by, at = Timestamps.ToText(at) });
    }
}
