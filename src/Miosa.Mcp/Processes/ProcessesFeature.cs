using Microsoft.Extensions.DependencyInjection;
using Miosa.Mcp.Calls;

namespace Miosa.Mcp.Processes;

/// <summary>Commands in sandboxes.</summary>
internal static class ProcessesFeature
{
    extension(IMcpServerBuilder mcp)
    {
        public IMcpServerBuilder AddProcesses()
        {
            mcp.Services.AddSingleton<ProcessStore>().AddSingleton<ProcessService>().AddHostedService<ProcessAdopter>();
            return mcp.AddTools<ProcessTools>();
        }
    }
}
