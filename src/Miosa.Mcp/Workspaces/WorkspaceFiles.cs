using System.Text;
using Miosa.Mcp.Calls;
using Miosa.Mcp.Files;
using Miosa.Mcp.Workspaces.Folders;

namespace Miosa.Mcp.Workspaces;

/// <summary>Single files of a workspace's folder, as they are now. Reading one of a sandbox is a use of it and wakes it.</summary>
internal sealed class WorkspaceFiles(WorkspaceContracts contracts, FileService files)
{
    private const int Most = 1 << 20;

    /// <summary>The bytes; null where there is no such file.</summary>
    public async Task<byte[]?> ReadAsync(Caller caller, string path, CancellationToken cancellationToken)
    {
        if (contracts.Row(caller.WorkspaceName) is not { } row)
            return null;
        var kept = contracts.Mirror(row.Name)?.TryRead(path);
        var bytes = kept ?? (row.Directory is { } directory ? await new HostFolder(directory).ReadAsync(path, Most + 1, cancellationToken)
            : await ReadInSandboxAsync(caller, row.SandboxId!, path, cancellationToken));
        return bytes is null || bytes.Length <= Most
            ? bytes
            : throw new ToolFailureException(ToolErrorCode.LimitExceeded, $"`{path}` is larger than the {Most} bytes that are read at once.", "Get it with sandbox_download, or read a part with sandbox_read_file.");
    }

    /// <summary>Whether bytes are a text that can be shown.</summary>
    public static string? AsText(byte[] bytes)
    {
        if (bytes.AsSpan().Contains((byte)0))
            return null;
        try
        {
            return new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true).GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    private async Task<byte[]?> ReadInSandboxAsync(Caller caller, string sandboxId, string path, CancellationToken cancellationToken)
    {
        await using var file = await files.OpenAsync(caller, sandboxId, $"{SandboxFolder.Root}/{path}", SandboxFolder.User, cancellationToken);
        var bytes = new byte[Math.Min(Most + 1, Math.Max(0, file.Stat.Size))];
        var read = await file.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancellationToken);
        return bytes[..read];
    }
}
