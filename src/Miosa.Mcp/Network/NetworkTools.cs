using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Miosa.Mcp.Calls;
using Miosa.Mcp.Events;
using ModelContextProtocol.Server;

namespace Miosa.Mcp.Network;

[McpServerToolType]
internal sealed class NetworkTools(NetworkService network)
{
    private const string Toolset = "network";

    [McpServerTool(Name = "network_get")]
    [Capability("network.get", Risk.Read, Toolset = Toolset, Scope = CapabilityScope.Sandbox, Permission = Permissions.UseDevices)]
    [Description("Show which hosts a sandbox may reach.")]
    public async Task<NetworkAccess> Get(Caller caller, string sandbox_id, CancellationToken cancellationToken = default) =>
        NetworkAccess.From(sandbox_id, await network.GetAsync(caller, sandbox_id, cancellationToken), network.IsBlocked(sandbox_id), cut: null);

    [McpServerTool(Name = "network_set")]
    [Capability("network.set", Risk.Write, Idempotent = true, Scope = CapabilityScope.Sandbox, Permission = Permissions.UseDevices)]
    [MarkWhen(Marks.ExternalMessage, "preset", "web")]
    [MarkWhen(Marks.ExternalMessage, "allow")]
    [Description("Set which internet hosts a sandbox may reach; replaces what was set. Nothing is reachable until allowed.")]
    public async Task<NetworkAccess> Set(
        Caller caller,
        string sandbox_id,
        [Description("packages: npm, PyPI, Debian, crates, NuGet, Go, RubyGems, Maven, GitHub. web: any public host on ports 80 and 443. none if only allow is given."), AllowedValues("none", "packages", "web")] string? preset = null,
        [Description("Further hosts, such as api.example.com, *.example.com or db.example.com:5432."), MaxLength(100)] IReadOnlyList<string>? allow = null,
        CancellationToken cancellationToken = default)
    {
        if (preset is null && allow is null)
            throw NetworkFailures.NothingAsked();
        var (policy, cut) = await network.SetAsync(caller, sandbox_id, preset is null ? NetworkPreset.None : Enum.Parse<NetworkPreset>(preset, ignoreCase: true), allow ?? [], cancellationToken);
        return NetworkAccess.From(sandbox_id, policy, network.IsBlocked(sandbox_id), cut);
    }

    [McpServerTool(Name = "network_log")]
    [Capability("network.log", Risk.Read, Toolset = Toolset, Scope = CapabilityScope.Sandbox, Permission = Permissions.UseDevices)]
    [Description("List what a sandbox reached and what was refused to it, the latest first.")]
    public async Task<NetworkLogPage> Log(
        Caller caller,
        string sandbox_id,
        [AllowedValues("allowed", "refused", "failed", "closed", "changed")] string? decision = null,
        [Description("Only this host.")] string? host = null,
        [Description("next_cursor of the page before.")] string? cursor = null,
        [Range(1, 100)] int limit = 30,
        CancellationToken cancellationToken = default)
    {
        if (cursor is not null && !EventIds.IsId(cursor))
            throw new ToolFailureException(ToolErrorCode.InvalidInput, $"`cursor` is `{cursor}`; it is what next_cursor of a page gave.", "Take next_cursor of the last answer, or leave it out for the latest.");
        return NetworkLogPage.From(sandbox_id, await network.LogAsync(caller, sandbox_id, decision, host, cursor, limit + 1, cancellationToken), limit);
    }
}
