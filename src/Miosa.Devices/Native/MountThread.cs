using System.Collections.Concurrent;

namespace Miosa.Devices.Native;

/// <summary>
/// One thread with a mount namespace of its own. What is mounted on it is seen by the programs it starts and by
/// nobody else, and is gone with the host, however that ends.
/// </summary>
internal sealed class MountThread : IDisposable
{
    private readonly BlockingCollection<Action> _work = [];
    private readonly Thread _thread;
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public MountThread()
    {
        _thread = new Thread(Run) { IsBackground = true, Name = "mounts" };
        _thread.Start();
    }

    /// <summary>Runs <paramref name="work"/> on the thread, after everything asked before it.</summary>
    public async Task<T> RunAsync<T>(Func<T> work)
    {
        await _ready.Task;
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        _work.Add(() =>
        {
            try
            {
                done.SetResult(work());
            }
            catch (Exception exception)
            {
                done.SetException(exception);
            }
        });
        return await done.Task;
    }

    public void Dispose()
    {
        _work.CompleteAdding();
        _thread.Join();
        _work.Dispose();
    }

    private void Run()
    {
        try
        {
            Libc.Check(Libc.Unshare(Libc.CloneNewNamespace), "unshare (mount namespace)");
            // Slave: what the machine mounts later is seen here, what is mounted here is not seen by the machine.
            Libc.Check(Libc.Mount("none", "/", null, Libc.MountRecursive | Libc.MountSlave, null), "mount --make-rslave /");
            HideUnifiedCgroup();
            _ready.SetResult();
        }
        catch (Exception exception)
        {
            _ready.SetException(exception);
            return;
        }
        foreach (var work in _work.GetConsumingEnumerable())
            work();
    }

    /// <summary>
    /// On a machine with cgroup v1 beside a v2 mount that holds a controller, crun refuses to run. It does not need
    /// that mount, so it is not shown to it.
    /// </summary>
    private static void HideUnifiedCgroup()
    {
        const string unified = "/sys/fs/cgroup/unified";
        if (File.Exists(Path.Combine(unified, "cgroup.controllers")))
            _ = Libc.Unmount(unified, Libc.UnmountDetach);
    }
}
