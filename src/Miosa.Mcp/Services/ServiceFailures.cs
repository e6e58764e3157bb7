using Miosa.Mcp.Calls;

namespace Miosa.Mcp.Services;

/// <summary>What can go wrong with a service, in words a caller can act on.</summary>
internal static class ServiceFailures
{
    public static ToolFailureException TooMany(int most) => new(
        ToolErrorCode.LimitExceeded, $"The sandbox already has {most} services, which is the most.", "Delete one with service_delete.");

    public static ToolFailureException Unknown(string sandboxId, string name, IReadOnlyList<ServiceRow> present) => new(
        ToolErrorCode.NotFound, $"Sandbox `{sandboxId}` has no service `{name}`.",
        present.Count is 0 ? "It has none yet; service_create makes one." : $"It has {string.Join(", ", present.Select(each => each.Name))}.");

    public static ToolFailureException Taken(ServiceRow present) => new(
        ToolErrorCode.Conflict, $"There is a service `{present.Name}` already, which is not the same: it runs `{ServiceSummary.Short(present.Spec.Command, ServiceSummary.LongestCommand)}`.",
        "Give another name, or delete that one with service_delete first.");

    public static ToolFailureException BadName(string name) => new(
        ToolErrorCode.InvalidInput, $"`name` is `{name}`; a service's name has 1 to 40 letters, digits, dots, dashes or underscores.", "Send another name.");

    public static ToolFailureException BadPath(string path) => new(
        ToolErrorCode.InvalidInput, $"`health_path` is `{path}`; it is a path with `/` in front, of at most 500 visible ASCII characters, and needs a `port`.", "Such as `/health` with `port` 3000.");

    public static ToolFailureException NeverRan(ServiceRow row) => new(
        ToolErrorCode.Conflict, $"Service `{row.Name}` has not run yet, so it has printed nothing.", "Start it with service_start.");
}
