using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Miosa.Devices.Doors;

namespace Miosa.Mcp.Approvals;

/// <summary>Says of files in a sandbox exactly what they are, as its user sees them.</summary>
internal sealed class FileDigests(DoorFiles files)
{
    private const long LargestRead = 32 << 20;
    private const int MostEntries = 20_000;

    /// <summary>The file that the path leads to; null where there is none, or none that may be seen.</summary>
    public async Task<BoundFile?> OfAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            var link = await files.StatAsync(path, follow: false, cancellationToken);
            var stat = link.Type is FileType.Link ? await files.StatAsync(path, follow: true, cancellationToken) : link;
            var file = new BoundFile { Path = path, LinkTarget = link.LinkTarget, Size = stat.Size, Mode = (int)stat.Mode };
            return stat.Type switch
            {
                FileType.File when stat.Size <= LargestRead => await ReadAsync(file, stat, cancellationToken),
                FileType.Directory => file with { State = "directory", Size = 0 },
                _ => file with { State = State(stat) },
            };
        }
        catch (DoorException)
        {
            return null;
        }
    }

    /// <summary>What is about to be taken away: a directory with all that is in it.</summary>
    public async Task<(BoundFile File, string Words)?> OfTreeAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            var stat = await files.StatAsync(path, follow: false, cancellationToken);
            var file = new BoundFile { Path = path, LinkTarget = stat.LinkTarget, Size = stat.Size, Mode = (int)stat.Mode };
            if (stat.Type is not FileType.Directory)
                return (file with { State = State(stat) }, stat.Type is FileType.Link ? $"a link to {stat.LinkTarget}" : string.Create(CultureInfo.InvariantCulture, $"a file of {stat.Size:N0} bytes, changed {stat.ModifiedAt.UtcDateTime:u}"));
            var listing = await files.ListAsync(path, new ListOptions { Depth = 20, Hidden = true, MaxEntries = MostEntries }, cancellationToken);
            var text = string.Join('\n', listing.Entries.OrderBy(entry => entry.Path, StringComparer.Ordinal).Select(entry => $"{entry.Path} {entry.Stat.Type} {State(entry.Stat)}"));
            return (
                file with { Size = listing.Entries.Sum(entry => entry.Stat.Type is FileType.File ? entry.Stat.Size : 0), State = Hash(Encoding.UTF8.GetBytes(text)) },
                string.Create(CultureInfo.InvariantCulture, $"a directory with {listing.Entries.Count:N0}{(listing.Truncated ? " or more" : "")} entries, {listing.Entries.Sum(entry => entry.Stat.Type is FileType.File ? entry.Stat.Size : 0):N0} bytes in files"));
        }
        catch (DoorException)
        {
            return null;
        }
    }

    private async Task<BoundFile> ReadAsync(BoundFile file, FileStat stat, CancellationToken cancellationToken)
    {
        try
        {
            await using var content = await files.ReadAsync(file.Path, length: LargestRead, cancellationToken: cancellationToken);
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            var buffer = new byte[64 * 1024];
            string? interpreter = null;
            var isFirst = true;
            while (await content.ReadAsync(buffer, cancellationToken) is > 0 and var read)
            {
                if (isFirst)
                    interpreter = Interpreter(buffer.AsSpan(0, read));
                isFirst = false;
                hash.AppendData(buffer, 0, read);
            }
            return file with { Sha256 = $"sha256:{Convert.ToHexStringLower(hash.GetHashAndReset())}", Interpreter = interpreter };
        }
        catch (DoorException)
        {
            // It may be run without being readable; then it is known by its state.
            return file with { State = State(stat) };
        }
    }

    /// <summary>The first line of a script, without what marks it.</summary>
    private static string? Interpreter(ReadOnlySpan<byte> head)
    {
        if (!head.StartsWith("#!"u8))
            return null;
        var line = head[2..Math.Min(head.Length, 258)];
        var end = line.IndexOf((byte)'\n');
        return Encoding.UTF8.GetString(end < 0 ? line : line[..end]).Trim();
    }

    private static string State(FileStat stat) => string.Create(CultureInfo.InvariantCulture, $"{stat.Inode}:{stat.Size}:{stat.ModifiedNanoseconds}");

    private static string Hash(byte[] bytes) => $"sha256:{Convert.ToHexStringLower(SHA256.HashData(bytes))}";
}
