using System.Text;
using Miosa.Devices.Doors;
using Miosa.Mcp.Calls;
using Miosa.Mcp.Processes;
using Miosa.Mcp.Sandboxes;

namespace Miosa.Mcp.Files;

/// <summary>
/// The rules of files. Everything happens inside the sandbox, as its user: what a path leads to is decided by the
/// sandbox's own kernel view, so no path can lead out of it.
/// </summary>
internal sealed class FileService(SandboxService sandboxes, ProcessService processes)
{
    private const int MostForText = 64 << 20;
    private const int MostForEdit = 8 << 20;
    private const int MostForImage = 3 << 20;
    private const int MostForBase64 = 4_000;
    private const int Sniffed = 64 * 1024;
    private const int Characters = 5_500;

    public async Task<(FileView View, byte[]? Image)> ReadAsync(
        Caller caller, string sandboxId, string path, string user, int startLine, int lines, CancellationToken cancellationToken)
    {
        var door = await EnterAsync(caller, sandboxId, cancellationToken);
        return await GuardAsync<(FileView, byte[]?)>(path, user, async () =>
        {
            await using var file = await door.FilesOf(user).ReadAsync(path, cancellationToken: cancellationToken);
            var head = new byte[(int)Math.Min(Sniffed, file.Stat.Size)];
            var sniffed = head.AsMemory(0, await file.ReadAtLeastAsync(head, head.Length, throwOnEndOfStream: false, cancellationToken));
            if (ImageType.Of(sniffed.Span) is { } media)
                return await ReadImageAsync(path, file, sniffed, media, cancellationToken);
            return TerminalText.IsBinary(sniffed.Span)
                ? (Binary(path, file.Stat, sniffed), null)
                : (await ReadTextAsync(path, file, sniffed, startLine, lines, cancellationToken), null);
        });
    }

    public async Task<FileDetails> WriteAsync(
        Caller caller, string sandboxId, string path, string user, ReadOnlyMemory<byte> content, bool append, bool createOnly, UnixFileMode? mode, CancellationToken cancellationToken)
    {
        var door = await EnterAsync(caller, sandboxId, cancellationToken);
        var options = new WriteOptions { Append = append, MustBeNew = createOnly, MakeParents = true, Mode = mode };
        return await GuardAsync(path, user, async () => FileDetails.From(path, await door.FilesOf(user).WriteAsync(path, content, options, cancellationToken)));
    }

    public async Task<FileDetails> WriteAsync(Caller caller, string sandboxId, string path, string user, Stream body, WriteOptions options, CancellationToken cancellationToken)
    {
        var door = await EnterAsync(caller, sandboxId, cancellationToken);
        return await GuardAsync(path, user, async () => FileDetails.From(path, await door.FilesOf(user).WriteAsync(path, body, options, cancellationToken)));
    }

    /// <summary>The whole file as bytes on their way, for a download.</summary>
    public async Task<FileContentStream> OpenAsync(Caller caller, string sandboxId, string path, string user, CancellationToken cancellationToken)
    {
        var door = await EnterAsync(caller, sandboxId, cancellationToken);
        return await GuardAsync(path, user, () => door.FilesOf(user).ReadAsync(path, cancellationToken: cancellationToken));
    }

