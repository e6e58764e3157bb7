using System.Net;
using Miosa.Mcp.Transports.Access;

namespace Miosa.Mcp.Tests.Transports.Access;

public sealed class FailedTriesTests
{
    private readonly FakeTime _time = new();

    [Fact]
    public void Each_address_is_counted_by_itself_and_anew_after_a_minute()
    {
        var tries = new FailedTries(_time);

        Assert.Equal([1, 2, 3], Enumerable.Range(0, 3).Select(_ => tries.Count(IPAddress.Loopback)));
        Assert.Equal(1, tries.Count(IPAddress.Parse("192.0.2.1")));
        Assert.Equal(4, tries.Count(IPAddress.Parse("::ffff:127.0.0.1")));
        _time.Advance(FailedTries.Window);
        Assert.Equal(1, tries.Count(IPAddress.Loopback));
    }

    [Fact]
    public void A_whole_network_of_addresses_counts_as_one()
    {
        var tries = new FailedTries(_time);

        Assert.Equal(1, tries.Count(IPAddress.Parse("2001:db8:1:2::1")));
        Assert.Equal(2, tries.Count(IPAddress.Parse("2001:db8:1:2:ffff::9")));
        Assert.Equal(1, tries.Count(IPAddress.Parse("2001:db8:1:3::1")));
    }

    [Fact]
    public void Who_comes_from_very_many_addresses_shares_one_count()
    {
        var tries = new FailedTries(_time);
        for (var i = 0; i < 4096; i++)
            Assert.Equal(1, tries.Count(new IPAddress(i + 1)));

        Assert.Equal([1, 2], ((long[])[50_000, 60_000]).Select(address => tries.Count(new IPAddress(address))));
        _time.Advance(FailedTries.Window);
        Assert.Equal(1, tries.Count(new IPAddress(50_000)));
    }
}
