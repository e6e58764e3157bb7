using Miosa.Mcp.Hosting;

namespace Miosa.Mcp.Tests.Hosting;

public sealed class HostLockTests : IDisposable
{
    private readonly MiosaHome _home = new(Directory.CreateTempSubdirectory("mh-").FullName);

    public HostLockTests() => _home.Create();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task One_holds_a_home_and_says_who_it_is()
    {
        var identity = new HostIdentity { Pid = 7, StartedAt = DateTimeOffset.UnixEpoch, Version = "1", Http = "http://127.0.0.1:1" };
        using var held = await HostLock.TryTakeAsync(_home, TimeProvider.System, Cancellation);
        held!.Write(identity);

        Assert.Null(await HostLock.TryTakeAsync(_home, TimeProvider.System, Cancellation));
        Assert.True(HostLock.IsHeld(_home));
        Assert.Equal(identity, HostLock.ReadIdentity(_home));
    }

    [Fact]
    public async Task Twenty_at_once_leave_one_holder()
    {
        var taken = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(() => HostLock.TryTakeAsync(_home, TimeProvider.System, Cancellation))));

        Assert.Single(taken, t => t is not null);
        Assert.All(taken, t => t?.Dispose());
        Assert.False(HostLock.IsHeld(_home));
    }

    [Fact]
    public async Task Who_only_looks_does_not_keep_a_host_from_starting()
    {
        using var stop = new CancellationTokenSource();
        var looking = Task.Run(() =>
        {
            while (!stop.IsCancellationRequested)
                HostLock.IsHeld(_home);
        });

        for (var i = 0; i < 50; i++)
        {
            using var taken = await HostLock.TryTakeAsync(_home, TimeProvider.System, Cancellation);
            if (taken is null)
                continue;
            await stop.CancelAsync();
            break;
        }

        Assert.True(stop.IsCancellationRequested);
        await looking;
    }

    [Fact]
    public void A_home_too_deep_for_a_socket_is_refused_with_a_way_out()
    {
        var deep = new MiosaHome(Path.Combine(_home.Path, new string('d', 120)));

        var failure = Assert.Throws<IOException>(deep.Create);
        Assert.Contains("--home", failure.Message, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_home.Path, recursive: true);
}
