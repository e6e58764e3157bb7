using System.Buffers.Binary;
using System.Net.Sockets;
using FsCheck.Fluent;

namespace Miosa.Devices.Tests.Doors;

/// <summary>Whatever comes in, a handler may fail and process 1 may not.</summary>
public sealed class HostileRequestTests
{
    [Fact]
    public async Task Random_bytes_leave_the_door_standing()
    {
        await using var door = await RunningDoor.StartAsync();
        var random = new Random(7);

        for (var i = 0; i < 300; i++)
        {
            var bytes = new byte[random.Next(1, 200)];
            random.NextBytes(bytes);
            await SendAsync(door, bytes);
        }

        await StandsAsync(door);
    }

    [Fact]
    public async Task Requests_with_random_fields_leave_the_door_standing()
    {
        await using var door = await RunningDoor.StartAsync();
        var requests = ArbMap.Default.GeneratorFor<byte[]>().Zip(Gen.Choose(0, 30)).Sample(600, 40);

        foreach (var (fields, verb) in requests)
            await SendAsync(door, Framed([1, (byte)verb, .. fields]));

        Assert.Empty(await door.Client.ListAsync());
        await StandsAsync(door);
    }

    [Fact]
    public async Task Requests_cut_short_or_changed_in_one_byte_leave_the_door_standing()
    {
        await using var door = await RunningDoor.StartAsync();
        var whole = door.Command("true").ToRequest().Finish().ToArray();
        var random = new Random(3);

        for (var length = 4; length < whole.Length; length++)
            await SendAsync(door, Framed(whole[4..length]));
        for (var i = 0; i < 400; i++)
        {
            var changed = whole.ToArray();
            changed[random.Next(4, changed.Length)] = (byte)random.Next(256);
            await SendAsync(door, changed);
        }

        await StandsAsync(door);
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(1u)]
    [InlineData((1u << 20) + 1)]
    [InlineData(uint.MaxValue)]
    public async Task A_length_that_is_none_is_refused(uint length)
    {
        await using var door = await RunningDoor.StartAsync();
        var header = new byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(header, length);

        var answer = await SendAsync(door, header);

        Assert.Equal(17, answer[0]);
    }

    [Fact]
    public async Task Connections_that_say_nothing_do_not_keep_others_out()
    {
        await using var door = await RunningDoor.StartAsync();
        var silent = new List<Stream>();
        for (var i = 0; i < 100; i++)
            silent.Add(await Miosa.Devices.Doors.Door.OverSocket(door.Socket)(default));

        await StandsAsync(door);
        foreach (var stream in silent)
            await stream.DisposeAsync();
        await Wait.UntilAsync(() => RunningDoor.Below(door.Pid).Count <= 1, "the handlers are gone");
    }

    [Fact]
    public async Task Nobody_but_root_may_connect()
    {
        await using var door = await RunningDoor.StartAsync();
        await door.RunAsync(door.Command("chmod", "777", door.Socket) with { User = "root" });

        var answer = await door.RunAsync(door.Command(await CompiledC.DoorAsync(), "--relay", door.Socket)
            with { Input = new Miosa.Devices.Doors.ProcessInput.Given(new Miosa.Devices.Doors.DoorRequest(Miosa.Devices.Doors.DoorVerb.Info).Finish()) });

        Assert.Empty(answer.OutputBytes);
    }

    private static byte[] Framed(byte[] request)
    {
        var framed = new byte[4 + request.Length];
        BinaryPrimitives.WriteInt32LittleEndian(framed, request.Length);
        request.CopyTo(framed, 4);
        return framed;
    }

    private static async Task<byte[]> SendAsync(RunningDoor door, byte[] bytes)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(door.Socket));
        await using var stream = new NetworkStream(socket);
        using var answer = new MemoryStream();
        try
        {
            await stream.WriteAsync(bytes);
            socket.Shutdown(SocketShutdown.Send);
            await stream.CopyToAsync(answer);
        }
        catch (IOException)
        {
        }

        return answer.ToArray();
    }

    private static async Task StandsAsync(RunningDoor door)
    {
        var finished = await door.RunAsync("echo alive");
        Assert.Equal("alive\n", finished.Output);
    }
}
