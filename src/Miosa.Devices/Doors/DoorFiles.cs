using System.Buffers;
using System.Buffers.Binary;

namespace Miosa.Devices.Doors;

/// <summary>
/// The files of a sandbox, as one of its users. Paths are absolute, in the notation of <see cref="PathText"/>, and are
/// resolved inside the sandbox with that user's rights.
/// </summary>
public sealed class DoorFiles(Door door, string user)
{
    private const int BodyFrame = 256 * 1024;
    private const int SmallBody = 64 * 1024;
    private const int EntryLimit = 200_000;
    private const UnixFileMode Usual = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    public async Task<FileStat> StatAsync(string path, bool follow = false, CancellationToken cancellationToken = default)
    {
        await using var call = await DoorCall.SendAsync(door, Request(DoorVerb.Stat, path).Flag(follow), cancellationToken);
        return FileStat.ReadAll((await call.ReadAsync(DoorFrame.Ok, cancellationToken)).Span);
    }

    /// <summary>Reads a regular file, or with <paramref name="anyType"/> what a device or pipe has to give at this moment.</summary>
    public async Task<FileContentStream> ReadAsync(string path, long offset = 0, long? length = null, bool anyType = false, CancellationToken cancellationToken = default)
    {
        var request = Request(DoorVerb.Read, path).U64((ulong)Math.Max(0, offset)).U64((ulong?)length ?? long.MaxValue).Flag(anyType);
        var call = await DoorCall.SendAsync(door, request, cancellationToken);
        try
        {
            return new FileContentStream(call, FileStat.ReadAll((await call.ReadAsync(DoorFrame.Ok, cancellationToken)).Span));
        }
        catch
        {
            await call.DisposeAsync();
            throw;
        }
    }

    /// <exception cref="DoorException">With stage <see cref="DoorStage.Condition"/> when the file is not as the options demand.</exception>
    public async Task<WrittenFile> WriteAsync(string path, ReadOnlyMemory<byte> body, WriteOptions? options = null, CancellationToken cancellationToken = default)
    {
        if (body.Length is > 0 and <= SmallBody)
        {
            /* All in one go: most files are small, and a step costs more than their bytes. */
            var request = WriteRequest(path, options).Frame(DoorFrame.Data, body.Span).Frame(DoorFrame.End, []);
            await using var call = await DoorCall.SendAsync(door, request, cancellationToken);
            return Written((await call.ReadAsync(DoorFrame.Ok, cancellationToken)).Span);
        }

        var left = body;
        return await WriteAsync(path, options, buffer =>
        {
            var part = left[..Math.Min(left.Length, buffer.Length)];
            part.CopyTo(buffer);
            left = left[part.Length..];
            return ValueTask.FromResult(part.Length);
        }, cancellationToken);
    }