    public async Task<FileEdited> EditAsync(Caller caller, string sandboxId, string path, string user, IReadOnlyList<TextEdit> edits, CancellationToken cancellationToken)
    {
        var door = await EnterAsync(caller, sandboxId, cancellationToken);
        return await GuardAsync(path, user, async () =>
        {
            string text;
            FileStat stat;
            await using (var file = await door.FilesOf(user).ReadAsync(path, cancellationToken: cancellationToken))
            {
                stat = file.Stat;
                if (stat.Size > MostForEdit)
                    throw new ToolFailureException(ToolErrorCode.LimitExceeded, $"`{path}` has {stat.Size} bytes; {MostForEdit} is the most that can be edited.", "Edit it with sandbox_exec, for instance with sed.");
                var bytes = new byte[stat.Size];
                await file.ReadExactlyAsync(bytes, cancellationToken);
                text = DecodeExactly(bytes, path);
            }
            var (edited, replacements) = TextEdits.Apply(text, edits);
            // Only if nobody wrote it between the reading and now.
            var written = await door.FilesOf(user).WriteAsync(path, Encoding.UTF8.GetBytes(edited), new WriteOptions { Expected = stat.Version }, cancellationToken);
            return new FileEdited { Path = path, Replacements = replacements, Size = written.Stat.Size };
        });
    }

    public async Task<FileListing> ListAsync(Caller caller, string sandboxId, string path, string user, int depth, string? glob, bool all, int limit, CancellationToken cancellationToken)
    {
        var door = await EnterAsync(caller, sandboxId, cancellationToken);
        var listed = await GuardAsync(path, user, () => door.FilesOf(user).ListAsync(
            path, new ListOptions { Depth = depth, Hidden = all, Skip = all ? [] : FileListing.SkippedNames, MaxEntries = FileListing.MostRead }, cancellationToken));
        return FileListing.From(path, listed, glob, limit);
    }

    public async Task<FileDetails> StatAsync(Caller caller, string sandboxId, string path, string user, CancellationToken cancellationToken)
    {
        var door = await EnterAsync(caller, sandboxId, cancellationToken);
        return await GuardAsync(path, user, async () => FileDetails.From(path, await door.FilesOf(user).StatAsync(path, cancellationToken: cancellationToken)));
    }

    public async Task MakeDirectoryAsync(Caller caller, string sandboxId, string path, string user, CancellationToken cancellationToken)
    {
        var door = await EnterAsync(caller, sandboxId, cancellationToken);
        await GuardAsync(path, user, () => door.FilesOf(user).MakeDirectoryAsync(path, cancellationToken: cancellationToken));
    }

    public async Task RenameAsync(Caller caller, string sandboxId, string source, string target, string user, bool replace, CancellationToken cancellationToken)
    {
        var door = await EnterAsync(caller, sandboxId, cancellationToken);
        await GuardAsync(source, user, () => door.FilesOf(user).RenameAsync(source, target, replace, cancellationToken));
    }

    public async Task CopyAsync(Caller caller, string sandboxId, string source, string target, string user, bool replace, CancellationToken cancellationToken)
    {
        var door = await EnterAsync(caller, sandboxId, cancellationToken);
        await GuardAsync(source, user, () => door.FilesOf(user).CopyAsync(source, target, replace, cancellationToken));
    }

    public async Task DeleteAsync(Caller caller, string sandboxId, string path, string user, bool recursive, CancellationToken cancellationToken)
    {
        if (path.TrimEnd('/') is "/workspace" or "")
            throw new ToolFailureException(ToolErrorCode.InvalidInput, $"`{path}` is the sandbox's own and stays.", "Delete what is in it, or the whole sandbox with sandbox_destroy.");
        var door = await EnterAsync(caller, sandboxId, cancellationToken);
        await GuardAsync(path, user, () => door.FilesOf(user).DeleteAsync(path, recursive, cancellationToken));
    }

    /// <summary>Searches with ripgrep, which honours .gitignore; the sandbox's template brings it.</summary>
    public async Task<SearchResult> SearchAsync(Caller caller, string sandboxId, FileSearch search, CancellationToken cancellationToken)
    {
        var request = new ExecRequest
        {
            Arguments = search.Arguments(),
            Title = "search files",
            WorkingDirectory = search.Path,
            User = search.User,
            Wait = TimeSpan.FromSeconds(25),
            Timeout = TimeSpan.FromSeconds(25),
        };
        var output = await processes.RunQuietlyAsync(caller, sandboxId, request, FileSearch.MostBytes, cancellationToken);
        return search.Parse(output);
    }

