using Miosa.Devices.Doors;

namespace Miosa.Devices.Tests.Doors;

/// <summary>Through a program's stdin and stdout, as a sandbox is reached that has no socket to the outside.</summary>
public sealed class RelayTests
{
    [Fact]
    public async Task All_that_goes_over_a_socket_goes_through_a_relay()
    {
        await using var door = await RunningDoor.StartAsync();
        var relayed = new Door(await OverRelayAsync(door));
        var bytes = new byte[5_000_000];
        new Random(1).NextBytes(bytes);
        var path = $"{door.Work}/file";

        await relayed.FilesOf(RunningDoor.Agent).WriteAsync(path, new MemoryStream(bytes));
        await using (var content = await relayed.FilesOf(RunningDoor.Agent).ReadAsync(path))
            Assert.Equal(bytes, await FileTests.BytesAsync(content));

        await using var process = await relayed.StartAsync(door.Command("cat", path));
        long seen = 0;
        await foreach (var chunk in process.ReadOutputAsync())
            seen += chunk.Bytes.Length;
        Assert.Equal((bytes.Length, 0), (seen, process.Ended!.ExitCode));

        var refused = await Assert.ThrowsAsync<DoorException>(() => relayed.FilesOf(RunningDoor.Agent).WriteAsync("/etc/shadow", new MemoryStream(bytes)));
        Assert.Equal(Errno.EACCES, refused.Errno);
    }

    [Fact]
    public async Task A_relay_ends_when_the_host_does()
    {
        await using var door = await RunningDoor.StartAsync();
        var relayed = new Door(await OverRelayAsync(door));
        var start = door.Command("sleep", "1000");

        await (await relayed.StartAsync(start)).DisposeAsync();

        Assert.True((await door.Client.ListAsync()).Single().IsRunning);
    }

    private static async Task<Func<CancellationToken, ValueTask<Stream>>> OverRelayAsync(RunningDoor door) =>
        Door.OverProgram([await CompiledC.DoorAsync(), "--relay", door.Socket]);
}
