using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Miosa.Devices.Volumes;

/// <summary>
/// The file that a snapshot is exported as: a tar compressed by zstd, which any machine unpacks with
/// `zstd -dc FILE | tar -x`. A frame before it, which zstd skips, says what it is, and one after it has the SHA-256 of
/// everything before.
/// </summary>
internal static class SnapshotArchive
{
    private const uint HeaderMagic = 0x184D_2A50;
    private const uint TrailerMagic = 0x184D_2A51;
    private const int FrameStart = 8;
    private const int TrailerSize = FrameStart + SHA256.HashSizeInBytes;
    private const int MostHeader = 64 * 1024;
    private const int BufferSize = 128 * 1024;
    private const string Remedy = "Export it again, and compare the size of the file with what arrived.";

    /// <summary>Frames what <paramref name="files"/> gives; <paramref name="finish"/> fails where that was not all.</summary>
    public static async Task WriteAsync(Stream files, Func<Task> finish, Stream destination, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        async Task PutAsync(ReadOnlyMemory<byte> bytes)
        {
            hash.AppendData(bytes.Span);
            await destination.WriteAsync(bytes, cancellationToken);
        }

        await PutAsync(Frame(HeaderMagic, JsonSerializer.SerializeToUtf8Bytes(new ArchiveHeader(), ArchiveJson.Default.ArchiveHeader)));
        var buffer = new byte[BufferSize];
        while (await files.ReadAsync(buffer, cancellationToken) is var read and > 0)
            await PutAsync(buffer.AsMemory(0, read));
        await finish();
        await destination.WriteAsync(Frame(TrailerMagic, hash.GetCurrentHash()), cancellationToken);
    }

    /// <summary>Gives what is between the frames to <paramref name="files"/>, and returns when all of it was there and as it was written.</summary>
    /// <exception cref="EngineException">It is not such a file, it is damaged, or it is longer than <paramref name="mostBytes"/>.</exception>
    public static async Task ReadAsync(Stream source, Stream files, long mostBytes, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(await ReadHeaderAsync(source, cancellationToken));
        // The end of the file is known when it comes: what may be the trailer is held back.
        var buffer = new byte[TrailerSize + BufferSize];
        var held = 0;
        var isWanted = true;
        while (await source.ReadAsync(buffer.AsMemory(held), cancellationToken) is var read and > 0)
        {
            held += read;
            if (held <= TrailerSize)
                continue;
            var ready = buffer.AsMemory(0, held - TrailerSize);
            if ((mostBytes -= ready.Length) < 0)
                throw new EngineException("The file is larger than a snapshot may be.", "Import a smaller one.");
            hash.AppendData(ready.Span);
            isWanted = isWanted && await TryWriteAsync(files, ready, cancellationToken);
            buffer.AsSpan(held - TrailerSize, TrailerSize).CopyTo(buffer);
            held = TrailerSize;
        }
        if (held < TrailerSize || !buffer.AsSpan(0, TrailerSize).SequenceEqual(Frame(TrailerMagic, hash.GetCurrentHash())))
            throw new EngineException("The file is damaged or not complete: its checksum is not that of its contents.", Remedy);
    }

    /// <summary>False where nobody reads any more. Why, the reader says by its exit code; the rest is read for its checksum.</summary>
    private static async Task<bool> TryWriteAsync(Stream files, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        try
        {
            await files.WriteAsync(bytes, cancellationToken);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static async Task<byte[]> ReadHeaderAsync(Stream source, CancellationToken cancellationToken)
    {
        try
        {
            var start = new byte[FrameStart];
            await source.ReadExactlyAsync(start, cancellationToken);
            var length = BinaryPrimitives.ReadUInt32LittleEndian(start.AsSpan(4));
            if (BinaryPrimitives.ReadUInt32LittleEndian(start) != HeaderMagic || length > MostHeader)
                throw Foreign();
            var header = new byte[FrameStart + length];
            start.CopyTo(header, 0);
            await source.ReadExactlyAsync(header.AsMemory(FrameStart), cancellationToken);
            var said = JsonSerializer.Deserialize(header.AsSpan(FrameStart), ArchiveJson.Default.ArchiveHeader);
            if (said?.Kind != ArchiveHeader.Snapshot)
                throw Foreign();
            if (said.Format != ArchiveHeader.Newest)
                throw new EngineException($"The file has format {said.Format}; this host reads format {ArchiveHeader.Newest}.", "Import it into a host of the version that exported it.");
            return header;
        }
        catch (Exception exception) when (exception is EndOfStreamException or JsonException)
        {
            throw Foreign(exception);
        }
    }

    private static EngineException Foreign(Exception? inner = null) => new("The file is not an exported snapshot.", "Give a file that was made by exporting a snapshot.", inner);

    private static byte[] Frame(uint magic, ReadOnlySpan<byte> payload)
    {
        var frame = new byte[FrameStart + payload.Length];
        BinaryPrimitives.WriteUInt32LittleEndian(frame, magic);
        BinaryPrimitives.WriteUInt32LittleEndian(frame.AsSpan(4), (uint)payload.Length);
        payload.CopyTo(frame.AsSpan(FrameStart));
        return frame;
    }
}

/// <summary>What a file says that it is.</summary>
internal sealed record ArchiveHeader
{
    public const string Snapshot = "miosa-snapshot";
    public const int Newest = 1;

    public string Kind { get; init; } = Snapshot;

    public int Format { get; init; } = Newest;
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(ArchiveHeader))]
internal sealed partial class ArchiveJson : JsonSerializerContext;
