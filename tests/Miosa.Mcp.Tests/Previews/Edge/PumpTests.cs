using System.Buffers;
using System.Runtime.InteropServices;
using Miosa.Mcp.Previews;
using Miosa.Mcp.Previews.Edge;
using Miosa.Mcp.Sandboxes;

namespace Miosa.Mcp.Tests.Previews.Edge;

public sealed class PumpTests
{
    private readonly FakeTime _time = new();

    [Fact]
    public async Task A_buffer_that_a_read_may_still_write_into_is_nobody_elses()
    {
        using var preview = new LivePreview(new PreviewRow
        {
            Id = "prv_1", SandboxId = "sbx_1", Workspace = "main", Principal = "me", Port = 80, Slug = "s", Access = PreviewAccess.Public, CreatedAt = _time.GetUtcNow(),
        });
        using var visit = new Visit(preview, null, new SandboxActivity(_time), TimeSpan.FromMinutes(1), _time, CancellationToken.None);
        await using var visitor = new NeverSaying();
        await using var app = new Gone();

        await Assert.ThrowsAsync<IOException>(() => Pump.CopyAsync(visitor, app, visit, CancellationToken.None));

        Assert.True(MemoryMarshal.TryGetArray<byte>(visitor.Reading, out var held));
        var next = ArrayPool<byte>.Shared.Rent(held.Array!.Length);
        Assert.NotSame(held.Array, next);
        ArrayPool<byte>.Shared.Return(next);
    }

    /// <summary>A visitor who has stopped in the middle of his body.</summary>
    private sealed class NeverSaying : MemoryStream
    {
        public Memory<byte> Reading { get; private set; }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Reading = buffer;
            return new(new TaskCompletionSource<int>().Task);
        }
    }

    /// <summary>An app that has closed its connection.</summary>
    private sealed class Gone : MemoryStream
    {
        public override Task FlushAsync(CancellationToken cancellationToken) => Task.FromException(new IOException("It went."));
    }
}