    /// <summary>Writes what a stream gives, of whatever length. Nothing is replaced before all of it has come.</summary>
    public Task<WrittenFile> WriteAsync(string path, Stream body, WriteOptions? options = null, CancellationToken cancellationToken = default) =>
        // Full frames: a request's body comes in pieces of a few KiB, and each frame costs a step on both sides.
        WriteAsync(path, options, buffer => body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken), cancellationToken);

    private async Task<WrittenFile> WriteAsync(string path, WriteOptions? options, Func<Memory<byte>, ValueTask<int>> next, CancellationToken cancellationToken)
    {
        await using var call = await DoorCall.SendAsync(door, WriteRequest(path, options), cancellationToken);
        var buffer = ArrayPool<byte>.Shared.Rent(BodyFrame + OutputChunk.FrameHeader);
        try
        {
            int length;
            do
            {
                length = await next(buffer.AsMemory(OutputChunk.FrameHeader, BodyFrame));
                buffer[0] = (byte)(length > 0 ? DoorFrame.Data : DoorFrame.End);
                BinaryPrimitives.WriteInt32LittleEndian(buffer.AsSpan(1), length);
            }
            while (await call.SendAsync(buffer.AsMemory(0, length + OutputChunk.FrameHeader), cancellationToken) && length > 0);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        return Written((await call.ReadAsync(DoorFrame.Ok, cancellationToken)).Span);
    }

    public async Task<FileListing> ListAsync(string path, ListOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new ListOptions();
        var request = Request(DoorVerb.ListFiles, path)
            .U32((uint)Math.Max(1, options.Depth)).U32((uint)Math.Clamp(options.MaxEntries, 1, EntryLimit)).Flag(options.Hidden).Paths(options.Skip);
        await using var call = await DoorCall.SendAsync(door, request, cancellationToken);
        var entries = new List<FileEntry>();
        while (true)
        {
            var (kind, payload) = await call.ReadAsync(cancellationToken);
            switch (kind)
            {
                case DoorFrame.Item when entries.Count < EntryLimit:
                    entries.Add(ReadEntry(payload.Span));
                    break;
                case DoorFrame.End:
                    return ReadEnd(payload.Span, entries);
                default:
                    throw DoorCall.Unexpected(kind);
            }
        }
    }

    /// <summary>Returns whether something was made: with <paramref name="parents"/> it may all have been there.</summary>
    public async Task<bool> MakeDirectoryAsync(string path, bool parents = true, UnixFileMode mode = Usual, CancellationToken cancellationToken = default)
    {
        await using var call = await DoorCall.SendAsync(door, Request(DoorVerb.MakeDirectory, path).Flag(parents).U32((uint)mode), cancellationToken);
        return new DoorFields((await call.ReadAsync(DoorFrame.Ok, cancellationToken)).Span).Flag();
    }

    public async Task RenameAsync(string from, string to, bool overwrite = false, CancellationToken cancellationToken = default)
    {
        await using var call = await DoorCall.SendAsync(door, Request(DoorVerb.Rename, from).Path(to).Flag(overwrite), cancellationToken);
        await call.ReadAsync(DoorFrame.Ok, cancellationToken);
    }

    /// <summary>Copies a file or a tree, by reference where the file system can. Links stay links. A tree that fails half-way stays half.</summary>
    public async Task<CopiedFiles> CopyAsync(string from, string to, bool overwrite = false, CancellationToken cancellationToken = default)
    {
        await using var call = await DoorCall.SendAsync(Patient(), Request(DoorVerb.Copy, from).Path(to).Flag(overwrite), cancellationToken);
        var fields = new DoorFields((await call.ReadAsync(DoorFrame.Ok, cancellationToken)).Span);
        return new CopiedFiles(fields.Size(), fields.Size());
    }

    /// <summary>Deletes a file, a link (never what it points to) or a tree. Never enters a mount. Returns how many entries went.</summary>
    public async Task<long> DeleteAsync(string path, bool recursive = false, CancellationToken cancellationToken = default)
    {
        await using var call = await DoorCall.SendAsync(Patient(), Request(DoorVerb.Delete, path).Flag(recursive), cancellationToken);
        return new DoorFields((await call.ReadAsync(DoorFrame.Ok, cancellationToken)).Span).Size();
    }

    /// <summary>Watches a directory. Returns when the watch is in place.</summary>
    public async Task<FileWatch> WatchAsync(string path, bool recursive = true, IReadOnlyCollection<string>? ignore = null, CancellationToken cancellationToken = default)
    {
        var call = await DoorCall.SendAsync(door, Request(DoorVerb.Watch, path).Flag(recursive).Paths(ignore ?? []), cancellationToken);
        try
        {
            return FileWatch.Open(call, (await call.ReadAsync(DoorFrame.Ok, cancellationToken)).Span);
        }
        catch
        {
            await call.DisposeAsync();
            throw;
        }
    }

    /// <summary>A whole tree is one step, and takes longer than a step usually does.</summary>
    private Door Patient() => new(door.Connect, door.Time) { Deadline = door.Deadline * 20 };

    private DoorRequest Request(DoorVerb verb, string path) => new DoorRequest(verb).Text(user).Path(path);

    private DoorRequest WriteRequest(string path, WriteOptions? options)
    {
        options ??= WriteOptions.Default;
        var expected = options.Expected ?? new FileVersion(0, 0, 0);
        return Request(DoorVerb.Write, path).U8(options.Flags).U32((uint)(options.Mode ?? UnixFileMode.None))
            .U64(expected.Inode).U64((ulong)expected.Size).U64((ulong)expected.ModifiedNanoseconds);
    }

    private static WrittenFile Written(ReadOnlySpan<byte> payload)
    {
        var fields = new DoorFields(payload);
        var atOnce = fields.Flag();
        var stat = FileStat.Read(ref fields);
        fields.Finish();
        return new WrittenFile(stat, atOnce);
    }

    private static FileEntry ReadEntry(ReadOnlySpan<byte> payload)
    {
        var fields = new DoorFields(payload);
        var entry = new FileEntry(fields.Text(), FileStat.Read(ref fields));
        fields.Finish();
        return entry;
    }

    private static FileListing ReadEnd(ReadOnlySpan<byte> payload, List<FileEntry> entries)
    {
        var fields = new DoorFields(payload);
        var listing = new FileListing { Entries = entries, Truncated = fields.Flag(), Unreadable = fields.Count() };
        fields.Finish();
        return listing;
    }
}

/// <summary>What a copy made: a directory is an entry too.</summary>
public sealed record CopiedFiles(long Entries, long Bytes);
