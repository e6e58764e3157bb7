using Microsoft.Extensions.DependencyInjection;
using Miosa.Mcp.Hosting;

namespace Miosa.Mcp.Transports.Stdio;

/// <summary>The unix socket that <c>miosa mcp</c> and the other commands talk to.</summary>
internal static class StdioFeature
{
    extension(IServiceCollection services)
    {
        public void AddStdio()
        {
            services.AddSingleton<HostControl>();
            services.AddTransient<SocketConnection>();
            services.AddSingleton<SocketListener>();
            services.AddHostedService(p => p.GetRequiredService<SocketListener>());
            services.AddSingleton(p => new StatusCount("stdio_connections", () => p.GetRequiredService<SocketListener>().Connections));
        }
    }
}
