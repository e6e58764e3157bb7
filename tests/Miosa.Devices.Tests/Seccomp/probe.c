// Makes one system call after another, each in a child of its own, and prints what came of it:
// "name ok", "name <errno>" or "name killed <signal>". The arguments are such that a call which is let through
// does nothing: bad descriptors, bad addresses, empty masks.
#define _GNU_SOURCE
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define BAD (-1L)
#define HIGH (1L << 32) // what the kernel ignores in an int argument, and a careless filter does not

struct call { const char *name; long number, a, b, c; };

#define REFUSED(name) { #name, SYS_##name, BAD, BAD, BAD }
static const struct call calls[] = {
    REFUSED(mount), REFUSED(umount2), REFUSED(pivot_root), REFUSED(open_tree), REFUSED(move_mount), REFUSED(mount_setattr),
    REFUSED(fsopen), REFUSED(fsconfig), REFUSED(fsmount), REFUSED(fspick), REFUSED(name_to_handle_at), REFUSED(open_by_handle_at),
    REFUSED(swapon), REFUSED(swapoff), REFUSED(quotactl), REFUSED(fanotify_init), REFUSED(fanotify_mark),
    REFUSED(unshare), REFUSED(setns), REFUSED(sethostname), REFUSED(setdomainname),
    REFUSED(add_key), REFUSED(request_key), REFUSED(keyctl), REFUSED(bpf), REFUSED(perf_event_open), REFUSED(userfaultfd),
    REFUSED(io_uring_setup), REFUSED(io_uring_enter), REFUSED(io_uring_register), REFUSED(lookup_dcookie),
    REFUSED(init_module), REFUSED(finit_module), REFUSED(delete_module), REFUSED(kexec_load), REFUSED(kexec_file_load), REFUSED(reboot),
    REFUSED(syslog), REFUSED(acct), REFUSED(vhangup), REFUSED(nfsservctl),
    REFUSED(settimeofday), REFUSED(clock_settime), REFUSED(adjtimex), REFUSED(clock_adjtime),
#ifdef __x86_64__
    REFUSED(iopl), REFUSED(ioperm), REFUSED(modify_ldt),
    { "x32 getpid", 0x40000000 + SYS_getpid },
#endif
    { "clone3", SYS_clone3, BAD, BAD },
    { "a call of tomorrow", 2000 },

    // 17 is SIGCHLD: an ordinary fork. A child that came to be only returns from here and ends.
    { "clone plain", SYS_clone, 17 },
    { "clone mount namespace", SYS_clone, 17 | 0x00020000 },
    { "clone cgroup namespace", SYS_clone, 17 | 0x02000000 },
    { "clone uts namespace", SYS_clone, 17 | 0x04000000 },
    { "clone ipc namespace", SYS_clone, 17 | 0x08000000 },
    { "clone user namespace", SYS_clone, 17 | 0x10000000 },
    { "clone pid namespace", SYS_clone, 17 | 0x20000000 },
    { "clone network namespace", SYS_clone, 17 | 0x40000000 },
    { "clone all namespaces", SYS_clone, 17 | 0x7E020000 },
    { "clone user namespace, high bits", SYS_clone, 17 | 0x10000000 | HIGH },

    { "socket unix", SYS_socket, 1, 1, 0 },
    { "socket tcp", SYS_socket, 2, 1 | 02000000, 0 },
    { "socket udp6", SYS_socket, 10, 2, 0 },
    { "socket raw ip", SYS_socket, 2, 3, 1 },
    { "socket raw ip, nonblocking", SYS_socket, 2, 3 | 04000, 1 },
    { "socket raw ip6", SYS_socket, 10, 3, 58 },
    { "socket old packet", SYS_socket, 2, 10, 0x300 },
    { "socket netlink route", SYS_socket, 16, 3 | 02000000, 0 },
    { "socket netlink audit", SYS_socket, 16, 3, 9 },
    { "socket netlink netfilter", SYS_socket, 16, 3, 12 },
    { "socket packet", SYS_socket, 17, 3, 0x300 },
    { "socket alg", SYS_socket, 38, 5, 0 },
    { "socket alg, high bits", SYS_socket, HIGH | 38, 5, 0 },
    { "socket packet, high bits", SYS_socket, HIGH | 17, 3, 0 },
    { "socket vsock", SYS_socket, 40, 1, 0 },
    { "socket can", SYS_socket, 29, 3, 0 },
    { "socket ax25", SYS_socket, 3, 5, 0 },
    { "socket xdp", SYS_socket, 44, 3, 0 },

    { "ioctl terminal input", SYS_ioctl, BAD, 0x5412, 0 },
    { "ioctl terminal input, high bits", SYS_ioctl, BAD, HIGH | 0x5412, 0 },
    { "ioctl console", SYS_ioctl, BAD, 0x541C, 0 },
    { "ioctl console, high bits", SYS_ioctl, BAD, HIGH | 0x541C, 0 },
    { "ioctl terminal attributes", SYS_ioctl, BAD, 0x5401, 0 },
    { "ioctl window size", SYS_ioctl, BAD, 0x5413, 0 },
    { "ioctl foreground group", SYS_ioctl, BAD, 0x5410, 0 },
    { "ioctl bytes waiting", SYS_ioctl, BAD, 0x541B, 0 },
    { "ioctl reflink", SYS_ioctl, BAD, 0x40049409, 0 },
    { "ioctl reflink range", SYS_ioctl, BAD, 0x4020940D, 0 },
    { "ioctl deduplicate", SYS_ioctl, BAD, 0xC0189436, 0 },
    { "ioctl file flags", SYS_ioctl, BAD, 0x80086601, 0 },
    { "ioctl btrfs create subvolume", SYS_ioctl, BAD, 0x5000940E, 0 },
    { "ioctl btrfs create subvolume, high bits", SYS_ioctl, BAD, HIGH | 0x5000940E, 0 },
    { "ioctl btrfs snapshot", SYS_ioctl, BAD, 0x50009417, 0 },
    { "ioctl btrfs make read-only", SYS_ioctl, BAD, 0x4008941A, 0 },
    { "ioctl btrfs search", SYS_ioctl, BAD, 0xD0009411, 0 },
    { "ioctl btrfs of tomorrow", SYS_ioctl, BAD, 0xFFFF94FF, 0 },
    { "ioctl btrfs reflink of another size", SYS_ioctl, BAD, 0x40089409, 0 },

    { "personality query", SYS_personality, 0xFFFFFFFF },
    { "personality linux", SYS_personality, 0 },
    { "personality fixed addresses", SYS_personality, 0x40000 },
    { "personality executable reads", SYS_personality, 0x400000 },
    { "personality svr4", SYS_personality, 1 | 0x4000000 | 0x100000 },

    { "ptrace", SYS_ptrace, BAD, BAD, BAD },
    { "process_vm_readv", SYS_process_vm_readv, BAD, 0, 0 },
    { "memfd_create", SYS_memfd_create, (long)"x", 0 },
    { "landlock_create_ruleset", SYS_landlock_create_ruleset, 0, 0, 1 },
    { "openat2", SYS_openat2, BAD, BAD, BAD },
    { "chroot", SYS_chroot, BAD },
};

