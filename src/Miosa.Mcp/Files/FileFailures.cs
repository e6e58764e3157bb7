using Miosa.Devices.Doors;
using Miosa.Mcp.Calls;

namespace Miosa.Mcp.Files;

/// <summary>What can go wrong with a file, in words a caller can act on.</summary>
internal static class FileFailures
{
    public static ToolFailureException Of(DoorException exception, string path, string user) => exception switch
    {
        { Errno: Errno.ENOENT } => new(ToolErrorCode.NotFound, $"`{path}` is not there.", "sandbox_list_files shows what is."),
        { Errno: Errno.ENOTDIR } => new(ToolErrorCode.InvalidInput, $"A part of `{path}` is a file, not a directory.", "Check the path with sandbox_list_files."),
        { Errno: Errno.EISDIR } => new(ToolErrorCode.InvalidInput, $"`{path}` is a directory.", "Name a file; sandbox_list_files shows what is in a directory."),
        { Errno: Errno.EACCES or Errno.EPERM } => new(ToolErrorCode.Denied, $"{user} may not do that with `{path}`.", "Use a path the user may write, such as one under /workspace, or user root."),
        { Errno: Errno.EEXIST } => new(ToolErrorCode.Conflict, $"`{path}` is already there.", "Take another name, or allow it to be replaced."),
        { Errno: Errno.ENOTEMPTY } => new(ToolErrorCode.Conflict, $"The directory `{path}` is not empty.", "Set recursive to delete what is in it."),
        { Stage: DoorStage.Condition, Errno: Errno.ESTALE } => new(ToolErrorCode.Conflict, $"`{path}` was changed by somebody else meanwhile; nothing was written.", "Read it again and repeat the edit.", retryable: true),
        { Errno: Errno.ENOSPC or Errno.EDQUOT } => new(ToolErrorCode.DiskFull, "The sandbox's disk is full; nothing was written.", "Delete what is not needed, or make a larger sandbox."),
        { Errno: Errno.ELOOP } => new(ToolErrorCode.InvalidInput, $"`{path}` goes round in symbolic links.", "Name the file itself."),
        { Errno: Errno.ENAMETOOLONG } => new(ToolErrorCode.InvalidInput, $"`{path}` is longer than a path can be.", "Use a shorter one."),
        { Errno: Errno.ENXIO or Errno.EINVAL or Errno.EOPNOTSUPP, Stage: DoorStage.File } => new(ToolErrorCode.InvalidInput, $"`{path}` is no regular file.", "Only files, directories and links can be worked with; use sandbox_exec for others."),
        { Errno: Errno.EROFS } => new(ToolErrorCode.Denied, $"`{path}` is on a read-only file system.", "Use a path under /workspace."),
        { Errno: Errno.EXDEV } => new(ToolErrorCode.InvalidInput, $"`{path}` is on another file system.", "Copy and delete instead of renaming."),
        { Errno: Errno.EBUSY } => new(ToolErrorCode.Conflict, $"`{path}` is in use as a mount.", "Leave it."),
        { Errno: Errno.EAGAIN } => new(ToolErrorCode.ResourceExhausted, "The sandbox is at its limit of processes.", "End some with process_signal.", retryable: true),
        _ => new(ToolErrorCode.Unavailable, $"`{path}` could not be worked with: {exception.Message}", "Try again; sandbox_get tells how the sandbox is.", retryable: true),
    };
}
