using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;
using Miosa.Mcp.Calls;
using ModelContextProtocol.Server;

namespace Miosa.Mcp.Templates;

[McpServerToolType]
internal sealed class TemplateTools(TemplateService templates, TemplateMaker maker, TemplateViewer viewer)
{
    private const string Toolset = "templates";
    private const int LongestWait = 20;

    [McpServerTool(Name = "sandbox_template_list")]
    [Capability("sandbox.template.list", Risk.Read, Toolset = Toolset)]
    [Description("List the templates that sandboxes can be created from, with what each is for and whether it is built.")]
    public Task<TemplatePage> List(
        Caller caller,
        [Description("next_cursor of the page before.")] string? cursor = null,
        [Range(1, 20)] int limit = 15,
        CancellationToken cancellationToken = default) =>
        viewer.ListAsync(caller, cursor, limit, cancellationToken);

    [McpServerTool(Name = "sandbox_template_get")]
    [Capability("sandbox.template.get", Risk.Read, Toolset = Toolset)]
    [Description("Get one template: its state, what it is made of and the end of its build log; can wait for a build to end.")]
    public async Task<TemplateDetails> Get(
        Caller caller,
        string template_id,
        [Description("Seconds to wait for a build that goes on."), Range(0, LongestWait)] int wait_seconds = 0,
        CancellationToken cancellationToken = default)
    {
        var template = await templates.GetAsync(caller.WorkspaceName, template_id, cancellationToken);
        await maker.WaitAsync(template, TimeSpan.FromSeconds(wait_seconds), cancellationToken);
        return await viewer.DetailsAsync(await templates.GetAsync(caller.WorkspaceName, template_id, cancellationToken), cancellationToken);
    }

    [McpServerTool(Name = "sandbox_template_create")]
    [Capability("sandbox.template.create", Risk.Write, Toolset = Toolset, Idempotent = true, Permission = Permissions.CreateDevices)]
    [MarkWhen(Marks.ExternalMessage, "build_spec.egress", "web")]
    [Description("Make a template for sandboxes, from a build_spec, a living sandbox or a snapshot, and begin to build it. A build_spec under the name of an earlier one replaces it.")]
    public async Task<TemplateDetails> Create(
        Caller caller,
        [Description("Small letters, digits and dashes.")] string name,
        [Description("base (a template, default miosa-sandbox), description, packages [Debian], npm [global], files [{path, content, mode}], commands [line or {run, user, timeout_sec}], services [{name, command, port, restart_policy, health, cwd, env}], ports, egress (none, packages, web), size. Give this, sandbox_id or snapshot_id.")] JsonObject? build_spec = null,
        [Description("A sandbox to keep as it is now, without identity and known credentials.")] string? sandbox_id = null,
        [Description("The same of a snapshot.")] string? snapshot_id = null,
        [Description("For one kept from a sandbox."), MaxLength(300)] string? description = null,
        [Range(0, LongestWait)] int wait_seconds = LongestWait,
        CancellationToken cancellationToken = default)
    {
        var template = (build_spec, sandbox_id, snapshot_id) switch
        {
            ({ } spec, null, null) => await maker.CreateAsync(caller, name, spec, cancellationToken),
            (null, { } sandbox, null) => await maker.KeepSandboxAsync(caller, name, description, sandbox, cancellationToken),
            (null, null, { } snapshot) => await maker.KeepSnapshotAsync(caller, name, description, snapshot, cancellationToken),
            _ => throw new ToolFailureException(ToolErrorCode.InvalidInput, "Give one of `build_spec`, `sandbox_id` and `snapshot_id`.", "build_spec says what to build; the others keep a sandbox as it is or was."),
        };
        return await WaitAsync(caller, template, wait_seconds, cancellationToken);
    }

    [McpServerTool(Name = "sandbox_template_import")]
    [Capability("sandbox.template.import", Risk.Write, Toolset = Toolset, Permission = Permissions.CreateDevices)]
    [Description("Make a template from an archive in a sandbox: a tar of a root file system, or an image as saved by docker or in OCI layout; gzip, zstd, xz or plain.")]
    public async Task<TemplateDetails> Import(
        Caller caller,
        [Description("Small letters, digits and dashes.")] string name,
        string sandbox_id,
        [Description("The archive, such as /workspace/image.tar; sandbox_upload brings one there.")] string path,
        [MaxLength(300)] string? description = null,
        [Range(0, LongestWait)] int wait_seconds = LongestWait,
        CancellationToken cancellationToken = default) =>
        await WaitAsync(caller, await maker.ImportAsync(caller, name, description, sandbox_id, path, cancellationToken), wait_seconds, cancellationToken);

    [McpServerTool(Name = "sandbox_template_delete")]
    [Capability("sandbox.template.delete", Risk.Destructive, Toolset = Toolset, Permission = Permissions.DestroyDevices)]
    [Description("Delete a template that was made in this workspace. Sandboxes made from it keep their own copy.")]
    public async Task<TemplateDeleted> Delete(Caller caller, string template_id, CancellationToken cancellationToken = default)
    {
        var deleted = await maker.DeleteAsync(caller, template_id, cancellationToken);
        return new TemplateDeleted(deleted.Name, Deleted: true, "sandbox_template_list shows those that are left.");
    }

    private async Task<TemplateDetails> WaitAsync(Caller caller, Template template, int seconds, CancellationToken cancellationToken)
    {
        await maker.WaitAsync(template, TimeSpan.FromSeconds(seconds), cancellationToken);
        return await viewer.DetailsAsync(await templates.GetAsync(caller.WorkspaceName, template.Name, cancellationToken), cancellationToken);
    }
}
