namespace Miosa.Devices.Seccomp;

/// <summary>
/// What is refused by name (EPERM) rather than by absence: a program that is told "not permitted" says so,
/// one that is told "no such call" tries an older way round.
/// </summary>
internal static class RefusedSyscalls
{
    public static IReadOnlyList<string> All { get; } =
    [
        // The tree of mounts and the root are the engine's. Handles reach files past any path check.
        "mount", "umount", "umount2", "pivot_root", "open_tree", "open_tree_attr", "move_mount", "mount_setattr",
        "fsopen", "fsconfig", "fsmount", "fspick", "name_to_handle_at", "open_by_handle_at",
        "swapon", "swapoff", "quotactl", "quotactl_fd", "fanotify_init", "fanotify_mark",

        // New namespaces would bring back, inside them, the capabilities that were taken away.
        "unshare", "setns", "sethostname", "setdomainname",

        // Kernel surfaces with a history: keyrings are not namespaced, the rest is a rich source of bugs.
        "add_key", "request_key", "keyctl", "bpf", "perf_event_open", "userfaultfd", "lookup_dcookie",
        "io_uring_setup", "io_uring_enter", "io_uring_register",

        // The machine itself: modules, another kernel, power, ports, its log, its accounting, its consoles.
        "init_module", "finit_module", "delete_module", "kexec_load", "kexec_file_load", "reboot", "iopl", "ioperm", "modify_ldt",
        "syslog", "acct", "vhangup", "nfsservctl",

        // The clock is one for all.
        "settimeofday", "clock_settime", "adjtimex", "clock_adjtime",
    ];
}
