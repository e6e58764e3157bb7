using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Miosa.Mcp.Calls;

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
                .AddSingleton<TemplateStore>()
                .AddSingleton<BuildNetwork>()
                .AddSingleton<BuildDevices>()
                .AddSingleton<BuildLogs>()
                .AddSingleton<TemplateService>()
                .AddSingleton<TemplateMaker>()
                .AddSingleton<TemplateViewer>()
                .AddHostedService<TemplateStarter>();
            return mcp.WithTools<TemplateTools>(Wire.Options);
        }
    }
}
