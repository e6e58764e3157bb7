namespace Miosa.Devices.Oci;

/// <summary>Which control group controllers this machine offers, on cgroup v1 or v2.</summary>
internal sealed record ControllerSet(bool Memory, bool Swap, bool Processes, bool Cpu)
{
    /// <summary>Whether TCP's memory is a limit of its own, which is so on cgroup v1 only.</summary>
    public bool SocketMemory { get; init; }

    public static ControllerSet None { get; } = new(false, false, false, false);

    public static ControllerSet Read()
    {
        const string root = "/sys/fs/cgroup";
        const string unified = root + "/cgroup.controllers";
        if (!File.Exists(unified))
            return new(Directory.Exists(root + "/memory"), File.Exists(root + "/memory/memory.memsw.limit_in_bytes"), Directory.Exists(root + "/pids"), Directory.Exists(root + "/cpu"))
            {
                SocketMemory = File.Exists(root + "/memory/memory.kmem.tcp.limit_in_bytes"),
            };
        var names = File.ReadAllText(unified).Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
        return new(names.Contains("memory"), names.Contains("memory"), names.Contains("pids"), names.Contains("cpu"));
    }

    /// <summary>The limits that cannot be kept here, in words; empty where all can.</summary>
    public IReadOnlyList<string> Missing()
    {
        List<string> missing = [];
        if (!Memory)
            missing.Add("memory");
        if (!Processes)
            missing.Add("processes");
        if (!Cpu)
            missing.Add("cpu");
        return missing;
    }
}
