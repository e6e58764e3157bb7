namespace Miosa.Mcp.Tests.Calls;

/// <summary>Memory and descriptors belong to the whole process, so nothing else runs beside this.</summary>
[CollectionDefinition(nameof(EnduranceTests), DisableParallelization = true)]
[Collection(nameof(EnduranceTests))]
public sealed class EnduranceTests
{
    /// <summary>Coarse on purpose: a leak of one object or descriptor a call shows, the mood of the collector does not.</summary>
    [Fact]
    public async Task Ten_thousand_calls_leave_nothing_behind()
    {
        const int calls = 10_000;
        await using var mcp = await McpHarness.StartAsync();
        mcp.World.IsMended = true;
        await CallAsync(mcp, 0, 1_000);
        var (memory, descriptors) = (Memory(), Descriptors());

        await CallAsync(mcp, 1_000, calls);

        Assert.InRange(Memory() - memory, long.MinValue, 16 << 20);
        Assert.InRange(Descriptors() - descriptors, int.MinValue, 8);
    }

    private static async Task CallAsync(McpHarness mcp, int from, int to) =>
        await Parallel.ForAsync(from, to, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (i, _) =>
        {
            switch (i % 5)
            {
                case 0:
                    await mcp.Client.CallAsync("thing_make", new { name = "a", idempotency_key = $"k{i / 10}" });
                    break;
                case 1:
                    await mcp.Client.CallAsync("thing_make", new { name = "a" });
                    break;
                case 2:
                    await mcp.Client.RefusedAsync("thing_make", new { nam = i });
                    break;
                default:
                    await mcp.Client.CallAsync("thing_get");
                    break;
            }
        });

    private static long Memory() => GC.GetTotalMemory(forceFullCollection: true);

    private static int Descriptors() => Directory.GetFiles("/proc/self/fd").Length;
}
