using Miosa.Devices.Doors;
using Miosa.Mcp.Calls;

namespace Miosa.Mcp.Processes;

/// <summary>What can go wrong with a command, in words a caller can act on.</summary>
internal static class ProcessFailures
{
    public static ToolFailureException Unknown(string id) => new(
        ToolErrorCode.NotFound, $"There is no process `{id}` in this workspace.", "process_list shows those there are.");

    public static ToolFailureException Ended(ProcessRow row) => new(
        ToolErrorCode.Conflict, $"Process `{row.Id}` does not run any more: it is {row.Status}.", "process_output reads what it printed; sandbox_exec starts another.");

    public static ToolFailureException NotStarted(DoorException exception, ExecRequest request) => exception switch
    {
        { Stage: DoorStage.Command, Errno: Errno.ENOENT } => new(
            ToolErrorCode.InvalidInput, $"The sandbox has no program `{request.Arguments[0]}`.", "Give a program that is installed, with its path where it is not on PATH, or install it with user root.", cause: exception.Message),
        { Stage: DoorStage.Command, Errno: Errno.EACCES } => new(
            ToolErrorCode.InvalidInput, $"`{request.Arguments[0]}` may not be executed by {request.User}.", "Make it executable (chmod +x), or run it through its interpreter.", cause: exception.Message),
        { Stage: DoorStage.Command, Errno: Errno.E2BIG } => new(
            ToolErrorCode.InvalidInput, "The command with its environment is longer than Linux takes.", "Write it into a file, or give it as `stdin`.", cause: exception.Message),
        { Stage: DoorStage.Directory } => new(
            ToolErrorCode.InvalidInput, $"The working directory `{request.WorkingDirectory}` cannot be entered: {exception.Errno}.", "Make it with sandbox_mkdir, or give another `cwd`.", cause: exception.Message),
        { Stage: DoorStage.User } => new(
            ToolErrorCode.InvalidInput, $"The sandbox has no user `{request.User}`.", "Use agent or root.", cause: exception.Message),
        { Errno: Errno.EAGAIN or Errno.ENOMEM } => new(
            ToolErrorCode.ResourceExhausted, "The sandbox is at its limit of processes.", "End some with process_signal, or stop what multiplies.", cause: exception.Message, retryable: true),
        { Errno: Errno.ENOSPC or Errno.EDQUOT } => new(
            ToolErrorCode.DiskFull, "The sandbox has no room to keep the command's output.", "Delete files that are not needed.", cause: exception.Message),
        { Stage: DoorStage.Request, Errno: Errno.EMSGSIZE } => new(
            ToolErrorCode.LimitExceeded, "The command with its input is larger than 1 MiB.", "Write the input into a file first.", cause: exception.Message),
        _ => new(ToolErrorCode.Unavailable, $"The command did not start: {exception.Message}", "Try again; sandbox_get tells how the sandbox is.", cause: exception.Message, retryable: true),
    };
}
