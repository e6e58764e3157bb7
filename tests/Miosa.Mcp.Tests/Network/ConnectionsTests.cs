using Miosa.Mcp.Network;

namespace Miosa.Mcp.Tests.Network;

public sealed class ConnectionsTests
{
    [Fact]
    public void Sandboxes_that_take_all_they_can_leave_a_few_to_each_of_the_others()
    {
        var connections = new Connections();
        for (var i = 0; i < Connections.Most; i++)
            Assert.True(connections.TryTake(256));

        Assert.False(connections.TryTake(Connections.Assured + 1));
        Assert.True(connections.TryTake(Connections.Assured));

        connections.Return();
        connections.Return();
        Assert.True(connections.TryTake(256));
    }
}
