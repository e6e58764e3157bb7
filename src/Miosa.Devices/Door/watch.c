/* Watching a tree: inotify events become few, whole changes, sent in batches. */
#include "door.h"
#include <dirent.h>
#include <poll.h>
#include <sys/inotify.h>

enum {
    MAX_DIRECTORIES = 8192, MAX_PENDING = 4096, MAX_PENDING_BYTES = 512 << 10, BUCKETS = 1024, BATCH_MS = 100,
    EVENTS = IN_CREATE | IN_MODIFY | IN_ATTRIB | IN_CLOSE_WRITE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO
        | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR | IN_DONT_FOLLOW | IN_EXCL_UNLINK,
};
enum change_kind { NOTHING, CREATED, MODIFIED, DELETED, RENAMED, ROOT_GONE };

struct change { enum change_kind kind; bool directory; char *path, *old; int next; };

static struct {
    int conn, fd, root_wd;
    const char *root;
    bool recursive;
    char **ignored;
    char **directories; /* the path below the root, by watch descriptor */
    int descriptors;
    uint32_t watched, unwatched;
    struct change pending[MAX_PENDING];
    size_t bytes;
    int count, bucket[BUCKETS];
    int64_t flush_at;
    struct { uint32_t cookie; bool directory; char *path; } moved;
} w;

/* The names that the door's own writes use on the way. */
static bool own_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return strncmp(slash ? slash + 1 : path, ".miosa-", 7) == 0;
}

/* A file without a name still has events, under a number. */
static bool nameless(const char *path, const char *name)
{
    struct stat st;
    if (*name != '#' || strspn(name + 1, "0123456789") != strlen(name + 1))
        return false;
    char *full = join(w.root, path);
    bool gone = lstat(full, &st) < 0;
    free(full);
    return gone;
}

/* ---- what changed ---- */

static unsigned bucket_of(const char *path)
{
    unsigned hash = 2166136261u;
    for (; *path; path++)
        hash = (hash ^ (uint8_t)*path) * 16777619u;
    return hash % BUCKETS;
}

static struct change *pending(const char *path)
{
    for (int at = w.bucket[bucket_of(path)]; at; at = w.pending[at - 1].next)
        if (strcmp(w.pending[at - 1].path, path) == 0 && w.pending[at - 1].kind)
            return &w.pending[at - 1];
    return NULL;
}

static void flush(void)
{
    struct buf b = { 0 };
    uint32_t count = 0;
    for (int i = 0; i < w.count; i++)
        count += w.pending[i].kind != NOTHING;
    put_u32(&b, w.unwatched);
    put_u32(&b, count);
    for (int i = 0; i < w.count; i++) {
        struct change *change = &w.pending[i];
        if (change->kind) {
            put_u8(&b, change->kind);
            put_u8(&b, change->directory);
            put_text(&b, change->path);
            put_text(&b, change->old ? change->old : "");
        }
        free(change->path);
        free(change->old);
    }
    if (count)
        send_frame(w.conn, K_CHANGES, b.data, b.len);
    free(b.data);
    w.count = 0;
    w.bytes = 0;
    w.flush_at = 0;
    memset(w.bucket, 0, sizeof w.bucket);
}

/* Two things that happened to one path within a batch are told as what they come to. */
static enum change_kind together(enum change_kind first, enum change_kind then)
{
    if (first == CREATED)
        return then == DELETED ? NOTHING : CREATED;
    if (first == DELETED && then == CREATED)
        return MODIFIED;
    return then;
}

