using System.Globalization;
using System.Runtime.InteropServices;
using Miosa.Devices.Native;

namespace Miosa.Devices.Oci;

/// <summary>An OCI runtime of the machine (crun, runc or runsc), called as a program.</summary>
internal sealed class OciRuntime(string name, string path, string root, MountThread mounts)
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(60);

    public string Name { get; } = name;

    /// <summary>gVisor keeps its users and its file system itself, and hands no descriptor through.</summary>
    public bool IsGvisor => Name == "runsc";

    /// <summary>The arguments that start a container in the background.</summary>
    public IReadOnlyList<string> RunArguments(string id, string bundle, bool handsSocket) =>
    [
        .. Common(bundle), "run", "--detach", "--pid-file", PidFile(bundle), "--bundle", bundle,
        .. handsSocket ? (string[])["--preserve-fds", "1"] : [],
        id,
    ];

    /// <summary>The arguments that run a container to its end.</summary>
    public IReadOnlyList<string> TryArguments(string id, string bundle) => [.. Common(bundle), "run", "--bundle", bundle, id];

    public IReadOnlyList<string> DeleteArguments(string id) => ["--root", root, "delete", "--force", id];

    /// <summary>Arguments for a relay: a program in the container whose standard streams are the caller's.</summary>
    public IReadOnlyList<string> ExecArguments(string id, IReadOnlyList<string> command) => ["--root", root, "exec", id, .. command];

    public string Path { get; } = path;

    public static string PidFile(string bundle) => System.IO.Path.Combine(bundle, "pid");

    /// <summary>Starts the container and returns its first process.</summary>
    public async Task<RunningProcess> RunAsync(string id, string bundle, IReadOnlyList<StagedMount> staged, int? socket)
    {
        await CallAsync(RunArguments(id, bundle, socket is not null), bundle, staged, socket, $"The sandbox's container did not start ({Name}).");
        var text = await File.ReadAllTextAsync(PidFile(bundle));
        return RunningProcess.Find(int.Parse(text, CultureInfo.InvariantCulture))
            ?? throw new EngineException($"The sandbox's first process ended as soon as it started. {ReadLog(bundle)}", "Look at `miosa doctor`; it tries the same thing step by step.");
    }

    /// <summary>Runs a container to its end, to see whether this machine can.</summary>
    public Task TryAsync(string id, string bundle, IReadOnlyList<StagedMount> staged) =>
        CallAsync(TryArguments(id, bundle), bundle, staged, null, $"{Name} cannot run a container here.");

    /// <summary>Runs a container to its end, however long it takes, with <paramref name="descriptor"/> as its number 3; ours is closed when it has it.</summary>
    /// <returns>Its exit code.</returns>
    public async Task<int> RunToEndAsync(string id, string bundle, StagedMount staged, SafeHandle descriptor, CancellationToken cancellationToken)
    {
        var pid = await mounts.RunAsync(() =>
        {
            staged.Attach();
            return ChildProcess.Start(Path, [.. Common(bundle), "run", "--preserve-fds", "1", "--bundle", bundle, id], (int)descriptor.DangerousGetHandle());
        });
        // Only who holds the other end sees the end of it.
        descriptor.Dispose();
        var end = ChildProcess.WaitAsync(pid);
        try
        {
            return await end.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            await DeleteAsync(id);
            _ = Libc.Kill(pid, 9);
            await end;
            throw;
        }
        finally
        {
            await mounts.RunAsync(() =>
            {
                staged.Detach();
                return 0;
            });
        }
    }

    /// <summary>Removes what is left of a container; one that is not there is no error.</summary>
    public async Task DeleteAsync(string id)
    {
        // Its records lie in a directory of its own; to start a program that finds none there takes longer than all the rest.
        if (!Directory.Exists(root) || !Directory.EnumerateFileSystemEntries(root, $"{id}*").Any())
            return;
        var pid = await mounts.RunAsync(() => ChildProcess.Start(Path, DeleteArguments(id)));
        await ChildProcess.WaitAsync(pid).WaitAsync(LongestWait);
    }

    private async Task CallAsync(IReadOnlyList<string> arguments, string bundle, IReadOnlyList<StagedMount> staged, int? socket, string failure)
    {
        var pid = await mounts.RunAsync(() =>
        {
            foreach (var mount in staged)
                mount.Attach();
            return ChildProcess.Start(Path, arguments, socket);
        });
        try
        {
            var code = await ChildProcess.WaitAsync(pid).WaitAsync(LongestWait);
            if (code != 0)
                throw new EngineException($"{failure} {ReadLog(bundle)}".TrimEnd(), "`miosa doctor` says what this machine lacks.");
        }
        catch (TimeoutException exception)
        {
            // With those it has started: they are of its group until they are a container's.
            _ = Libc.Kill(-pid, 9);
            throw new EngineException($"{failure} It did not answer within {LongestWait.TotalSeconds:0} s.", "Try again; if it stays so, `miosa doctor` says what this machine lacks.", exception);
        }
        finally
        {
            // The container holds its own copies; nothing needs ours any more.
            await mounts.RunAsync(() =>
            {
                foreach (var mount in staged)
                    mount.Detach();
                return 0;
            });
        }
    }

    /// <summary>
    /// "host" is the host's network stack, not its network: the container has a namespace of its own with nothing but
    /// a loopback in it, and only so do sockets made there by this process reach its programs.
    /// </summary>
    private IEnumerable<string> Common(string bundle) =>
        ["--root", root, "--log", LogFile(bundle), .. IsGvisor ? (string[])["--network=host", "--overlay=false"] : []];

    private static string LogFile(string bundle) => System.IO.Path.Combine(bundle, "log");

    private static string ReadLog(string bundle) =>
        File.Exists(LogFile(bundle)) ? $"It said: {File.ReadAllText(LogFile(bundle)).Trim()}" : "";
}
