using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Miosa.Mcp.Calls;
using Miosa.Mcp.Hosting;
using Miosa.Mcp.Previews.Edge;

namespace Miosa.Mcp.Previews;

/// <summary>Servers of sandboxes, shown in a browser.</summary>
internal static class PreviewsFeature
{
    extension(IMcpServerBuilder mcp)
    {
        public IMcpServerBuilder AddPreviews()
        {
            mcp.Services.AddOptions<PreviewOptions>().BindConfiguration(PreviewOptions.Section).ValidateOnStart();
            mcp.Services
                .AddSingleton<IValidateOptions<PreviewOptions>, PreviewOptionsValidator>()
                .AddSingleton<PreviewKey>()
                .AddSingleton<PreviewTokens>()
                .AddSingleton<SharePasswords>()
                .AddSingleton<PreviewStore>()
                .AddSingleton<PreviewDirectory>()
                .AddSingleton<PreviewService>()
                .AddEdge()
                .AddSingleton(services => new StatusCount("previews", () => services.GetRequiredService<PreviewDirectory>().Count));
            return mcp.AddTools<PreviewTools>();
        }
    }
}
