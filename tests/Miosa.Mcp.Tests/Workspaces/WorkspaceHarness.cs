using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Miosa.Mcp.Calls;
using Miosa.Mcp.Files;
using Miosa.Mcp.Network;
using Miosa.Mcp.Previews;
using Miosa.Mcp.Processes;
using Miosa.Mcp.Sandboxes;
using Miosa.Mcp.Services;
using Miosa.Mcp.Snapshots;
using Miosa.Mcp.Templates;
using Miosa.Mcp.Workspaces;

namespace Miosa.Mcp.Tests.Workspaces;

/// <summary>A host with a small company in a folder of this machine: all of the feature but the sandboxes.</summary>
internal sealed class WorkspaceHarness : IAsyncDisposable
{
    public const string Name = "acme";

    private WorkspaceHarness(McpHarness mcp, TemporaryDirectory folder)
    {
        Mcp = mcp;
        Folder = folder;
    }

    public McpHarness Mcp { get; }

    /// <summary>Where the company's files are.</summary>
    public TemporaryDirectory Folder { get; }

    public WorkspaceContracts Contracts => Mcp.Services.GetRequiredService<WorkspaceContracts>();

    public static Caller Founder { get; } = McpHarness.Somebody with { Workspace = Name, Agent = "founder" };

    public static Caller Person { get; } = McpHarness.Somebody with { Workspace = Name, Toolsets = ["all"] };

    public static async Task<WorkspaceHarness> StartAsync()
    {
        var folder = new TemporaryDirectory();
        foreach (var (path, text) in SmallCompany.Files)
            Write(folder, path, text);
        var mcp = await McpHarness.StartAsync(AddWithoutMachines);
        await mcp.Services.GetRequiredService<WorkspaceFolders>().LinkAsync(Name, folder.Path, TestContext.Current.CancellationToken);
        return new WorkspaceHarness(mcp, folder);
    }

    public Task<TestClient> ConnectAsync(Caller? caller = null, string? version = null) => Mcp.ConnectAsync(caller ?? Person, version);

    public void Write(string path, string text) => Write(Folder, path, text);

    /// <summary>The folder as it is now has been read.</summary>
    public async Task<WorkspaceContract> ReadAsync() => (await Contracts.RefreshAsync(Name, TestContext.Current.CancellationToken).InTime())!;

    public async ValueTask DisposeAsync()
    {
        await Mcp.DisposeAsync();
        Folder.Dispose();
    }

    private static void Write(TemporaryDirectory folder, string path, string text)
    {
        var file = folder.File(path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
    }

    /// <summary>All features are there, but nothing of theirs runs by itself: no machine is looked for, no template built.</summary>
    private static void AddWithoutMachines(IMcpServerBuilder mcp)
    {
        var running = mcp.Services.Where(service => service.ServiceType == typeof(IHostedService)).ToHashSet();
        mcp.AddSandboxes().AddNetwork().AddTemplates().AddProcesses().AddFiles().AddSnapshots().AddPreviews().AddServices();
        foreach (var service in mcp.Services.Where(service => service.ServiceType == typeof(IHostedService) && !running.Contains(service)).ToList())
            mcp.Services.Remove(service);
        mcp.AddWorkspaces();
    }
}
