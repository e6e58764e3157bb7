using Miosa.Mcp.Snapshots;

namespace Miosa.Mcp.Tests.Snapshots;

public sealed class SnapshotUsesTests
{
    private readonly SnapshotUses _uses = new();

    [Fact]
    public void What_is_read_by_many_is_deleted_by_none_until_the_last_has_read()
    {
        var first = _uses.TryRead("a")!;
        var second = _uses.TryRead("a")!;

        Assert.Null(_uses.TryHold("a"));
        first.Dispose();
        Assert.Null(_uses.TryHold("a"));
        Assert.NotNull(_uses.TryHold("b"));
        second.Dispose();
        Assert.NotNull(_uses.TryHold("a"));
    }

    [Fact]
    public void What_is_taken_or_deleted_is_read_by_nobody()
    {
        var hold = _uses.TryHold("a")!;

        Assert.Null(_uses.TryRead("a"));
        Assert.Null(_uses.TryHold("a"));
        hold.Dispose();
        Assert.NotNull(_uses.TryRead("a"));
    }
}