static void try(const struct call *c) {
    pid_t child = fork();
    if (child == 0) {
        long result = syscall(c->number, c->a, c->b, c->c, 0L, 0L, 0L);
        _exit(result == -1 ? errno : 0);
    }
    int status;
    waitpid(child, &status, 0);
    if (WIFSIGNALED(status)) printf("%s=killed %d\n", c->name, WTERMSIG(status));
    else if (WEXITSTATUS(status) == 0) printf("%s=ok\n", c->name);
    else printf("%s=%d\n", c->name, WEXITSTATUS(status));
}

#ifdef __x86_64__
static void try_i386(void) {
    pid_t child = fork();
    if (child == 0) {
        long result;
        __asm__ volatile("int $0x80" : "=a"(result) : "a"(20 /* getpid */) : "memory", "r8", "r9", "r10", "r11");
        _exit(result > 0 ? 0 : (int)-result);
    }
    int status;
    waitpid(child, &status, 0);
    if (WIFSIGNALED(status)) printf("i386 getpid=killed %d\n", WTERMSIG(status));
    else if (WEXITSTATUS(status) == 0) printf("i386 getpid=ok\n");
    else printf("i386 getpid=%d\n", WEXITSTATUS(status));
}
#endif

int main(void) {
    setvbuf(stdout, NULL, _IONBF, 0);
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) try(&calls[i]);
#ifdef __x86_64__
    try_i386();
#endif
    return 0;
}
