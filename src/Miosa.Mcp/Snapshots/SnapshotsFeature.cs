using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Miosa.Mcp.Calls;

namespace Miosa.Mcp.Snapshots;

/// <summary>Sandboxes kept at one instant, put back and copied.</summary>
internal static class SnapshotsFeature
{
    extension(IMcpServerBuilder mcp)
    {
        public IMcpServerBuilder AddSnapshots()
        {
            mcp.Services.AddOptions<SnapshotOptions>().BindConfiguration(SnapshotOptions.Section).ValidateOnStart();
            mcp.Services
                .AddSingleton<IValidateOptions<SnapshotOptions>, SnapshotOptionsValidator>()
                .AddSingleton<SnapshotStore>()
                .AddSingleton<SnapshotUses>()
                .AddSingleton<SnapshotService>()
                .AddSingleton<SnapshotRetention>()
                .AddSingleton<SnapshotForks>()
                .AddSingleton<SnapshotTransfers>()
                .AddSingleton<SnapshotLinks>()
                .AddSingleton<ICheckpoints, Checkpoints>()
                .AddHostedService<SnapshotRounds>();
            return mcp.AddTools<SnapshotTools>();
        }
    }
}