static void note(enum change_kind kind, bool directory, const char *path, const char *old)
{
    if (own_name(path))
        return;
    struct change *before = kind == RENAMED ? NULL : pending(path);
    if (before && before->kind != RENAMED) {
        before->kind = together(before->kind, kind);
        return;
    }
    size_t size = strlen(path) + (old ? strlen(old) : 0);
    if (w.count == MAX_PENDING || w.bytes + size > MAX_PENDING_BYTES)
        flush();
    w.bytes += size;
    unsigned bucket = bucket_of(path);
    w.pending[w.count] = (struct change){ kind, directory, need(strdup(path)), old ? need(strdup(old)) : NULL, w.bucket[bucket] };
    w.bucket[bucket] = ++w.count;
    if (!w.flush_at)
        w.flush_at = now_ms() + BATCH_MS;
}

/* ---- what is watched ---- */

static void remember(int wd, const char *path)
{
    if (wd >= w.descriptors) {
        int more = wd * 2 + 64;
        w.directories = need(realloc(w.directories, (size_t)more * sizeof *w.directories));
        memset(w.directories + w.descriptors, 0, (size_t)(more - w.descriptors) * sizeof *w.directories);
        w.descriptors = more;
    }
    w.watched += !w.directories[wd];
    free(w.directories[wd]);
    w.directories[wd] = need(strdup(path));
}

static void forget(int wd)
{
    if (wd < 0 || wd >= w.descriptors || !w.directories[wd])
        return;
    free(w.directories[wd]);
    w.directories[wd] = NULL;
    w.watched--;
}

/* Watches first and looks afterwards, so that what appears in between is seen at least once. */
static int watch_tree(const char *path, bool tell)
{
    char *full = join(w.root, path);
    int wd = w.watched < MAX_DIRECTORIES ? inotify_add_watch(w.fd, full, EVENTS) : -1;
    if (wd < 0) {
        w.unwatched += w.watched >= MAX_DIRECTORIES || (errno != ENOENT && errno != ENOTDIR);
        free(full);
        return -1;
    }
    remember(wd, path);
    DIR *dir = w.recursive || tell ? opendir(full) : NULL;
    w.unwatched += w.recursive && !dir && errno != ENOENT;
    free(full);
    for (struct dirent *entry; dir && (entry = readdir(dir));) {
        struct stat st;
        const char *name = entry->d_name;
        if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || named_in(w.ignored, name))
            continue;
        bool directory = entry->d_type == DT_DIR
            || (entry->d_type == DT_UNKNOWN && fstatat(dirfd(dir), name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode));
        char *below = join(path, name);
        if (tell)
            note(CREATED, directory, below, NULL);
        if (directory && w.recursive)
            watch_tree(below, tell);
        free(below);
    }
    if (dir)
        closedir(dir);
    return wd;
}

/* What follows `from` as a whole name in `path`, or NULL. */
static const char *below(const char *path, const char *from)
{
    size_t len = strlen(from);
    return strncmp(path, from, len) == 0 && (path[len] == '/' || !path[len]) ? path + len : NULL;
}

static void directory_moved(const char *from, const char *to)
{
    for (int wd = 0; wd < w.descriptors; wd++) {
        const char *rest = w.directories[wd] ? below(w.directories[wd], from) : NULL;
        if (!rest)
            continue;
        if (!to) {
            inotify_rm_watch(w.fd, wd);
            forget(wd);
            continue;
        }
        char *path = need(malloc(strlen(to) + strlen(rest) + 1));
        sprintf(path, "%s%s", to, rest);
        free(w.directories[wd]);
        w.directories[wd] = path;
    }
}

/* ---- events ---- */

/* A move whose second half never came: it went out of what is watched. */
static void moved_away(void)
{
    if (!w.moved.path)
        return;
    note(DELETED, w.moved.directory, w.moved.path, NULL);
    if (w.moved.directory)
        directory_moved(w.moved.path, NULL);
    free(w.moved.path);
    w.moved.path = NULL;
}

