using Miosa.Mcp.Calls;

namespace Miosa.Mcp.Sandboxes;

/// <summary>What can go wrong with a sandbox, in words a caller can act on.</summary>
internal static class SandboxFailures
{
    public static ToolFailureException TooMany(int most) => new(
        ToolErrorCode.LimitExceeded, $"There are already {most} sandboxes, which is the most this host allows.",
        "Find ones that are not needed with sandbox_list and remove them with sandbox_destroy.");

    public static ToolFailureException NameTaken(SandboxRow row) => new(
        ToolErrorCode.Conflict, $"There is a sandbox named `{row.Name}` already: {row.Id}.", "Take another name, or give none.");

    public static ToolFailureException Unknown(string id, IReadOnlyList<string> living) => new(
        ToolErrorCode.NotFound, $"There is no sandbox `{id}` in this workspace.",
        living.Count is 0
            ? "There are none yet; sandbox_create makes one."
            : $"sandbox_list shows all of them; the latest are {string.Join(", ", living)}.");

    public static ToolFailureException Destroyed(SandboxRow row) => new(
        ToolErrorCode.Gone, $"Sandbox `{row.Id}` ({row.Name}) was destroyed, with its files.{Reason(row)}",
        "sandbox_create makes a new one; sandbox_list shows those that live.");

    public static ToolFailureException NotReady(SandboxRow row, string doing) => new(
        ToolErrorCode.SandboxNotCommandReady, $"Sandbox `{row.Id}` is not ready yet: {doing}.",
        "Wait a little and call again; sandbox_get tells when it is `running`.", retryable: true);

    public static ToolFailureException Broken(SandboxRow row) => new(
        ToolErrorCode.Unavailable, $"Sandbox `{row.Id}` ({row.Name}) could not be made or started.{Reason(row)}",
        "Mend what the reason names and call again; its files, if any, are kept. sandbox_destroy removes it.");

    public static ToolFailureException CannotFreeze(SandboxRow row) => new(
        ToolErrorCode.NotSupported, $"Sandbox `{row.Id}` cannot be frozen: its runtime `{row.Started?.Runtime}` joins no control group that this machine can freeze.",
        "Pass `stop`: its processes end and its files are kept.");

    public static ToolFailureException InUse(SandboxRow row) => new(
        ToolErrorCode.Conflict, $"Sandbox `{row.Id}` was not frozen: calls to it keep coming, and each of them wakes it.", "Call again when they are done, or pass `stop`.", retryable: true);

    private static string Reason(SandboxRow row) => row.Reason is null ? "" : $" {row.Reason}";
}
