namespace Miosa.Devices.Native;

/// <summary>
/// One thread with a mount namespace of its own. What is mounted on it is seen by the programs it starts and by
/// nobody else, and is gone with the host, however that ends.
/// </summary>
internal sealed class MountThread : IDisposable
{
    private readonly WorkThread _thread = new("mounts", EnterOwnNamespace);

    /// <summary>Runs <paramref name="work"/> on the thread, after everything asked before it.</summary>
    public Task<T> RunAsync<T>(Func<T> work) => _thread.RunAsync(work);

    public void Dispose() => _thread.Dispose();

    private static void EnterOwnNamespace()
    {
        Libc.Check(Libc.Unshare(Libc.CloneNewNamespace), "unshare (mount namespace)");
        // Slave: what the machine mounts later is seen here, what is mounted here is not seen by the machine.
        Libc.Check(Libc.Mount("none", "/", null, Libc.MountRecursive | Libc.MountSlave, null), "mount --make-rslave /");
        HideUnifiedCgroup();
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
