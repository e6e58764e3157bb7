using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Miosa.Devices;
using Miosa.Mcp.Calls;
using Miosa.Mcp.Hosting;

namespace Miosa.Mcp.Sandboxes;

/// <summary>Machines to work on.</summary>
internal static partial class SandboxesFeature
{
    extension(IMcpServerBuilder mcp)
    {
        public IMcpServerBuilder AddSandboxes()
        {
            mcp.Services.AddOptions<SandboxOptions>().BindConfiguration(SandboxOptions.Section).ValidateOnStart();
            mcp.Services
                .AddSingleton<IValidateOptions<SandboxOptions>, SandboxOptionsValidator>()
                .AddSingleton(services => new LocalEngine(Engine(services), services.GetRequiredService<TimeProvider>(), why => LogNoBtrfs(services.GetRequiredService<ILogger<LocalEngine>>(), why.Message, why.Remedy)))
                .AddSingleton<SandboxStore>()
                .AddSingleton<SandboxActivity>()
                .AddSingleton<SandboxService>()
                .AddHostedService<SandboxReaper>();
            return mcp.AddTools<SandboxTools>().AddTools<SandboxLifecycleTools>();
        }
    }

    private static EngineOptions Engine(IServiceProvider services)
    {
        var options = services.GetRequiredService<IOptions<SandboxOptions>>().Value;
        return services.GetRequiredService<MiosaHome>().Engine with { Volumes = options.Volumes, LeastFreeBytes = (long)options.LeastFreeMiB << 20 };
    }

    [LoggerMessage(LogLevel.Warning, "This home is begun without btrfs, so snapshots, restores and forks are slower and limits on disk are not kept: {Problem} {Remedy}")]
    private static partial void LogNoBtrfs(ILogger logger, string problem, string remedy);
}
