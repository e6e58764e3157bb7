using System.Globalization;
using Dapper;
using Miosa.Mcp.Calls;
using Miosa.Mcp.Storage;

namespace Miosa.Mcp.Approvals;

/// <summary>What calls cost, set aside before they are made.</summary>
internal sealed class SpendStore(Database database, TimeProvider time)
{
    // Of the calendar, so that a budget is the one of the month that a bill is for.
    private string Month => time.GetUtcNow().UtcDateTime.ToString("yyyy-MM", CultureInfo.InvariantCulture);

    /// <summary>What was set aside in this month.</summary>
    public Task<decimal> SpentAsync(string workspace, CancellationToken cancellationToken) =>
        database.ReadAsync(connection => Sum(connection, workspace, Month), cancellationToken);

    /// <summary>Sets the cost of a call aside, unless with it the month would cost more than <paramref name="most"/>; null is no limit.</summary>
    public Task<bool> ReserveAsync(Call call, decimal cost, decimal? most, CancellationToken cancellationToken) =>
        database.WriteAsync(
            connection =>
            {
                if (most is { } limit && Sum(connection, call.Caller.WorkspaceName, Month) + cost > limit)
                    return false;
                return connection.Execute(
                    "insert into spends (id, workspace, capability, month, usd) values (@Id, @WorkspaceName, @Name, @Month, @usd)",
                    new { call.Id, call.Caller.WorkspaceName, call.Capability.Name, Month, usd = cost.ToString(CultureInfo.InvariantCulture) }) is 1;
            },
            cancellationToken);

    /// <summary>The call is known to have changed nothing, so it cost nothing.</summary>
    public Task ReleaseAsync(string callId) =>
        database.WriteAsync(connection => connection.Execute("delete from spends where id = @callId", new { callId }), CancellationToken.None);

    /// <summary>Forgets what was set aside in months that are over: no budget is measured by it any more.</summary>
    public Task<int> PruneAsync(CancellationToken cancellationToken) =>
        database.WriteAsync(connection => connection.Execute("delete from spends where month < @Month", new { Month }), cancellationToken);

    // Added here and not by the database: money is not for floating point.
    private static decimal Sum(System.Data.IDbConnection connection, string workspace, string month) =>
        connection.Query<string>("select usd from spends where workspace = @workspace and month = @month", new { workspace, month }).Sum(usd => decimal.Parse(usd, CultureInfo.InvariantCulture));
}
