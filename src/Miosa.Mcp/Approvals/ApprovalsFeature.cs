using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

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
                .AddHostedService<ApprovalReaper>();
            return mcp;
        }
    }
}
