using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Miosa.Mcp.Calls;
using ModelContextProtocol.Server;

namespace Miosa.Mcp.Sandboxes;

[McpServerToolType]
internal sealed class SandboxLifecycleTools(SandboxService sandboxes)
{
    private const string Toolset = "lifecycle";

    [McpServerTool(Name = "sandbox_pause")]
    [Capability("sandbox.pause", Risk.Write, Idempotent = true, Toolset = Toolset, Scope = CapabilityScope.Sandbox, Permission = Permissions.UseDevices)]
    [Description("Pause a sandbox: its processes stand still in memory until the next call, or with stop end while its files are kept. Any call wakes it.")]
    public async Task<Sandbox> Pause(
        Caller caller,
        string sandbox_id,
        [Description("End its processes too, which frees its memory; its services start again with it.")] bool stop = false,
        CancellationToken cancellationToken = default) =>
        (await sandboxes.PauseAsync(caller, sandbox_id, stop ? SandboxSleep.Stopped : SandboxSleep.Frozen, cancellationToken)).ToSandbox();

    [McpServerTool(Name = "sandbox_resume")]
    [Capability("sandbox.resume", Risk.Write, Idempotent = true, Toolset = Toolset, Scope = CapabilityScope.Sandbox, Permission = Permissions.UseDevices)]
    [Description("Resume a paused sandbox now: one that was frozen goes on where it was, one that was stopped starts.")]
    public async Task<Sandbox> Resume(Caller caller, string sandbox_id, CancellationToken cancellationToken = default) =>
        (await sandboxes.EnterAsync(caller, sandbox_id, cancellationToken)).Row.ToSandbox();

    [McpServerTool(Name = "sandbox_extend")]
    [Capability("sandbox.extend", Risk.Write, Toolset = Toolset, Scope = CapabilityScope.Sandbox, Permission = Permissions.UseDevices)]
    [Description("Extend a sandbox: its idle time begins anew, so that it does not go to sleep yet, and its end moves by the seconds given.")]
    public async Task<Sandbox> Extend(
        Caller caller,
        string sandbox_id,
        [Description("How far its end (expires_at) moves; 0 leaves it."), Range(0, 31_536_000)] int seconds = 0,
        CancellationToken cancellationToken = default) =>
        (await sandboxes.ExtendAsync(caller, sandbox_id, TimeSpan.FromSeconds(seconds), cancellationToken)).ToSandbox();
}
