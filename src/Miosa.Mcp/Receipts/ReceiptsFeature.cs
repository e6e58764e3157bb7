using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Miosa.Mcp.Calls;
using Miosa.Mcp.Hosting;
using Miosa.Mcp.Receipts.Chains;

namespace Miosa.Mcp.Receipts;

/// <summary>What was decided and done, in a form that strangers can verify.</summary>
internal static class ReceiptsFeature
{
    extension(IMcpServerBuilder mcp)
    {
        public IMcpServerBuilder AddReceipts() => mcp.AddTools<ReceiptTools>();

        /// <summary>What every call needs, whatever tools there are.</summary>
        public IMcpServerBuilder AddReceiptCore()
        {
            mcp.Services.AddOptions<ReceiptOptions>().BindConfiguration(ReceiptOptions.Section).ValidateOnStart();
            mcp.Services
                .AddSingleton<IValidateOptions<ReceiptOptions>, ReceiptOptionsValidator>()
                .AddSingleton(services => ReceiptFolders.In(services.GetRequiredService<MiosaHome>()))
                .AddSingleton(services => new ReceiptLog(
                    services.GetRequiredService<ReceiptFolders>(), services.GetRequiredService<IOptions<ReceiptOptions>>().Value, services.GetRequiredService<TimeProvider>(), services.GetRequiredService<ILogger<ReceiptLog>>()))
                .AddSingleton<ReceiptStore>()
                .AddSingleton<ReceiptIndexer>()
                .AddSingleton<ReceiptService>()
                .AddHostedService(services => services.GetRequiredService<ReceiptService>());
            return mcp;
        }
    }
}
