using Microsoft.Extensions.DependencyInjection;
using Miosa.Mcp.Previews.Edge.Sockets;

namespace Miosa.Mcp.Previews.Edge;

/// <summary>Where visitors come in.</summary>
internal static class EdgeFeature
{
    extension(IServiceCollection services)
    {
        public IServiceCollection AddEdge() => services
            .AddSingleton<EdgePort>()
            .AddSingleton<EdgeConnections>()
            .AddSingleton<EdgeCookies>()
            .AddSingleton<EdgeGate>()
            .AddSingleton<EdgePages>()
            .AddSingleton<SandboxPresence>()
            .AddSingleton<SocketLoops>()
            .AddSingleton<KernelPipes>()
            .AddSingleton<Upstreams>()
            .AddSingleton<EdgeForwarder>()
            .AddSingleton<EdgeApplication>()
            .AddSingleton<EdgeServer>()
            .AddHostedService(provider => provider.GetRequiredService<EdgeServer>());
    }
}
