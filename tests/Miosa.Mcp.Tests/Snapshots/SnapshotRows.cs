using Miosa.Devices;
using Miosa.Mcp.Calls;
using Miosa.Mcp.Snapshots;

namespace Miosa.Mcp.Tests.Snapshots;

/// <summary>Rows to test with.</summary>
internal static class SnapshotRows
{
    public static SnapshotRow New(TimeProvider time) => new()
    {
        Id = Ids.New("snap", time),
        Workspace = Caller.DefaultWorkspace,
        Principal = "local:1000",
        SandboxId = "sbx_1",
        SandboxName = "web",
        IsAutomatic = false,
        State = SnapshotState.Ready,
        TemplateId = "miosa-sandbox",
        Size = DeviceSize.Find("small")!,
        Isolation = Isolation.Standard,
        CreatedAt = time.GetUtcNow(),
    };
}
