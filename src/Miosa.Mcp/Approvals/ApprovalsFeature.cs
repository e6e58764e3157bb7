using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Miosa.Mcp.Calls;

namespace Miosa.Mcp.Approvals;

/// <summary>A person's word, where one is needed.</summary>
internal static class ApprovalsFeature
{
    extension(IMcpServerBuilder mcp)
    {
        /// <summary>What every call needs, whatever tools there are.</summary>
        public IMcpServerBuilder AddApprovalCore()
        {
            mcp.Services.AddOptions<ApprovalOptions>().BindConfiguration(ApprovalOptions.Section).ValidateOnStart();
            mcp.Services
                .AddSingleton<IValidateOptions<ApprovalOptions>, ApprovalOptionsValidator>()
                .AddSingleton<ApprovalStore>()
                .AddSingleton<GrantStore>()
                .AddSingleton<PolicyStore>()
                .AddSingleton<SpendStore>()
                .AddSingleton<DeliveryStore>()
                .AddSingleton<ApprovalSignal>()
                .AddSingleton<ApprovalNews>()
                .AddSingleton<PolicyKeeper>()
                .AddSingleton<ApprovalService>()
                .AddSingleton<ApprovalDesk>()
                .AddSingleton<ApproverLock>()
                .AddSingleton<ApprovalControl>()
                .AddHostedService<ApprovalReaper>();
            return mcp;
        }

        /// <summary>What looks at sandboxes for it, the tools, and the webhook.</summary>
        public IMcpServerBuilder AddApprovals()
        {
            // The one that knows most of a call comes first.
            mcp.Services
                .AddSingleton<ICallInspector, CommandInspector>()
                .AddSingleton<ICallInspector, FileInspector>()
                .AddSingleton<ICallInspector, DeviceInspector>()
                .AddHostedService<ApprovalWebhook>();
            return mcp.AddTools<ApprovalTools>();
        }
    }
}
