/* All that a process has started, however it was detached: the keeper is their subreaper, so every one of them
   has the keeper among its ancestors. */
#include "door.h"
#include <dirent.h>
#include <signal.h>
#include <time.h>

/* Long, because a fork bomb leaves the one who fights it only a small share of the processor. */
enum { KILL_MS = 20000 };

/* Where the kernel has no subreapers (some gVisors accept the call and do nothing), an orphan goes to process 1, and
   is known only while it stays in its session. */
bool adopts_orphans;
pid_t own_session;

static bool read_process(const char *name, struct process *process)
{
    char path[64], text[512];
    snprintf(path, sizeof path, "/proc/%.20s/stat", name);
    if (slurp(path, text, sizeof text) <= 0)
        return false;
    /* The command in parentheses is the process's own choice and may hold anything, so look for the last one. */
    char *after = strrchr(text, ')');
    return after && sscanf(after, ") %c %d %d %d", &process->state, &process->parent, &process->group, &process->session) == 4;
}

static void list_processes(struct processes *found)
{
    found->count = 0;
    DIR *proc = opendir("/proc");
    if (!proc)
        return;
    for (struct dirent *entry; (entry = readdir(proc));) {
        struct process process = { .pid = atoi(entry->d_name) };
        if (process.pid <= 0 || !read_process(entry->d_name, &process))
            continue;
        process.ours = own_session && process.session == own_session;
        if (found->count == found->cap) {
            found->cap = found->cap ? found->cap * 2 : 64;
            found->all = need(realloc(found->all, found->cap * sizeof *found->all));
        }
        found->all[found->count++] = process;
    }
    closedir(proc);
}

static int by_pid(const void *a, const void *b)
{
    return ((const struct process *)a)->pid - ((const struct process *)b)->pid;
}

static struct process *by_parent(const struct processes *found, const struct process *process)
{
    struct process key = { .pid = process->parent };
    return bsearch(&key, found->all, found->count, sizeof key, by_pid);
}

/* Parents mostly have the smaller pid, so this settles in a pass or two. */
void find_descendants(struct processes *found, pid_t of)
{
    list_processes(found);
    qsort(found->all, found->count, sizeof *found->all, by_pid);
    found->unsettled = false;
    for (bool changed = true; changed;) {
        changed = false;
        for (size_t i = 0; i < found->count; i++) {
            struct process *process = &found->all[i], *parent;
            if (process->ours || process->pid == of)
                continue;
            if (process->parent == of) {
                process->ours = changed = true;
            } else if ((parent = by_parent(found, process))) {
                if (parent->ours)
                    process->ours = changed = true;
            } else if (process->parent != 0) {
                /* Its parent died while this was read; whose it is now shows only in another look. */
                found->unsettled = true;
            }
        }
    }
}

int count_descendants(pid_t of)
{
    struct processes found = { 0 };
    int count = 0;
    find_descendants(&found, of);
    for (size_t i = 0; i < found.count; i++)
        count += found.all[i].ours && found.all[i].state != 'Z';
    free(found.all);
    return count;
}

int signal_descendants(pid_t of, int signal, pid_t only_group)
{
    struct processes found = { 0 };
    int count = 0;
    find_descendants(&found, of);
    for (size_t i = 0; i < found.count; i++) {
        struct process *process = &found.all[i];
        if (process->ours && process->state != 'Z' && (!only_group || process->group == only_group))
            count += kill(process->pid, signal) == 0;
    }
    free(found.all);
    return count;
}

static void nap(void) { nanosleep(&(struct timespec){ .tv_nsec = 1000000 }, NULL); }

/* Stop them all first: a fork bomb that is killed one by one has a successor in every slot that becomes free. */
static void stop_all(pid_t self, int64_t until)
{
    struct processes found = { 0 };
    for (int pass = 0; now_ms() < until; pass++) {
        bool running = false;
        find_descendants(&found, self);
        for (size_t i = 0; i < found.count; i++) {
            struct process *process = &found.all[i];
            if (!process->ours || strchr("ZXTt", process->state))
                continue;
            running = true;
            kill(process->pid, SIGSTOP);
        }
        if (!running && !found.unsettled)
            break;
        if (pass > 10)
            nap();
    }
    free(found.all);
}

/* The fastest look there is, for a chain of processes that each fork and exit: they are all our own children. */
static void kill_children(pid_t self)
{
    char path[64], text[4096];
    snprintf(path, sizeof path, "/proc/%d/task/%d/children", self, self);
    if (slurp(path, text, sizeof text) <= 0)
        return;
    for (char *at = text, *next; *at; at = next) {
        pid_t pid = (pid_t)strtol(at, &next, 10);
        if (next == at)
            break;
        if (pid > 0)
            kill(pid, SIGKILL);
    }
}

/* `reap` waits for what has died and says whether a child is left: only that is proof that all are gone. */
bool kill_descendants(bool (*reap)(void))
{
    pid_t self = getpid();
    int64_t until = now_ms() + KILL_MS;
    if (!reap())
        return true;
    stop_all(self, now_ms() + KILL_MS / 2);
    for (int pass = 0; now_ms() < until; pass++) {
        signal_descendants(self, SIGKILL, 0);
        for (int i = 0; i < 50; i++) {
            if (!reap())
                return true;
            kill_children(self);
            if (pass > 3)
                nap();
        }
    }
    return false;
}
