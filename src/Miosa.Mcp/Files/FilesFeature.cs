using Microsoft.Extensions.DependencyInjection;
using Miosa.Mcp.Calls;

namespace Miosa.Mcp.Files;

/// <summary>Files in sandboxes.</summary>
internal static class FilesFeature
{
    extension(IMcpServerBuilder mcp)
    {
        public IMcpServerBuilder AddFiles()
        {
            mcp.Services.AddSingleton<FileService>().AddSingleton<FileLinks>().AddSingleton<FileWatcher>().AddHostedService(services => services.GetRequiredService<FileWatcher>());
            return mcp.AddTools<FileTools>();
        }
    }
}
