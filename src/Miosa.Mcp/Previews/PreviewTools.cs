using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Miosa.Mcp.Calls;
using ModelContextProtocol.Server;

namespace Miosa.Mcp.Previews;

[McpServerToolType]
internal sealed class PreviewTools(PreviewService previews)
{
    private const string Toolset = "previews";
    private const int LongestWait = 25;

    [McpServerTool(Name = "sandbox_expose")]
    [Capability("sandbox.expose", Risk.Write, Idempotent = true, Scope = CapabilityScope.Sandbox, Permission = Permissions.UseDevices)]
    [MarkWhen(Marks.Publish, "access", "public")]
    [Description("Show a web server of a sandbox to the user: gives a preview link to a port, to be opened in a browser. Start the server first, on 127.0.0.1 or 0.0.0.0.")]
    public Task<PreviewExposed> Expose(
        Caller caller,
        string sandbox_id,
        [Range(1, 65535)] int port,
        [Description("private (default): only by the link with its token."), AllowedValues("private", "public")] string? access = null,
        [Description("Seconds to wait until the port answers."), Range(0, LongestWait)] int wait_seconds = 10,
        [Description("Seconds the link's token is good."), Range(10, 86_400)] int expires_in = 28_800,
        CancellationToken cancellationToken = default) =>
        previews.ExposeAsync(
            caller,
            new ExposeRequest
            {
                SandboxId = sandbox_id,
                Port = port,
                Access = access is null ? null : Enum.Parse<PreviewAccess>(access, ignoreCase: true),
                Wait = TimeSpan.FromSeconds(wait_seconds),
                TokenLifetime = TimeSpan.FromSeconds(expires_in),
            },
            cancellationToken);

    [McpServerTool(Name = "preview_list")]
    [Capability("preview.list", Risk.Read, Toolset = Toolset, Scope = CapabilityScope.Sandbox, Permission = Permissions.UseDevices)]
    [Description("List the previews of this workspace with their addresses, and the tokens and shares that open them.")]
    public async Task<PreviewPage> List(
        Caller caller,
        string? sandbox_id = null,
        [Description("next_cursor of the page before.")] string? cursor = null,
        [Range(1, 20)] int limit = 5,
        CancellationToken cancellationToken = default) =>
        PreviewPage.From(await previews.ListAsync(caller, sandbox_id, cursor, limit + 1, cancellationToken), limit);

    [McpServerTool(Name = "preview_share")]
    [Capability("preview.share", Risk.Write, Toolset = Toolset, Scope = CapabilityScope.Sandbox, Permission = Permissions.UseDevices, Marks = Marks.Publish)]
    [Description("Make a link to a preview for other people, with a password and an end if wanted; preview_revoke takes it back.")]
    public Task<PreviewShared> Share(
        Caller caller,
        string preview_id,
        [Description("Asked of whoever opens the link."), MinLength(6), MaxLength(SharePasswords.LongestPassword)] string? password = null,
        [Description("Seconds it is good; until revoked if absent."), Range(60, 31_536_000)] int? expires_in = null,
        CancellationToken cancellationToken = default) =>
        previews.ShareAsync(caller, preview_id, password, expires_in is { } seconds ? TimeSpan.FromSeconds(seconds) : null, cancellationToken);

    [McpServerTool(Name = "preview_revoke")]
    [Capability("preview.revoke", Risk.Write, Idempotent = true, Toolset = Toolset, Scope = CapabilityScope.Sandbox, Permission = Permissions.UseDevices)]
    [Description("Revoke one token or share of a preview, or the whole preview; who is connected by it is cut off.")]
    public Task<PreviewRevoked> Revoke(
        Caller caller,
        string preview_id,
        [Description("A token or share of preview_list; all and the preview itself if absent.")] string? grant_id = null,
        CancellationToken cancellationToken = default) =>
        previews.RevokeAsync(caller, preview_id, grant_id, cancellationToken);
}
