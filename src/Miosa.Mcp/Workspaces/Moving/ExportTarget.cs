using Miosa.Mcp.Calls;
using Miosa.Mcp.Workspaces.Folders;

namespace Miosa.Mcp.Workspaces.Moving;

/// <summary>A person's directory that files are written into, never through a link and never beside it.</summary>
internal sealed class ExportTarget(string root)
{
    private readonly HostFolder _folder = HostFolder.At(root);

    public ExportedFile Look(string path)
    {
        var info = new FileInfo(Whole(path));
        return info.LinkTarget is not null ? ExportedFile.Other
            : info.Exists ? ExportedFile.File
            : Directory.Exists(info.FullName) ? ExportedFile.Other
            : ExportedFile.Nothing;
    }

    public string? LinkOf(string path) => new FileInfo(Whole(path)).LinkTarget;

    public Task<byte[]?> ReadAsync(string path, int most, CancellationToken cancellationToken) => _folder.ReadAsync(path, most, cancellationToken);

    /// <summary>Whole or not at all.</summary>
    public async Task WriteAsync(string path, Stream content, UnixFileMode mode, CancellationToken cancellationToken)
    {
        var whole = Whole(path);
        MakeParents(path);
        var next = Path.Combine(Path.GetDirectoryName(whole)!, $".{Guid.NewGuid():n}.miosa");
        try
        {
            await using (var file = new FileStream(next, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, BufferSize = 0, UnixCreateMode = mode | UnixFileMode.UserRead | UnixFileMode.UserWrite }))
                await content.CopyToAsync(file, cancellationToken);
            if (Directory.Exists(whole) && new DirectoryInfo(whole).LinkTarget is null)
                throw Blocked(path);
            File.Move(next, whole, overwrite: true);
        }
        finally
        {
            File.Delete(next);
        }
    }

    public void Link(string path, string target)
    {
        MakeParents(path);
        var whole = Whole(path);
        var info = new FileInfo(whole);
        if (info.LinkTarget is not null || info.Exists)
            File.Delete(whole);
        else if (Directory.Exists(whole))
            throw Blocked(path);
        File.CreateSymbolicLink(whole, target);
    }

    private string Whole(string path) => Path.Combine(root, path);

    /// <summary>Each step is a directory of its own; a link in its place is not followed.</summary>
    private void MakeParents(string path)
    {
        var at = root;
        foreach (var step in path.Split('/')[..^1])
        {
            at = Path.Combine(at, step);
            if (new DirectoryInfo(at).LinkTarget is not null || File.Exists(at))
                throw Blocked(path);
            Directory.CreateDirectory(at);
        }
    }

    private static ToolFailureException Blocked(string path) =>
        new(ToolErrorCode.Conflict, $"`{path}` cannot be written: a link or something of another kind is in its place, or on the way to it.", "Move that away, or export into an empty directory.");
}

/// <summary>What is in the place of a file.</summary>
internal enum ExportedFile
{
    Nothing,
    File,

    /// <summary>A link, or a directory.</summary>
    Other,
}
