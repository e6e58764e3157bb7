/* The user namespace of one sandbox, made outside of it and held until whoever asked has it as a descriptor.

   The kernel counts inotify for each user of a namespace, and all of a namespace's users together for whoever made it.
   Root of a sandbox is as many users as it likes, so its namespace lies in another one that has only its maker, and
   whose limits hold for the sandbox as a whole. Without them one sandbox takes what the whole machine has. */
#include "door.h"
#include <sched.h>
#include <sys/prctl.h>
#include <sys/wait.h>

static const struct { const char *name, *most; } limits[] = {
    { "max_inotify_instances", "128" },
    { "max_inotify_watches", "65536" },
};

static _Noreturn void give_up(const char *what)
{
    dprintf(2, "miosa-door: %s: %s\n", what, strerror(errno));
    _exit(1);
}

static void write_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0 || !write_all(fd, text, strlen(text)))
        give_up(path);
    close(fd);
}

static void map_ids(pid_t pid, unsigned long from, unsigned long count)
{
    static const char *const kinds[] = { "uid_map", "gid_map" };
    char path[64], map[64];
    snprintf(map, sizeof map, "0 %lu %lu", from, count);
    for (int i = 0; i < 2; i++) {
        snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, kinds[i]);
        write_file(path, map);
    }
}

/* A child in a new user namespace, which goes on when its parent has mapped its ids. */
static pid_t fork_into_namespace(unsigned long from, unsigned long count)
{
    int made[2], mapped[2];
    char byte = 0;
    if (pipe2(made, O_CLOEXEC) < 0 || pipe2(mapped, O_CLOEXEC) < 0)
        give_up("pipe");
    pid_t pid = fork();
    if (pid < 0)
        give_up("fork");
    if (pid == 0) {
        if (unshare(CLONE_NEWUSER) < 0)
            give_up("unshare (user namespace)");
        close(mapped[1]);
        if (!write_all(made[1], &byte, 1) || !read_all(mapped[0], &byte, 1))
            _exit(1);
        if (setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0)
            give_up("setresuid");
        /* Who changes its user hides its files in /proc, and with them the map of ids from the parent of the next. */
        prctl(PR_SET_DUMPABLE, 1);
        return 0;
    }
    close(made[1]);
    if (!read_all(made[0], &byte, 1))
        _exit(1);
    map_ids(pid, from, count);
    if (!write_all(mapped[1], &byte, 1))
        _exit(1);
    return pid;
}

/* Prints the number of a process in the namespace, which stays until standard input closes. */
_Noreturn void hold_namespace(const char *range)
{
    unsigned long from, count;
    if (sscanf(range, "%lu:%lu", &from, &count) != 2) {
        errno = EINVAL;
        give_up(range);
    }
    pid_t outer = fork_into_namespace(from, count);
    if (outer > 0) {
        int status;
        while (waitpid(outer, &status, 0) < 0 && errno == EINTR) { }
        _exit(!WIFEXITED(status) || WEXITSTATUS(status) != 0);
    }
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        char path[64];
        snprintf(path, sizeof path, "/proc/sys/user/%s", limits[i].name);
        write_file(path, limits[i].most);
    }
    pid_t inner = fork_into_namespace(0, count);
    if (inner == 0) {
        char byte;
        _exit(read(0, &byte, 1) < 0);
    }
    char number[16];
    snprintf(number, sizeof number, "%d\n", (int)inner);
    if (!write_all(1, number, strlen(number)))
        _exit(1);
    while (waitpid(inner, NULL, 0) < 0 && errno == EINTR) { }
    _exit(0);
}
