using System.Globalization;
using System.Net;

namespace Miosa.Mcp.Network;

/// <summary>The body of a request as it comes from the sandbox, taken out of the form it came in.</summary>
internal sealed class RequestBody(ClientReader reader, long? length, Action<int> passed) : HttpContent
{
    private const int PieceBytes = 64 * 1024;

    /// <summary>Whether all of it was read, so that what follows is another request.</summary>
    public bool IsRead { get; private set; }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        var buffer = new byte[PieceBytes];
        if (length is { } known)
            await CopyAsync(stream, known, buffer, cancellationToken);
        else
            await CopyChunksAsync(stream, buffer, cancellationToken);
        IsRead = true;
    }

    protected override bool TryComputeLength(out long computed)
    {
        computed = length ?? 0;
        return length is not null;
    }

    private async Task CopyChunksAsync(Stream stream, byte[] buffer, CancellationToken cancellationToken)
    {
        while (true)
        {
            var line = await reader.ReadLineAsync(cancellationToken);
            // No chunk extensions: nobody uses them but those who smuggle in them.
            if (line.Length is 0 or > 15 || !line.All(char.IsAsciiHexDigit))
                throw new BadRequestException("A chunk's size is no number.");
            var size = long.Parse(line, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
            if (size is 0)
                break;
            await CopyAsync(stream, size, buffer, cancellationToken);
            if (await reader.ReadLineAsync(cancellationToken) is not "")
                throw new BadRequestException("A chunk is longer than it says.");
        }
        if (await reader.ReadLineAsync(cancellationToken) is not "")
            throw new BadRequestException("Fields after a body are not passed on.");
    }

    private async Task CopyAsync(Stream stream, long count, byte[] buffer, CancellationToken cancellationToken)
    {
        while (count > 0)
        {
            var read = await reader.ReadAsync(buffer.AsMemory(0, (int)Math.Min(buffer.Length, count)), cancellationToken);
            if (read is 0)
                throw new BadRequestException("The request ends in the middle.");
            passed(read);
            await stream.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
            // A program that streams may wait for an answer to each piece.
            await stream.FlushAsync(cancellationToken);
            count -= read;
        }
    }
}
