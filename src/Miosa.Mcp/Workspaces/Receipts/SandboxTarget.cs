using Miosa.Devices.Doors;
using Miosa.Mcp.Workspaces.Folders;

namespace Miosa.Mcp.Workspaces.Receipts;

/// <summary>A folder in a sandbox, written through its door with the rights of its user: no path leads out of the sandbox.</summary>
internal sealed class SandboxTarget(DoorFiles files) : IReceiptTarget
{
    private static readonly WriteOptions AtTheEnd = new() { Append = true, MakeParents = true };

    public async Task<long?> LengthAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            var stat = await files.StatAsync(In(path), cancellationToken: cancellationToken);
            return stat.Type is FileType.File ? stat.Size : throw new IOException($"`{path}` is no file.");
        }
        catch (DoorException exception) when (exception.Errno is Errno.ENOENT)
        {
            return null;
        }
    }

    public Task AppendAsync(string path, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken) => files.WriteAsync(In(path), bytes, AtTheEnd, cancellationToken);

    public Task EmptyAsync(string path, CancellationToken cancellationToken) => files.WriteAsync(In(path), ReadOnlyMemory<byte>.Empty, cancellationToken: cancellationToken);

    private static string In(string path) => $"{SandboxFolder.Root}/{path}";
}
