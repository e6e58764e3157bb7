using System.Buffers;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Miosa.Mcp.Transports.Http;

/// <summary>
/// A body in one piece, up to a limit. Of one that is longer a good deal more is read and thrown away: a server that
/// hung up in the middle would leave its client with a broken pipe instead of the reason.
/// </summary>
internal sealed class RequestBody(int limit, TimeProvider time) : IDisposable
{
    private const int MostDrained = 64 * 1024 * 1024;
    private const int FirstGuess = 16 * 1024;

    private static readonly TimeSpan LongestDrain = TimeSpan.FromSeconds(5);

    private byte[] _buffer = [];
    private int _length;

    public ReadOnlySpan<byte> Bytes => _buffer.AsSpan(0, _length);

    /// <summary>False when the body is longer than the limit.</summary>
    public async ValueTask<bool> TryReadAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        request.HttpContext.Features.GetRequiredFeature<IHttpMaxRequestBodySizeFeature>().MaxRequestBodySize = MostDrained;
        if (request.ContentLength > limit)
        {
            await DrainAsync(request, cancellationToken);
            return false;
        }

        Grow((int)(request.ContentLength ?? FirstGuess) + 1);
        while (await request.Body.ReadAsync(_buffer.AsMemory(_length), cancellationToken) is > 0 and var read)
        {
            _length += read;
            if (_length > limit)
            {
                await DrainAsync(request, cancellationToken);
                return false;
            }

            if (_length == _buffer.Length)
                Grow(_length * 2);
        }

        return true;
    }

    public void Dispose()
    {
        if (_buffer.Length > 0)
            ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
    }

    private async ValueTask DrainAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        Grow(FirstGuess);
        using var patience = new CancellationTokenSource(LongestDrain, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            while (await request.Body.ReadAsync(_buffer, both.Token) > 0)
            {
                // What comes is of no interest.
            }
        }
        catch (Exception e) when (e is BadHttpRequestException || (e is OperationCanceledException && patience.IsCancellationRequested))
        {
            // Patience has an end too.
        }
    }

    private void Grow(int size)
    {
        if (size <= _buffer.Length)
            return;
        var larger = ArrayPool<byte>.Shared.Rent(size);
        Bytes.CopyTo(larger);
        Dispose();
        _buffer = larger;
    }
}
