using System.Collections.Concurrent;
using System.Net;
using Miosa.Mcp.Network;

namespace Miosa.Mcp.Tests.Network;

/// <summary>Names that are never answered hold threads, and hold up nobody but who asks for them.</summary>
public sealed class MachineResolverTests : IDisposable
{
    private const string Dead = "dead.example";
    private static readonly IPAddress Found = IPAddress.Parse("203.0.113.7");
    private readonly ManualResetEventSlim _answered = new();
    private readonly ConcurrentBag<string> _asked = [];
    private readonly MachineResolver _resolver;

    public MachineResolverTests() => _resolver = new MachineResolver(new LookupPlaces(), LookUp);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_hundred_sandboxes_of_one_workspace_that_ask_for_dead_names_keep_no_other_workspace_waiting()
    {
        var dead = Ask("greedy", sandboxes: 100, each: 8);
        await Bounded.UntilAsync(() => _asked.Count >= LookupPlaces.Most / 8);

        Assert.Equal([Found], await _resolver.ResolveAsync(new Asker("acme", "sbx_1"), "good.example", Cancelled).InTime());

        await EndAsync(dead);
    }

    [Fact]
    public async Task A_few_sandboxes_that_ask_for_dead_names_keep_no_other_of_their_workspace_waiting()
    {
        var dead = Ask("acme", sandboxes: 8, each: 50);
        await Bounded.UntilAsync(() => _asked.Count >= LookupPlaces.Most / 8);

        Assert.Equal([Found], await _resolver.ResolveAsync(new Asker("acme", "sbx_other"), "good.example", Cancelled).InTime());

        await EndAsync(dead);
    }

    [Fact]
    public async Task Even_many_workspaces_that_ask_for_dead_names_leave_a_place_to_the_next_one()
    {
        List<Task> dead = [.. Enumerable.Range(0, 20).SelectMany(i => Ask($"greedy-{i}", sandboxes: 10, each: 8))];
        await Bounded.UntilAsync(() => _asked.Count >= LookupPlaces.Most / 2);

        Assert.Equal([Found], await _resolver.ResolveAsync(new Asker("acme", "sbx_1"), "good.example", Cancelled).InTime());
        Assert.InRange(_asked.Count(host => host is Dead), 0, LookupPlaces.Most - 1);

        await EndAsync(dead);
    }

    [Fact]
    public async Task Who_loses_patience_leaves_the_queue_and_his_place_is_free_only_when_his_thread_is()
    {
        var places = new LookupPlaces();
        var asker = new Asker("acme", "sbx_1");
        for (var i = 0; i < LookupPlaces.MostOfSandbox; i++)
            await places.TakeAsync(asker, Cancelled).InTime();
        using var patience = new CancellationTokenSource();
        var impatient = places.TakeAsync(asker, patience.Token);
        var patient = places.TakeAsync(asker, Cancelled);
        Assert.False(impatient.IsCompleted || patient.IsCompleted);

        await patience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => impatient.InTime());
        Assert.False(patient.IsCompleted);
        places.Return(asker);

        await patient.InTime();
    }

    [Fact]
    public async Task Once_all_is_returned_every_place_can_be_had_again()
    {
        var places = new LookupPlaces();
        for (var round = 0; round < 3; round++)
        {
            List<Asker> taken = [];
            for (var i = 0; i < 4 * LookupPlaces.Most; i++)
            {
                var asker = new Asker($"w{i % 40}", $"s{i}");
                var taking = places.TakeAsync(asker, Cancelled);
                _ = taking.ContinueWith(_ => { lock (taken) taken.Add(asker); }, Cancelled, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            }
            var returned = 0;
            while (returned < 4 * LookupPlaces.Most)
            {
                await Bounded.UntilAsync(() => { lock (taken) return taken.Count > returned; });
                Asker next;
                lock (taken)
                {
                    Assert.InRange(taken.Count - returned, 1, LookupPlaces.Most);
                    next = taken[returned++];
                }
                places.Return(next);
            }
        }
    }

    public void Dispose()
    {
        _answered.Set();
        _answered.Dispose();
    }

    private List<Task> Ask(string workspace, int sandboxes, int each) =>
        [.. Enumerable.Range(0, sandboxes).SelectMany(i => Enumerable.Range(0, each).Select(_ => _resolver.ResolveAsync(new Asker(workspace, $"sbx_{i}"), Dead, Cancelled)))];

    private async Task EndAsync(List<Task> dead)
    {
        Assert.DoesNotContain(dead, task => task.IsCompleted);
        _answered.Set();
        await Task.WhenAll(dead).InTime();
    }

    private IPAddress[] LookUp(string host)
    {
        _asked.Add(host);
        if (host is Dead)
            _answered.Wait(CancellationToken.None);
        return [Found];
    }
}
