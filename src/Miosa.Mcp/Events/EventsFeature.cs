using Microsoft.Extensions.DependencyInjection;
using Miosa.Mcp.Calls;

namespace Miosa.Mcp.Events;

/// <summary>What happened.</summary>
internal static class EventsFeature
{
    extension(IMcpServerBuilder mcp)
    {
        public IMcpServerBuilder AddEvents()
        {
            mcp.Services.AddSingleton<Journal>();
            return mcp.AddTools<EventTools>();
        }
    }
}
