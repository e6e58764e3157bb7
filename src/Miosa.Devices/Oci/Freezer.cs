namespace Miosa.Devices.Oci;

/// <summary>
/// Stops every process of a container where it stands, by its control group, and lets them go on. What is frozen takes
/// no processor time and keeps its memory. The state is the kernel's: a host that was killed reads it there.
/// </summary>
internal sealed class Freezer(string hierarchy, bool isUnified, EngineOptions options, TimeProvider time)
{
    private const string Groups = "/sys/fs/cgroup";
    private const string Frozen = "FROZEN";
    private const string Thawed = "THAWED";
    private static readonly TimeSpan LongestFreeze = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(2);

    /// <summary>That of the hierarchy in which this machine's runtimes put their containers.</summary>
    public static Freezer Of(EngineOptions options, TimeProvider time) =>
        File.Exists(Groups + "/cgroup.controllers") ? new(Groups, true, options, time) : new(Groups + "/freezer", false, options, time);

    /// <summary>Whether the container's processes are in a group that this machine can freeze.</summary>
    public bool CanFreeze(string id) => File.Exists(ControlFile(id)) && new FileInfo(MembersFile(id)) is { Exists: true } && File.ReadLines(MembersFile(id)).Any();

    /// <summary>Whether it is frozen, or on the way there.</summary>
    public bool IsFrozen(string id)
    {
        try
        {
            return File.ReadAllText(ControlFile(id)).TrimEnd() is not (Thawed or "0");
        }
        catch (IOException)
        {
            // No group, no container.
            return false;
        }
    }

    /// <summary>Returns when nothing of it runs any more.</summary>
    /// <exception cref="EngineException">The kernel could not stop all of it in time; it goes on as before.</exception>
    public async Task FreezeAsync(string id)
    {
        var started = time.GetTimestamp();
        await File.WriteAllTextAsync(ControlFile(id), isUnified ? "1" : Frozen);
        while (!IsStill(id))
        {
            if (time.GetElapsedTime(started) >= LongestFreeze)
            {
                Thaw(id);
                throw new EngineException($"{id} could not be frozen within {LongestFreeze.TotalSeconds:0} s: a process of it waits for the disk.", "Try again, or stop it.");
            }
            await Task.Delay(Look, time);
        }
    }

    /// <summary>Lets it go on; one that is not frozen is no error.</summary>
    public void Thaw(string id)
    {
        try
        {
            File.WriteAllText(ControlFile(id), isUnified ? "0" : Thawed);
        }
        catch (IOException exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            // No group, no container.
        }
    }

    private string Group(string id) => hierarchy + CgroupNames.Path(options, id);

    private string ControlFile(string id) => Path.Combine(Group(id), isUnified ? "cgroup.freeze" : "freezer.state");

    private string MembersFile(string id) => Path.Combine(Group(id), "cgroup.procs");

    /// <summary>Version 1 says FREEZING until the last has stopped; version 2 says it in its events.</summary>
    private bool IsStill(string id) => isUnified
        ? File.ReadLines(Path.Combine(Group(id), "cgroup.events")).Contains("frozen 1")
        : File.ReadAllText(ControlFile(id)).TrimEnd() is Frozen;
}
