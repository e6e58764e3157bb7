using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Miosa.Mcp.Calls;
using Miosa.Mcp.Templates;
using ModelContextProtocol.Server;

namespace Miosa.Mcp.Sandboxes;

[McpServerToolType]
internal sealed class SandboxTools(SandboxService sandboxes)
{
    [McpServerTool(Name = "sandbox_create")]
    [Capability("sandbox.create", Risk.Write, Idempotent = true)]
    [Description("Create a persistent Linux sandbox (an isolated Debian machine with Python, Node, git and build tools) to run code and keep files, or get the one that already has this name.")]
    public async Task<SandboxCreated> Create(
        Caller caller,
        [Description("A name to find it by; the same name gives the same sandbox.")] string? name = null,
        [Description("Which system it starts as: miosa-sandbox, node, python, nextjs, static or one that was made here.")] string template_id = TemplateService.Default,
        [Description("CPUs/memory/disk; the template's or small if absent: xs 1/2/5 GB, small 2/4/10, medium 4/8/20, large 8/16/40, xl 16/32/80."), AllowedValues("xs", "small", "medium", "large", "xl")] string? size = null,
        [Range(1, 64)] int? cpu_count = null,
        [Range(256, 262144)] int? memory_mb = null,
        [Description("strong: under gVisor, slower, a second wall."), AllowedValues("standard", "strong")] string isolation = "standard",
        [Description("What it may reach: nothing, package registries, or any public web host; network_set changes it."), AllowedValues("none", "packages", "web")] string? network = null,
        [Description("Environment variables of every command.")] IReadOnlyDictionary<string, string>? env = null,
        [Description("Time to live; then a persistent sandbox stops and keeps its files, another is destroyed."), Range(60, 31_536_000)] int? timeout_sec = null,
        [Description("Unused this long it is frozen; 0 never."), Range(0, 31_536_000)] int? sleep_after_sec = null,
        bool persistent = true,
        IReadOnlyDictionary<string, string>? metadata = null,
        string? external_workspace_id = null,
        string? external_user_id = null,
        string? external_project_id = null,
        CancellationToken cancellationToken = default)
    {
        var request = new SandboxRequest
        {
            Name = name,
            TemplateId = template_id,
            Size = size,
            CpuCount = cpu_count,
            MemoryMb = memory_mb,
            Isolation = isolation,
            Network = network,
            Env = env ?? new Dictionary<string, string>(),
            TimeoutSeconds = timeout_sec,
            SleepAfterSeconds = sleep_after_sec,
            Persistent = persistent,
            Metadata = metadata ?? new Dictionary<string, string>(),
            ExternalWorkspaceId = external_workspace_id,
            ExternalUserId = external_user_id,
            ExternalProjectId = external_project_id,
        };
        var (row, created) = await sandboxes.CreateAsync(caller, request, cancellationToken);
        return SandboxCreated.From(row, created, request, await sandboxes.PortsOfTemplateAsync(row, cancellationToken));
    }

    [McpServerTool(Name = "sandbox_list")]
    [Capability("sandbox.list", Risk.Read)]
    [Description("List the sandboxes of this workspace with their state; filter by state, name, template or your own ids.")]
    public async Task<SandboxPage> List(
        Caller caller,
        [AllowedValues("provisioning", "running", "paused", "destroyed", "error")] string? state = null,
        string? name = null,
        string? template_id = null,
        string? external_workspace_id = null,
        string? external_user_id = null,
        string? external_project_id = null,
        [Description("next_cursor of the page before.")] string? cursor = null,
        [Range(1, 50)] int limit = 10,
        CancellationToken cancellationToken = default)
    {
        var rows = await sandboxes.ListAsync(
            caller,
            new SandboxFilter
            {
                State = state is null ? null : Enum.Parse<SandboxState>(state, ignoreCase: true),
                Name = name,
                TemplateId = template_id,
                ExternalWorkspaceId = external_workspace_id,
                ExternalUserId = external_user_id,
                ExternalProjectId = external_project_id,
                After = cursor,
                Limit = limit + 1,
            },
            cancellationToken);
        return SandboxPage.From(rows, limit);
    }

    [McpServerTool(Name = "sandbox_get")]
    [Capability("sandbox.get", Risk.Read)]
    [Description("Get one sandbox: its state, size, limits and what it was created with.")]
    public async Task<Sandbox> Get(Caller caller, string sandbox_id, CancellationToken cancellationToken = default)
    {
        var row = await sandboxes.GetAsync(caller, sandbox_id, cancellationToken);
        return row.ToSandbox() with { DiskUsedBytes = await sandboxes.MeasureAsync(row, cancellationToken) };
    }

    [McpServerTool(Name = "sandbox_destroy")]
    [Capability("sandbox.destroy", Risk.Destructive, Idempotent = true)]
    [Description("Destroy a sandbox: its processes end and its files are deleted. A last snapshot is kept for a while; undo names it.")]
    public async Task<Sandbox> Destroy(Caller caller, string sandbox_id, CancellationToken cancellationToken = default) =>
        (await sandboxes.DestroyAsync(caller, sandbox_id, cancellationToken)).ToSandbox();
}