static void moved_here(uint32_t cookie, bool directory, const char *path)
{
    if (!w.moved.path || w.moved.cookie != cookie) {
        moved_away();
        note(CREATED, directory, path, NULL);
        if (directory && w.recursive)
            watch_tree(path, true);
        return;
    }
    char *from = w.moved.path;
    w.moved.path = NULL;
    struct change *before = pending(from);
    if (own_name(from)) {
        note(MODIFIED, directory, path, NULL);
    } else {
        if (before)
            before->kind = before->kind == CREATED ? NOTHING : before->kind;
        note(RENAMED, directory, path, from);
    }
    if (directory)
        directory_moved(from, path);
    free(from);
}

static void see(const struct inotify_event *event)
{
    if (event->mask & IN_Q_OVERFLOW) {
        moved_away();
        flush();
        send_frame(w.conn, K_OVERFLOW, NULL, 0);
        w.unwatched = 0;
        watch_tree("", false);
        return;
    }
    if (event->mask & IN_IGNORED)
        forget(event->wd);
    if (event->wd == w.root_wd && event->mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_UNMOUNT | IN_IGNORED)) {
        moved_away();
        note(ROOT_GONE, true, "", NULL);
        flush();
        _exit(0);
    }
    if (event->wd < 0 || event->wd >= w.descriptors || !w.directories[event->wd] || !event->len || named_in(w.ignored, event->name))
        return;
    char *path = join(w.directories[event->wd], event->name);
    bool directory = event->mask & IN_ISDIR;
    if (!(event->mask & IN_MOVED_TO))
        moved_away();
    if (event->mask & IN_MOVED_FROM) {
        w.moved.cookie = event->cookie;
        w.moved.directory = directory;
        w.moved.path = need(strdup(path));
        w.flush_at = w.flush_at ? w.flush_at : now_ms() + BATCH_MS;
    } else if (event->mask & IN_MOVED_TO) {
        moved_here(event->cookie, directory, path);
    } else if (event->mask & IN_CREATE) {
        note(CREATED, directory, path, NULL);
        if (directory && w.recursive)
            watch_tree(path, true);
    } else if (event->mask & IN_DELETE) {
        note(DELETED, directory, path, NULL);
    } else if (!directory && !nameless(path, event->name)) {
        note(MODIFIED, false, path, NULL);
    }
    free(path);
}

void serve_watch(int conn, struct in *in)
{
    static char events[1 << 16] __attribute__((aligned(__alignof__(struct inotify_event))));
    char *user = get_text(in), *path = take_path(in);
    w.conn = conn;
    w.recursive = get_u8(in);
    w.ignored = get_list(in, 256);
    ask_well_formed(conn, in);
    become_or_fail(conn, user);
    /* The real path: the root itself may be a link, what is below it is never followed. */
    w.root = realpath(path, NULL);
    if (!w.root)
        fail(conn, S_FILE, errno, path);
    w.fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (w.fd < 0)
        fail(conn, S_FILE, errno, path);
    errno = 0;
    w.root_wd = watch_tree("", false);
    if (w.root_wd < 0)
        fail(conn, S_FILE, errno ? errno : ENOENT, path);
    struct buf b = { 0 };
    put_u32(&b, w.watched);
    put_u32(&b, w.unwatched);
    send_frame(conn, K_OK, b.data, b.len);
    for (;;) {
        struct pollfd polled[] = { { conn, POLLRDHUP, 0 }, { w.fd, POLLIN, 0 } };
        int64_t left = w.flush_at ? w.flush_at - now_ms() : -1;
        poll(polled, 2, w.flush_at && left < 0 ? 0 : (int)left);
        if (polled[0].revents)
            _exit(0);
        ssize_t n;
        while (polled[1].revents && (n = read(w.fd, events, sizeof events)) > 0)
            for (char *at = events; at < events + n;) {
                struct inotify_event *event = (struct inotify_event *)at;
                see(event);
                at += sizeof *event + event->len;
                if (at == events + n && w.flush_at && now_ms() >= w.flush_at)
                    polled[1].revents = 0;
            }
        if (w.flush_at && now_ms() >= w.flush_at) {
            moved_away();
            flush();
        }
    }
}
