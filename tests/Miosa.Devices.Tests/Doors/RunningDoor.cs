using System.Diagnostics;
using System.Net.Sockets;
using System.Runtime.Versioning;
using System.Text;
using Miosa.Devices.Doors;

[assembly: SupportedOSPlatform("linux")]

namespace Miosa.Devices.Tests.Doors;

/// <summary>A real door as an ordinary process, in a directory of its own that any user may work in.</summary>
internal sealed class RunningDoor : IAsyncDisposable
{
    /// <summary>The user that stands for a sandbox's agent: it is on every machine.</summary>
    public const string Agent = "nobody";

    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(90);

    private readonly Process _process;
    private readonly Timer _watchdog;
    private int _count;

    private RunningDoor(Process process, string root)
    {
        _process = process;
        Root = root;
        Client = new Door(Door.OverSocket(Socket));
        /* A test that waits for ever ends when its connections do. */
        _watchdog = new Timer(_ => Kill(), null, Longest, Timeout.InfiniteTimeSpan);
    }

    public string Root { get; }
    public string Work => Path.Combine(Root, "work");
    public string Socket => Path.Combine(Root, "socket");
    public string State => Path.Combine(Root, "state");
    public int Pid => _process.Id;
    public Door Client { get; }
    public DoorFiles Files => Client.FilesOf(Agent);
    public DoorFiles RootFiles => Client.FilesOf("root");

    public static Task<RunningDoor> StartAsync(params string[] arguments) =>
        StartAsync(Directory.CreateTempSubdirectory("door-").FullName, arguments);

    /// <summary>In a directory that is there already, as when a sandbox is started again.</summary>
    public static async Task<RunningDoor> StartAsync(string root, string[] arguments)
    {
        File.SetUnixFileMode(root, (UnixFileMode)0x1ED);
        var work = Path.Combine(root, "work");
        Directory.CreateDirectory(work);
        File.SetUnixFileMode(work, (UnixFileMode)0x1FF);
        File.Delete(Path.Combine(root, "socket"));
        var start = new ProcessStartInfo(await CompiledC.DoorAsync())
        {
            ArgumentList = { "--listen", Path.Combine(root, "socket"), "--state", Path.Combine(root, "state"), "--grace", "1000" },
        };
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        var door = new RunningDoor(Process.Start(start)!, root);
        await Wait.UntilAsync(async () =>
        {
            try
            {
                await door.Client.InfoAsync();
                return true;
            }
            catch (Exception exception) when (exception is SocketException or IOException)
            {
                return false;
            }
        }, "the door answers");
        return door;
    }

    public string NewId() => $"p{Interlocked.Increment(ref _count)}";

    public ProcessStart Shell(string script) => Command("/bin/sh", "-c", script);

    public ProcessStart Command(params string[] arguments) => new()
    {
        Id = NewId(),
        User = Agent,
        Arguments = arguments,
        WorkingDirectory = Work,
        Environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["PATH"] = "/usr/local/bin:/usr/bin:/bin" },
    };

    public async Task<Finished> RunAsync(ProcessStart start, CancellationToken cancellationToken = default)
    {
        await using var process = await Client.StartAsync(start, cancellationToken);
        var (output, error) = (new MemoryStream(), new MemoryStream());
        await foreach (var chunk in process.ReadOutputAsync(cancellationToken))
            (chunk.Source is OutputSource.Error ? error : output).Write(chunk.Bytes.Span);
        return new Finished(process.Ended!, output.ToArray(), error.ToArray());
    }

    public async Task<Finished> RunAsync(string script) => await RunAsync(Shell(script));

    public async Task<ProcessState> EndOfAsync(string id)
    {
        while (true)
        {
            var page = await Client.TailAsync(id, long.MaxValue, 100, TimeSpan.FromSeconds(20), untilExit: true);
            if (!page.State.IsRunning)
                return page.State;
        }
    }

    /// <summary>As when the machine loses power: nothing has a chance to write anything down.</summary>
    public async Task KillEverythingAsync()
    {
        Kill();
        await _process.WaitForExitAsync();
    }

    private void Kill()
    {
        if (_process.HasExited)
            return;
        foreach (var pid in Below(Pid).Append(Pid).ToList())
            _ = Native.Kill(pid, Native.Sigkill);
    }

    public static IReadOnlyList<int> Below(int pid)
    {
        var parents = Directory.GetDirectories("/proc").Select(Path.GetFileName)
            .Where(name => int.TryParse(name, System.Globalization.CultureInfo.InvariantCulture, out _))
            .Select(name => (Pid: int.Parse(name!, System.Globalization.CultureInfo.InvariantCulture), Parent: ParentOf(name!))).ToList();
        var found = new List<int> { pid };
        for (var i = 0; i < found.Count; i++)
            found.AddRange(parents.Where(process => process.Parent == found[i]).Select(process => process.Pid));
        return found[1..];
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _ = Native.Kill(Pid, Native.Sigterm);
            using var late = new CancellationTokenSource(TimeSpan.FromSeconds(20));
            await _process.WaitForExitAsync(late.Token);
        }

        await _watchdog.DisposeAsync();
        _process.Dispose();
        if (Directory.Exists(Root))
            Directory.Delete(Root, recursive: true);
    }

    private static int ParentOf(string pid)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{pid}/stat");
            return int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return -1;
        }
    }
}

internal sealed record Finished(ProcessState State, byte[] OutputBytes, byte[] ErrorBytes)
{
    public string Output => Encoding.UTF8.GetString(OutputBytes);
    public string Error => Encoding.UTF8.GetString(ErrorBytes);
}
