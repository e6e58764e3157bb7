using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using Miosa.Mcp.Calls;
using Miosa.Mcp.Sandboxes;
using ModelContextProtocol.Server;

namespace Miosa.Mcp.Services;

[McpServerToolType]
internal sealed class ServiceTools(ServiceService services)
{
    private const string Toolset = "services";
    private const int LongestWait = 25;
    private const int Characters = 5_500;

    [McpServerTool(Name = "service_create")]
    [Capability("service.create", Risk.Write, Idempotent = true, Toolset = Toolset, Scope = CapabilityScope.Sandbox, Permission = Permissions.UseDevices)]
    [Description("Create a service in a sandbox: a command such as a web server that is started now and whenever the sandbox starts, and again when it ends. Answers when it works.")]
    public async Task<Service> Create(
        Caller caller,
        string sandbox_id,
        string name,
        [Description("For bash -c; it must stay in the foreground. PORT is set to port."), MaxLength(32_768)] string command,
        string cwd = "/workspace",
        IReadOnlyDictionary<string, string>? env = null,
        [AllowedValues("agent", "root")] string user = "agent",
        [Description("Where it listens; it counts as running when this answers."), Range(1, 65535)] int? port = null,
        [AllowedValues("always", "on-failure", "never")] string restart_policy = "on-failure",
        [Description("A path that answers with 2xx or 3xx while it is healthy; else a connection is enough.")] string? health_path = null,
        [Description("Seconds between health checks."), Range(1, 3600)] int health_interval_sec = 15,
        [Description("Wait this long until it runs."), Range(0, LongestWait)] int wait_seconds = 15,
        CancellationToken cancellationToken = default)
    {
        var spec = new ServiceSpec
        {
            Command = command,
            Cwd = cwd,
            Env = env ?? new Dictionary<string, string>(),
            User = user,
            Port = port,
            RestartPolicy = restart_policy switch { "always" => RestartPolicy.Always, "never" => RestartPolicy.Never, _ => RestartPolicy.OnFailure },
            HealthPath = health_path,
            HealthIntervalSeconds = health_interval_sec,
        };
        return Answer(await services.CreateAsync(caller, sandbox_id, name, spec, TimeSpan.FromSeconds(wait_seconds), cancellationToken));
    }

    [McpServerTool(Name = "service_list")]
    [Capability("service.list", Risk.Read, Toolset = Toolset, Scope = CapabilityScope.Sandbox, Permission = Permissions.UseDevices)]
    [Description("List the services of a sandbox with their state and health; does not wake it.")]
    public async Task<ServiceList> List(Caller caller, string sandbox_id, CancellationToken cancellationToken = default)
    {
        var (rows, sandbox) = await services.ListAsync(caller, sandbox_id, cancellationToken);
        return new ServiceList
        {
            Count = rows.Count,
            NextStep = sandbox.Sleep is { } sleep ? $"The sandbox is {sleep.ToString().ToLowerInvariant()}, and its services with it; any call that needs it wakes them." : null,
            Services = [.. rows.Select(row => ServiceSummary.From(Service.From(row, sandbox)))],
        };
    }

    [McpServerTool(Name = "service_start")]
    [Capability("service.start", Risk.Write, Idempotent = true, Toolset = Toolset, Scope = CapabilityScope.Sandbox, Permission = Permissions.UseDevices)]
    [Description("Start a service that was stopped or has ended.")]
    public async Task<Service> Start(
        Caller caller,
        string sandbox_id,
        string name,
        [Range(0, LongestWait)] int wait_seconds = 15,
        CancellationToken cancellationToken = default) =>
        Answer(await services.StartAsync(caller, sandbox_id, name, TimeSpan.FromSeconds(wait_seconds), cancellationToken));

    [McpServerTool(Name = "service_stop")]
    [Capability("service.stop", Risk.Write, Idempotent = true, Toolset = Toolset, Scope = CapabilityScope.Sandbox, Permission = Permissions.UseDevices)]
    [Description("Stop a service; it stays stopped until service_start, also when its sandbox starts again.")]
    public async Task<Service> Stop(Caller caller, string sandbox_id, string name, CancellationToken cancellationToken = default) =>
        Answer(await services.StopAsync(caller, sandbox_id, name, cancellationToken));

    [McpServerTool(Name = "service_restart")]
    [Capability("service.restart", Risk.Write, Toolset = Toolset, Scope = CapabilityScope.Sandbox, Permission = Permissions.UseDevices)]
    [Description("Restart a service: its process ends and a new one starts.")]
    public async Task<Service> Restart(
        Caller caller,
        string sandbox_id,
        string name,
        [Range(0, LongestWait)] int wait_seconds = 10,
        CancellationToken cancellationToken = default) =>
        Answer(await services.RestartAsync(caller, sandbox_id, name, TimeSpan.FromSeconds(wait_seconds), cancellationToken));

    [McpServerTool(Name = "service_logs")]
    [Capability("service.logs", Risk.Read, Toolset = Toolset, Scope = CapabilityScope.Sandbox, Permission = Permissions.UseDevices)]
    [Description("Read the last lines that a service printed, or what follows a cursor.")]
    public async Task<ServiceLogs> Logs(
        Caller caller,
        string sandbox_id,
        string name,
        [Range(1, 1000)] int lines = 100,
        [Description("cursor of the answer before.")] string? cursor = null,
        CancellationToken cancellationToken = default)
    {
        long? from = null;
        if (cursor is not null)
            from = long.TryParse(cursor, NumberStyles.None, CultureInfo.InvariantCulture, out var at)
                ? at
                : throw new ToolFailureException(ToolErrorCode.InvalidInput, $"`cursor` is `{cursor}`; it is a number that an answer gave.", "Take `cursor` of the last answer, or leave it out for the last lines.");
        var (row, page, isCut) = await services.LogsAsync(caller, sandbox_id, name, from, cancellationToken);
        return LogLines.From(row, page, isCut, lines, Characters);
    }

    [McpServerTool(Name = "service_delete")]
    [Capability("service.delete", Risk.Write, Idempotent = true, Toolset = Toolset, Scope = CapabilityScope.Sandbox, Permission = Permissions.UseDevices)]
    [Description("Delete a service: its process ends and it is not started again. Files stay.")]
    public async Task<ServiceDeleted> Delete(Caller caller, string sandbox_id, string name, CancellationToken cancellationToken = default)
    {
        var row = await services.DeleteAsync(caller, sandbox_id, name, cancellationToken);
        return new ServiceDeleted(row.Name, Deleted: true, row.SandboxId);
    }

    private static Service Answer((ServiceRow Row, SandboxRow Sandbox) found) => Service.From(found.Row, found.Sandbox);
}
