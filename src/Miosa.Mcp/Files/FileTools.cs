using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text;
using Miosa.Mcp.Calls;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace Miosa.Mcp.Files;

[McpServerToolType]
internal sealed class FileTools(FileService files, FileLinks links)
{
    [McpServerTool(Name = "sandbox_read_file")]
    [Capability("sandbox.read.file", Risk.Read, Scope = CapabilityScope.Sandbox, Permission = Permissions.UseDevices)]
    [Description("Read a file in a sandbox: text by lines, an image as a picture, small binary as base64.")]
    public async Task<CallToolResult> ReadFile(
        Caller caller,
        string sandbox_id,
        string path,
        [Range(1, int.MaxValue)] int start_line = 1,
        [Range(1, 10_000)] int lines = 2_000,
        [AllowedValues("agent", "root")] string user = "agent",
        CancellationToken cancellationToken = default)
    {
        var (view, image) = await files.ReadAsync(caller, sandbox_id, Absolute(path), user, start_line, lines, cancellationToken);
        var result = Wire.Result(view);
        if (image is not null)
            result.Content = [.. result.Content, ImageContentBlock.FromBytes(image, view.MediaType!)];
        return result;
    }

    [McpServerTool(Name = "sandbox_write_file")]
    [Capability("sandbox.write.file", Risk.Write, Idempotent = true, Scope = CapabilityScope.Sandbox, Permission = Permissions.UseDevices)]
    [Description("Write a file in a sandbox, making its directories; replaces what is there, at once or not at all.")]
    public Task<FileDetails> WriteFile(
        Caller caller,
        string sandbox_id,
        string path,
        string content,
        [AllowedValues("text", "base64")] string encoding = "text",
        [Description("Add to the end instead.")] bool append = false,
        [Description("Refuse if it is already there.")] bool create_only = false,
        [Description("Make it a program that can be run.")] bool executable = false,
        [AllowedValues("agent", "root")] string user = "agent",
        CancellationToken cancellationToken = default) =>
        files.WriteAsync(caller, sandbox_id, Absolute(path), user, Bytes(content, encoding), append, create_only, executable ? (UnixFileMode)0b111_101_101 : null, cancellationToken);

    [McpServerTool(Name = "sandbox_edit_file")]
    [Capability("sandbox.edit.file", Risk.Write, Scope = CapabilityScope.Sandbox, Permission = Permissions.UseDevices)]
    [Description("Edit a text file in a sandbox by exact replacements; all of them are made or none.")]
    public Task<FileEdited> EditFile(
        Caller caller,
        string sandbox_id,
        string path,
        [MinLength(1), MaxLength(100)] IReadOnlyList<TextEdit> edits,
        [AllowedValues("agent", "root")] string user = "agent",
        CancellationToken cancellationToken = default) =>
        files.EditAsync(caller, sandbox_id, Absolute(path), user, edits, cancellationToken);

    [McpServerTool(Name = "sandbox_list_files")]
    [Capability("sandbox.list.files", Risk.Read, Scope = CapabilityScope.Sandbox, Permission = Permissions.UseDevices)]
    [Description("List files and directories in a sandbox.")]
    public Task<FileListing> ListFiles(
        Caller caller,
        string sandbox_id,
        string path = "/workspace",
        [Range(1, 20)] int depth = 1,
        [Description("Such as *.py or src/**/*.ts.")] string? glob = null,
        [Description("Also hidden files, .git and node_modules.")] bool all = false,
        [Range(1, 1000)] int limit = 200,
        [AllowedValues("agent", "root")] string user = "agent",
        CancellationToken cancellationToken = default) =>
        files.ListAsync(caller, sandbox_id, Absolute(path), user, depth, glob, all, limit, cancellationToken);

    [McpServerTool(Name = "sandbox_search_files")]
    [Capability("sandbox.search.files", Risk.Read, Scope = CapabilityScope.Sandbox, Permission = Permissions.UseDevices)]
    [Description("Search file contents (regular expression) or file names (glob) in a sandbox, honouring .gitignore.")]
    public Task<SearchResult> SearchFiles(
        Caller caller,
        string sandbox_id,
        [MinLength(1)] string pattern,
        string path = "/workspace",
        [Description("names: pattern is a glob over names."), AllowedValues("content", "names")] string target = "content",
        [Description("Search the text as it is.")] bool literal = false,
        bool ignore_case = false,
        [Description("Only in files like this.")] string? glob = null,
        [Description("Lines around each match."), Range(0, 20)] int context = 0,
        [Description("Also what .gitignore hides.")] bool include_ignored = false,
        [Range(1, 500)] int limit = 50,
        [AllowedValues("agent", "root")] string user = "agent",
        CancellationToken cancellationToken = default) =>
        files.SearchAsync(
            caller, sandbox_id,
            new FileSearch
            {
                Path = Absolute(path),
                User = user,
                Pattern = pattern,
                Names = target is "names",
                IsLiteral = literal,
                IgnoreCase = ignore_case,
                Glob = glob,
                Context = context,
                IncludeIgnored = include_ignored,
                Limit = limit,
            },
            cancellationToken);

    [McpServerTool(Name = "sandbox_upload")]
    [Capability("sandbox.upload", Risk.Write, Scope = CapabilityScope.Sandbox, Permission = Permissions.UseDevices)]
    [Description("Get a short-lived link to upload a large or binary file into a sandbox by HTTP PUT.")]
    public async Task<FileLink> Upload(
        Caller caller,
        string sandbox_id,
        string path,
        [AllowedValues("agent", "root")] string user = "agent",
        [Description("Seconds the link works."), Range(10, 3600)] int expires_in = 600,
        CancellationToken cancellationToken = default) =>
        await links.CreateAsync(caller, sandbox_id, Absolute(path), user, FileLinkKind.Upload, TimeSpan.FromSeconds(expires_in), cancellationToken);

