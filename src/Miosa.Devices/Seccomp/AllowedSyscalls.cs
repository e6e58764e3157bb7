namespace Miosa.Devices.Seccomp;

/// <summary>
/// What ordinary programs need: compilers, debuggers, package managers, databases, browsers. Whatever is not here,
/// in <see cref="GuardedSyscalls"/> or in <see cref="RefusedSyscalls"/> does not exist inside a sandbox (ENOSYS),
/// so a system call the kernel learns tomorrow stays shut until someone reads what it does.
/// </summary>
internal static class AllowedSyscalls
{
    public static IReadOnlyList<string> All { get; } =
    [
        // Open, read, write, map.
        "open", "openat", "openat2", "creat", "close", "close_range", "read", "write", "readv", "writev", "pread64", "pwrite64",
        "preadv", "pwritev", "preadv2", "pwritev2", "lseek", "dup", "dup2", "dup3", "pipe", "pipe2", "fcntl", "flock",
        "sendfile", "splice", "tee", "vmsplice", "copy_file_range", "readahead", "fadvise64", "fallocate", "ftruncate", "truncate",
        "fsync", "fdatasync", "sync", "syncfs", "sync_file_range", "cachestat",

        // Names, directories, attributes. Owners and device nodes are bounded by the user namespace, not here.
        "stat", "fstat", "lstat", "newfstatat", "statx", "statfs", "fstatfs", "access", "faccessat", "faccessat2",
        "getdents", "getdents64", "getcwd", "chdir", "fchdir", "chroot", "mkdir", "mkdirat", "rmdir", "rename", "renameat", "renameat2",
        "link", "linkat", "symlink", "symlinkat", "readlink", "readlinkat", "unlink", "unlinkat", "mknod", "mknodat",
        "chmod", "fchmod", "fchmodat", "fchmodat2", "chown", "fchown", "lchown", "fchownat", "umask",
        "utime", "utimes", "futimesat", "utimensat",
        "setxattr", "lsetxattr", "fsetxattr", "setxattrat", "getxattr", "lgetxattr", "fgetxattr", "getxattrat",
        "listxattr", "llistxattr", "flistxattr", "listxattrat", "removexattr", "lremovexattr", "fremovexattr", "removexattrat",
        "file_getattr", "file_setattr", "inotify_init", "inotify_init1", "inotify_add_watch", "inotify_rm_watch",

        // Memory.
        "mmap", "mprotect", "munmap", "mremap", "msync", "mincore", "madvise", "process_madvise", "brk", "remap_file_pages",
        "mlock", "mlock2", "mlockall", "munlock", "munlockall", "memfd_create", "memfd_secret", "mseal", "map_shadow_stack",
        "pkey_alloc", "pkey_free", "pkey_mprotect",

        // Processes and threads. clone is guarded; new namespaces are refused.
        "fork", "vfork", "execve", "execveat", "exit", "exit_group", "wait4", "waitid", "kill", "tkill", "tgkill",
        "getpid", "getppid", "gettid", "getpgid", "setpgid", "getpgrp", "getsid", "setsid", "prctl", "arch_prctl",
        "pidfd_open", "pidfd_send_signal", "pidfd_getfd", "process_mrelease", "set_tid_address", "set_robust_list", "get_robust_list",
        "set_thread_area", "get_thread_area", "rseq", "membarrier", "futex", "futex_waitv", "futex_wait", "futex_wake", "futex_requeue",
        "restart_syscall", "getcpu", "sched_yield", "sched_getaffinity", "sched_setaffinity", "sched_getparam", "sched_setparam",
        "sched_getscheduler", "sched_setscheduler", "sched_getattr", "sched_setattr", "sched_get_priority_max",
        "sched_get_priority_min", "sched_rr_get_interval", "getpriority", "setpriority", "ioprio_get", "ioprio_set",
        "getrlimit", "setrlimit", "prlimit64", "getrusage", "times",

        // Debugging one's own processes (gdb, strace, crash handlers). The kernel asks for the same user or
        // CAP_SYS_PTRACE, which nobody in a sandbox has, and other sandboxes are not in sight.
        "ptrace", "process_vm_readv", "process_vm_writev", "kcmp",

        // Users and groups of the sandbox's own range; capabilities, filters and Landlock only ever take rights away.
        "getuid", "geteuid", "getgid", "getegid", "getresuid", "getresgid", "getgroups", "setuid", "setgid", "setreuid", "setregid",
        "setresuid", "setresgid", "setfsuid", "setfsgid", "setgroups", "capget", "capset", "seccomp",
        "landlock_create_ruleset", "landlock_add_rule", "landlock_restrict_self",

        // Signals.
        "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "rt_sigpending", "rt_sigtimedwait", "rt_sigqueueinfo", "rt_tgsigqueueinfo",
        "rt_sigsuspend", "sigaltstack", "signalfd", "signalfd4", "pause",

        // Waiting and events.
        "poll", "ppoll", "select", "pselect6", "epoll_create", "epoll_create1", "epoll_ctl", "epoll_wait", "epoll_pwait", "epoll_pwait2",
        "eventfd", "eventfd2", "io_setup", "io_destroy", "io_submit", "io_cancel", "io_getevents", "io_pgetevents",

        // Clocks are read and timers run; setting the machine's clock is refused.
        "time", "gettimeofday", "clock_gettime", "clock_getres", "clock_nanosleep", "nanosleep", "alarm", "getitimer", "setitimer",
        "timer_create", "timer_settime", "timer_gettime", "timer_getoverrun", "timer_delete",
        "timerfd_create", "timerfd_settime", "timerfd_gettime",

        // Sockets that exist; making one is guarded.
        "bind", "listen", "accept", "accept4", "connect", "shutdown", "getsockname", "getpeername", "getsockopt", "setsockopt",
        "sendto", "recvfrom", "sendmsg", "recvmsg", "sendmmsg", "recvmmsg",

        // System V and POSIX queues, in the sandbox's own IPC namespace.
        "shmget", "shmat", "shmctl", "shmdt", "semget", "semop", "semctl", "semtimedop", "msgget", "msgsnd", "msgrcv", "msgctl",
        "mq_open", "mq_unlink", "mq_timedsend", "mq_timedreceive", "mq_notify", "mq_getsetattr",

        // About the machine.
        "uname", "sysinfo", "getrandom",
    ];
}
