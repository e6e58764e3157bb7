using System.Buffers.Binary;
using System.Net.Sockets;
using FsCheck.Fluent;
using Miosa.Devices.Doors;

namespace Miosa.Devices.Tests.Doors;

/// <summary>Whoever is root in a sandbox may stand in for its door. Then a call fails, and nothing worse.</summary>
public sealed class HostileReplyTests
{
    private static readonly Func<Door, Task>[] Calls =
    [
        door => door.InfoAsync(),
        door => door.ListAsync(),
        door => door.TailAsync("p", 0, 100, TimeSpan.Zero),
        door => door.InputAsync("p", new byte[10]),
        door => door.SignalAsync("p", 9),
        async door => await (await door.StartAsync(new ProcessStart { Id = "p", Arguments = ["x"] })).WaitAsync(),
        door => door.FilesOf("agent").StatAsync("/x"),
        async door => await FileTests.BytesAsync(await door.FilesOf("agent").ReadAsync("/x")),
        door => door.FilesOf("agent").WriteAsync("/x", new byte[10]),
        door => door.FilesOf("agent").ListAsync("/x"),
        door => door.FilesOf("agent").CopyAsync("/x", "/y"),
        async door =>
        {
            await foreach (var _ in (await door.FilesOf("agent").WatchAsync("/x")).ReadAsync())
            {
            }
        },
    ];

    [Fact]
    public async Task Random_answers_end_in_a_failure_that_is_expected()
    {
        var generator = ArbMap.Default.GeneratorFor<byte[]>();
        foreach (var call in Calls)
        {
            foreach (var payload in generator.Sample(40, 60))
            {
                byte[] kinds = [1, 2, 3, 4, 16, 17, 18, 19, 20, 21, 22, 23, 24, 99];
                var answer = kinds.Where((_, i) => (payload.Length + i) % 3 == 0).SelectMany(kind => Frame(kind, payload)).ToArray();
                await ExpectAsync(call, answer);
                await ExpectAsync(call, [.. Frame(16, payload), .. payload]);
                await ExpectAsync(call, payload);
            }
        }
    }

    [Fact]
    public async Task True_answers_with_one_byte_changed_end_well_or_in_a_failure_that_is_expected()
    {
        await using var door = await RunningDoor.StartAsync();
        var start = door.Shell("echo out; echo err >&2");
        await door.RunAsync(start);
        var tail = new DoorRequest(DoorVerb.Tail).Text(start.Id).U64(0).U32(1000).U32(0).Flag(false);
        var stat = new DoorRequest(DoorVerb.Stat).Text("root").Path("/etc/passwd").Flag(false);
        var random = new Random(5);

        foreach (var (request, call) in new[] { (tail, Calls[2]), (stat, Calls[6]) })
        {
            var truth = await AnswerAsync(door, request.Finish());
            for (var at = 0; at < truth.Length; at++)
            {
                var changed = truth.ToArray();
                changed[at] = (byte)random.Next(256);
                await ExpectAsync(call, changed);
            }
        }
    }

    [Fact]
    public async Task An_enormous_frame_is_refused_before_it_is_read()
    {
        var answer = new byte[5];
        answer[0] = 16;
        BinaryPrimitives.WriteUInt32LittleEndian(answer.AsSpan(1), uint.MaxValue);

        await Assert.ThrowsAsync<DoorProtocolException>(() => Answering(answer).InfoAsync());
    }

    [Fact]
    public async Task A_list_without_end_is_cut()
    {
        var item = Frame(22, new byte[4 + 4 + 4 + 1]);

        await Assert.ThrowsAsync<DoorProtocolException>(() => Answering([.. Enumerable.Repeat(item, 1000).SelectMany(bytes => bytes)]).ListAsync());
    }

    [Fact]
    public async Task A_sandbox_that_stands_still_holds_no_call_beyond_its_deadline()
    {
        var time = new ManualTime();
        var (host, sandbox) = Pair();
        var door = new Door(_ => ValueTask.FromResult<Stream>(host), time) { Deadline = TimeSpan.FromSeconds(30) };

        var call = door.InfoAsync();
        await time.FireAsync();

        await Assert.ThrowsAsync<TimeoutException>(() => call);
        await sandbox.DisposeAsync();
    }

    [Fact]
    public async Task A_caller_that_cancels_is_told_so_and_not_that_it_was_late()
    {
        var (host, sandbox) = Pair();
        var door = new Door(_ => ValueTask.FromResult<Stream>(host));
        using var cancel = new CancellationTokenSource();

        var call = door.InfoAsync(cancel.Token);
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        await sandbox.DisposeAsync();
    }

    private static async Task ExpectAsync(Func<Door, Task> call, byte[] answer)
    {
        try
        {
            await call(Answering(answer));
        }
        catch (Exception exception) when (exception is IOException or DoorException)
        {
        }
    }

    /// <summary>A door that has its answer ready, whatever is asked, and then hangs up.</summary>
    private static Door Answering(byte[] answer) => new(async cancellationToken =>
    {
        var (host, sandbox) = Pair();
        _ = Task.Run(async () =>
        {
            await using var mine = sandbox;
            try
            {
                await mine.WriteAsync(answer);
                mine.Socket.Shutdown(SocketShutdown.Send);
                await mine.CopyToAsync(Stream.Null);
            }
            catch (IOException)
            {
            }
        }, cancellationToken);
        return await ValueTask.FromResult(host);
    });

    private static (NetworkStream Host, NetworkStream Sandbox) Pair()
    {
        var path = Path.Combine(Path.GetTempPath(), $"door-pair-{Guid.NewGuid():n}");
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen(1);
        var host = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        host.Connect(new UnixDomainSocketEndPoint(path));
        var sandbox = listener.Accept();
        File.Delete(path);
        return (new NetworkStream(host, ownsSocket: true), new NetworkStream(sandbox, ownsSocket: true));
    }

    private static byte[] Frame(byte kind, byte[] payload)
    {
        var frame = new byte[5 + payload.Length];
        frame[0] = kind;
        BinaryPrimitives.WriteInt32LittleEndian(frame.AsSpan(1), payload.Length);
        payload.CopyTo(frame, 5);
        return frame;
    }

    private static async Task<byte[]> AnswerAsync(RunningDoor door, ReadOnlyMemory<byte> request)
    {
        await using var stream = await Door.OverSocket(door.Socket)(default);
        await stream.WriteAsync(request);
        return await FileTests.BytesAsync(stream);
    }

    /// <summary>Time that stands still until all timers are told that theirs has come.</summary>
    private sealed class ManualTime : TimeProvider
    {
        private readonly TaskCompletionSource _waiting = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly List<Action> _timers = [];

        public async Task FireAsync()
        {
            await _waiting.Task.WaitAsync(TimeSpan.FromSeconds(20));
            foreach (var timer in _timers.ToList())
                timer();
        }

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            _timers.Add(() => callback(state));
            return new Handle(_waiting);
        }

        private sealed class Handle(TaskCompletionSource waiting) : ITimer
        {
            private int _changes;

            /* The second change is the one that arms the wait for the answer: the request was sent before. */
            public bool Change(TimeSpan dueTime, TimeSpan period)
            {
                if (dueTime > TimeSpan.Zero && ++_changes >= 2)
                    waiting.TrySetResult();
                return true;
            }

            public void Dispose() { }
            public ValueTask DisposeAsync() => ValueTask.CompletedTask;
        }
    }
}