    [McpServerTool(Name = "sandbox_download")]
    [Capability("sandbox.download", Risk.Read, Scope = CapabilityScope.Sandbox, Permission = Permissions.UseDevices)]
    [Description("Get a short-lived link to download a file from a sandbox by HTTP GET.")]
    public async Task<FileLink> Download(
        Caller caller,
        string sandbox_id,
        string path,
        [AllowedValues("agent", "root")] string user = "agent",
        [Description("Seconds the link works."), Range(10, 3600)] int expires_in = 600,
        CancellationToken cancellationToken = default) =>
        await links.CreateAsync(caller, sandbox_id, Absolute(path), user, FileLinkKind.Download, TimeSpan.FromSeconds(expires_in), cancellationToken);

    [McpServerTool(Name = "sandbox_stat_file")]
    [Capability("sandbox.stat.file", Risk.Read, Toolset = "files", Scope = CapabilityScope.Sandbox, Permission = Permissions.UseDevices)]
    [Description("Get a file's type, size, permissions and time of change.")]
    public Task<FileDetails> StatFile(
        Caller caller, string sandbox_id, string path, [AllowedValues("agent", "root")] string user = "agent", CancellationToken cancellationToken = default) =>
        files.StatAsync(caller, sandbox_id, Absolute(path), user, cancellationToken);

    [McpServerTool(Name = "sandbox_mkdir")]
    [Capability("sandbox.mkdir", Risk.Write, Idempotent = true, Toolset = "files", Scope = CapabilityScope.Sandbox, Permission = Permissions.UseDevices)]
    [Description("Make a directory and those above it.")]
    public async Task<FileDetails> Mkdir(
        Caller caller, string sandbox_id, string path, [AllowedValues("agent", "root")] string user = "agent", CancellationToken cancellationToken = default)
    {
        await files.MakeDirectoryAsync(caller, sandbox_id, Absolute(path), user, cancellationToken);
        return await files.StatAsync(caller, sandbox_id, Absolute(path), user, cancellationToken);
    }

    [McpServerTool(Name = "sandbox_rename_file")]
    [Capability("sandbox.rename.file", Risk.Write, Toolset = "files", Scope = CapabilityScope.Sandbox, Permission = Permissions.UseDevices)]
    [Description("Move or rename a file or directory.")]
    public async Task<FileDetails> RenameFile(
        Caller caller, string sandbox_id, string source, string dest, bool replace = false,
        [AllowedValues("agent", "root")] string user = "agent", CancellationToken cancellationToken = default)
    {
        await files.RenameAsync(caller, sandbox_id, Absolute(source), Absolute(dest), user, replace, cancellationToken);
        return await files.StatAsync(caller, sandbox_id, Absolute(dest), user, cancellationToken);
    }

    [McpServerTool(Name = "sandbox_copy_file")]
    [Capability("sandbox.copy.file", Risk.Write, Toolset = "files", Scope = CapabilityScope.Sandbox, Permission = Permissions.UseDevices)]
    [Description("Copy a file or a directory with what is in it.")]
    public async Task<FileDetails> CopyFile(
        Caller caller, string sandbox_id, string source, string dest, bool replace = false,
        [AllowedValues("agent", "root")] string user = "agent", CancellationToken cancellationToken = default)
    {
        await files.CopyAsync(caller, sandbox_id, Absolute(source), Absolute(dest), user, replace, cancellationToken);
        return await files.StatAsync(caller, sandbox_id, Absolute(dest), user, cancellationToken);
    }

    [McpServerTool(Name = "sandbox_delete_file")]
    [Capability("sandbox.delete.file", Risk.Destructive, Scope = CapabilityScope.Sandbox, Permission = Permissions.UseDevices)]
    [Description("Delete a file, a link or a directory.")]
    public async Task<FileDeleted> DeleteFile(
        Caller caller, string sandbox_id, string path, [Description("Also what is in a directory.")] bool recursive = false,
        [AllowedValues("agent", "root")] string user = "agent", CancellationToken cancellationToken = default)
    {
        await files.DeleteAsync(caller, sandbox_id, Absolute(path), user, recursive, cancellationToken);
        return new FileDeleted { Path = path, Deleted = true };
    }

    /// <summary>Relative paths mean /workspace, as a command's do.</summary>
    private static string Absolute(string path)
    {
        if (path.Length is 0 || path.Contains('\0', StringComparison.Ordinal))
            throw new ToolFailureException(ToolErrorCode.InvalidInput, "The path is empty or holds a NUL character.", "Give a path such as /workspace/main.py.");
        return path[0] is '/' ? path : path[0] is '~' && (path.Length is 1 || path[1] is '/') ? $"/home/agent{path[1..]}" : $"/workspace/{path}";
    }

    private static byte[] Bytes(string content, string encoding)
    {
        if (encoding is "text")
            return Encoding.UTF8.GetBytes(content);
        try
        {
            return Convert.FromBase64String(content);
        }
        catch (FormatException)
        {
            throw new ToolFailureException(ToolErrorCode.InvalidInput, "`content` is not base64, which `encoding` says it is.", "Send base64 with its padding, or encoding text.");
        }
    }
}
