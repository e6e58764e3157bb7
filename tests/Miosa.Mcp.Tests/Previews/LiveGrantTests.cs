using Miosa.Mcp.Previews;

namespace Miosa.Mcp.Tests.Previews;

public sealed class LiveGrantTests
{
    [Fact]
    public void Two_may_end_it_at_once_and_it_is_over_for_those_inside()
    {
        var now = new FakeTime().GetUtcNow();
        var grant = new LiveGrant(new GrantRow { Id = "ptk_1", PreviewId = "prv_1", SandboxId = "sbx_1", Port = 80, Kind = GrantKind.Token, Principal = "me", CreatedAt = now });
        Assert.True(grant.IsLive(now));

        Parallel.For(0, 4, _ => grant.Dispose());

        Assert.True(grant.Ended.IsCancellationRequested);
        Assert.False(grant.IsLive(now));
    }
}
