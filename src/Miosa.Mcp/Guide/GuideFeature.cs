using Microsoft.Extensions.DependencyInjection;
using Miosa.Mcp.Calls;

namespace Miosa.Mcp.Guide;

/// <summary>How to work with this server.</summary>
internal static class GuideFeature
{
    extension(IMcpServerBuilder mcp)
    {
        public IMcpServerBuilder AddGuide() => mcp.AddTools<GuideTools>();
    }
}
