using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Miosa.Mcp.Calls;

namespace Miosa.Mcp.Network;

/// <summary>The way out of sandboxes.</summary>
internal static class NetworkFeature
{
    extension(IMcpServerBuilder mcp)
    {
        public IMcpServerBuilder AddNetwork()
        {
            mcp.Services.AddOptions<NetworkOptions>().BindConfiguration(NetworkOptions.Section).ValidateOnStart();
            mcp.Services
                .AddSingleton<IValidateOptions<NetworkOptions>, NetworkOptionsValidator>()
                .AddSingleton<NameResolver>(new MachineResolver(new LookupPlaces(), Dns.GetHostAddresses).ResolveAsync)
                .AddSingleton<MachineNetworks>()
                .AddSingleton<AddressRules>()
                .AddSingleton<EgressGate>()
                .AddSingleton<Dialer>()
                .AddSingleton<Connections>()
                .AddSingleton<NetworkStore>()
                .AddSingleton<NetworkService>()
                .AddHostedService<NetworkStarter>();
            return mcp.AddTools<NetworkTools>();
        }
    }
}
