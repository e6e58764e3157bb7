using Microsoft.Extensions.DependencyInjection;
using Miosa.Mcp.Calls;

namespace Miosa.Mcp.Services;

/// <summary>Commands that run whenever their sandbox does.</summary>
internal static class ServicesFeature
{
    extension(IMcpServerBuilder mcp)
    {
        public IMcpServerBuilder AddServices()
        {
            mcp.Services
                .AddSingleton<ServiceStore>()
                .AddSingleton<ServiceCopies>()
                .AddSingleton<HealthProbe>()
                .AddSingleton<ServiceSupervisor>()
                .AddSingleton<ServiceService>()
                .AddHostedService(services => services.GetRequiredService<ServiceSupervisor>());
            return mcp.AddTools<ServiceTools>();
        }
    }
}
