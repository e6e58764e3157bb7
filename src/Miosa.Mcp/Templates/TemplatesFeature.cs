using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Miosa.Mcp.Calls;
using Miosa.Mcp.Network;
using Miosa.Mcp.Workspaces;

namespace Miosa.Mcp.Templates;

/// <summary>What sandboxes are made from.</summary>
internal static class TemplatesFeature
{
    extension(IMcpServerBuilder mcp)
    {
        public IMcpServerBuilder AddTemplates()
        {
            mcp.Services.AddOptions<TemplateOptions>().BindConfiguration(TemplateOptions.Section).ValidateOnStart();
            mcp.Services
                .AddSingleton<IValidateOptions<TemplateOptions>, TemplateOptionsValidator>()
                .AddSingleton<TemplateFolders>()
                // The folder's host looks into sandboxes, which are made from templates.
                .AddSingleton(services => new CompanyTemplates(new Lazy<WorkspaceContracts>(services.GetRequiredService<WorkspaceContracts>)))
                .AddSingleton<TemplateStore>()
                // Sandboxes have a network and are made from templates, which are built in sandboxes: the circle is closed when one is built.
                .AddSingleton(services => new BuildNetwork(new Lazy<NetworkService>(services.GetRequiredService<NetworkService>), services.GetRequiredService<TimeProvider>()))
                .AddSingleton<BuildDevices>()
                .AddSingleton<BuildLogs>()
                .AddSingleton<TemplateService>()
                .AddSingleton<TemplateMaker>()
                .AddSingleton<TemplateViewer>()
                .AddHostedService<TemplateStarter>();
            return mcp.AddTools<TemplateTools>();
        }
    }
}
