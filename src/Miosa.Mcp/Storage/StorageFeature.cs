using Dapper;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Miosa.Mcp.Hosting;

namespace Miosa.Mcp.Storage;

/// <summary>The database of this home.</summary>
internal static class StorageFeature
{
    extension(IMcpServerBuilder mcp)
    {
        public IMcpServerBuilder AddStorage()
        {
            // Columns are snake_case, as PostgreSQL has them.
            DefaultTypeMap.MatchNamesWithUnderscores = true;
            mcp.Services.AddSingleton(services => new Database(services.GetRequiredService<MiosaHome>().DatabaseFile, logger: services.GetRequiredService<ILogger<Database>>()));
            return mcp;
        }
    }
}