    private async Task<Door> EnterAsync(Caller caller, string sandboxId, CancellationToken cancellationToken) =>
        (await sandboxes.EnterAsync(caller, sandboxId, cancellationToken)).Door;

    private static async Task<FileView> ReadTextAsync(string path, FileContentStream file, ReadOnlyMemory<byte> head, int startLine, int lines, CancellationToken cancellationToken)
    {
        if (file.Stat.Size > MostForText)
            throw new ToolFailureException(ToolErrorCode.LimitExceeded, $"`{path}` has {file.Stat.Size} bytes; {MostForText} is the most that is read by line.", "Read a part with sandbox_exec (sed -n, tail), or get all of it with sandbox_download.");
        await using var body = new JoinedStream(head, file);
        using var reader = new StreamReader(body, Encoding.UTF8);
        var window = await TextWindow.ReadAsync(reader, startLine, lines, Characters, cancellationToken);
        return new FileView
        {
            Path = path,
            Kind = "text",
            Size = file.Stat.Size,
            StartLine = window.StartLine,
            EndLine = window.EndLine,
            TotalLines = window.TotalLines,
            NextStep = Next(window),
            Text = window.Text,
        };
    }

    private static string? Next(TextWindow window)
    {
        List<string> steps = [];
        if (window.EndLine < window.StartLine)
            steps.Add($"The file has {window.TotalLines} lines; start_line is beyond them.");
        if (window.More)
            steps.Add($"More follows: read on with start_line {window.EndLine + 1}.");
        if (window.CutLines.Count > 0)
            steps.Add($"Line {string.Join(", ", window.CutLines)} is longer than an answer and shown in part; sandbox_download gives all of it.");
        return steps.Count is 0 ? null : string.Join(' ', steps);
    }

    private static async Task<(FileView, byte[]?)> ReadImageAsync(string path, FileContentStream file, ReadOnlyMemory<byte> head, string media, CancellationToken cancellationToken)
    {
        var view = new FileView { Path = path, Kind = "image", Size = file.Stat.Size, MediaType = media };
        if (file.Stat.Size > MostForImage)
            return (view with { NextStep = $"It is larger than the {MostForImage} bytes that are shown; make it smaller in the sandbox, or get it with sandbox_download." }, null);
        await using var body = new JoinedStream(head, file);
        var bytes = new byte[file.Stat.Size];
        await body.ReadExactlyAsync(bytes, cancellationToken);
        return (view, bytes);
    }

    private static FileView Binary(string path, FileStat stat, ReadOnlyMemory<byte> head)
    {
        var view = new FileView { Path = path, Kind = "binary", Size = stat.Size };
        return stat.Size <= MostForBase64 && head.Length == stat.Size
            ? view with { Base64 = Convert.ToBase64String(head.Span) }
            : view with { NextStep = "It is binary and too large to show; sandbox_download gives a link to it." };
    }

    /// <summary>Text that can be written back as it was; anything else would be damaged by an edit.</summary>
    private static string DecodeExactly(byte[] bytes, string path)
    {
        try
        {
            return new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true).GetString(bytes);
        }
        catch (DecoderFallbackException exception)
        {
            throw new ToolFailureException(ToolErrorCode.InvalidInput, $"`{path}` is not UTF-8 text.", "Edit it with a program in the sandbox.", cause: exception.Message);
        }
    }

    private static async Task<T> GuardAsync<T>(string path, string user, Func<Task<T>> work)
    {
        try
        {
            return await work();
        }
        catch (DoorException exception)
        {
            throw FileFailures.Of(exception, exception.Detail.Length is 0 ? path : exception.Detail, user);
        }
    }

    private static Task GuardAsync(string path, string user, Func<Task> work) => GuardAsync(path, user, async () =>
    {
        await work();
        return true;
    });
}
