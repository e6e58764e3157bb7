using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Miosa.Devices;
using Miosa.Mcp.Calls;
using Miosa.Mcp.Hosting;

namespace Miosa.Mcp.Sandboxes;

/// <summary>Machines to work on.</summary>
internal static class SandboxesFeature
{
    extension(IMcpServerBuilder mcp)
    {
        public IMcpServerBuilder AddSandboxes()
        {
            mcp.Services.AddOptions<SandboxOptions>().BindConfiguration(SandboxOptions.Section).ValidateOnStart();
            mcp.Services
                .AddSingleton<IValidateOptions<SandboxOptions>, SandboxOptionsValidator>()
                .AddSingleton(services => new LocalEngine(services.GetRequiredService<MiosaHome>().Engine, services.GetRequiredService<TimeProvider>()))
                .AddSingleton<SandboxStore>()
                .AddSingleton<SandboxActivity>()
                .AddSingleton<TemplateService>()
                .AddSingleton<SandboxService>()
                .AddHostedService<SandboxReaper>()
                .AddHostedService<TemplateStarter>();
            return mcp.AddTools<SandboxTools>();
        }
    }
}
