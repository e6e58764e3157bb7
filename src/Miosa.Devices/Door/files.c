/* Reading, writing and listing files. Each handler first becomes the user it acts for, so what a path leads to, by
   whatever links and however they are swapped meanwhile, is never more than that user could have opened. */
#include "door.h"
#include <dirent.h>
#include <linux/fs.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/syscall.h>

enum { W_PARENTS = 1, W_APPEND = 2, W_NEW = 4, W_MATCH = 8, W_SYNC = 16, W_MODE = 32 };
enum { MAX_LINKS = 40, MAX_ENTRIES = 200000, MAX_DEPTH = 1000, LOCK_MS = 2000 };

char *join(const char *left, const char *right)
{
    char *path = need(malloc(strlen(left) + strlen(right) + 2));
    bool slash = *left && left[strlen(left) - 1] != '/';
    sprintf(path, "%s%s%s", left, slash && *right ? "/" : "", right);
    return path;
}

char *take_path(struct in *in)
{
    char *path = get_text(in);
    if (path[0] != '/')
        in->bad = true;
    return path;
}

char *read_link(int dir, const char *name)
{
    char target[PATH_MAX];
    ssize_t n = readlinkat(dir, name, target, sizeof target - 1);
    target[n > 0 ? n : 0] = 0;
    return need(strdup(target));
}

static uint8_t type_letter(mode_t mode)
{
    switch (mode & S_IFMT) {
    case S_IFREG: return 'f';
    case S_IFDIR: return 'd';
    case S_IFLNK: return 'l';
    case S_IFIFO: return 'p';
    case S_IFSOCK: return 's';
    case S_IFCHR: return 'c';
    default: return 'b';
    }
}

static uint64_t mtime_ns(const struct stat *st)
{
    return (uint64_t)st->st_mtim.tv_sec * 1000000000 + (uint64_t)st->st_mtim.tv_nsec;
}

void put_stat(struct buf *b, const struct stat *st, const char *target)
{
    put_u8(b, type_letter(st->st_mode));
    put_u32(b, st->st_mode & 07777);
    put_u32(b, st->st_uid);
    put_u32(b, st->st_gid);
    put_u32(b, (uint32_t)st->st_nlink);
    put_u64(b, (uint64_t)st->st_size);
    put_u64(b, mtime_ns(st));
    put_u64(b, st->st_ino);
    put_u64(b, st->st_dev);
    put_text(b, target ? target : "");
}

void serve_stat(int conn, struct in *in)
{
    char *user = get_text(in), *path = take_path(in);
    bool follow = get_u8(in);
    ask_well_formed(conn, in);
    become_or_fail(conn, user);
    struct stat st;
    if (fstatat(AT_FDCWD, path, &st, follow ? 0 : AT_SYMLINK_NOFOLLOW) < 0)
        fail(conn, S_FILE, errno, path);
    struct buf b = { 0 };
    put_stat(&b, &st, S_ISLNK(st.st_mode) ? read_link(AT_FDCWD, path) : "");
    reply(conn, &b);
}

static void regular_or_fail(int conn, const struct stat *st, const char *path)
{
    if (!S_ISREG(st->st_mode))
        fail(conn, S_FILE, S_ISDIR(st->st_mode) ? EISDIR : EOPNOTSUPP, path);
}

void serve_read(int conn, struct in *in)
{
    static uint8_t chunk[MAX_BODY_FRAME];
    char *user = get_text(in), *path = take_path(in);
    uint64_t offset = get_u64(in), left = get_u64(in);
    bool any = get_u8(in);
    ask_well_formed(conn, in);
    become_or_fail(conn, user);
    /* Not blocking: a FIFO without a writer must not hold the handler. */
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) < 0)
        fail(conn, S_FILE, errno == ENXIO ? EOPNOTSUPP : errno, path);
    if (!any)
        regular_or_fail(conn, &st, path);
    if (offset && lseek(fd, (off_t)offset, SEEK_SET) < 0)
        fail(conn, S_FILE, errno, path);
    ssize_t n = left ? read(fd, chunk, left < sizeof chunk ? (size_t)left : sizeof chunk) : 0;
    if (n < 0 && errno != EAGAIN)
        fail(conn, S_FILE, errno, path);
    struct buf b = { 0 };
    put_stat(&b, &st, "");
    send_frame(conn, K_OK, b.data, b.len);
    while (n > 0) {
        send_frame(conn, K_DATA, chunk, (size_t)n);
        left -= (uint64_t)n;
        n = left ? read(fd, chunk, left < sizeof chunk ? (size_t)left : sizeof chunk) : 0;
    }
    if (n < 0 && errno != EAGAIN)
        fail(conn, S_FILE, errno, path);
    send_frame(conn, K_END, NULL, 0);
}

/* ---- write ---- */

static char *parent_of(const char *path, const char **name)
{
    const char *slash = strrchr(path, '/');
    *name = slash + 1;
    return need(strndup(path, slash == path ? 1 : (size_t)(slash - path)));
}

int make_directories(const char *path, mode_t mode, bool *made)
{
    struct stat st;
    *made = false;
    if (stat(path, &st) == 0)
        return S_ISDIR(st.st_mode) ? 0 : ENOTDIR;
    if (errno != ENOENT)
        return errno;
    char *text = need(strdup(path));
    int error = 0;
    for (char *at = text + 1; !error; at++) {
        if (*at && *at != '/')
            continue;
        bool last = !*at;
        *at = 0;
        if (mkdir(text, mode) == 0)
            *made = true;
        else if (errno != EEXIST)
            error = errno;
        if (last)
            break;
        *at = '/';
    }
    free(text);
    if (!error && (stat(path, &st) < 0 || !S_ISDIR(st.st_mode)))
        error = ENOTDIR;
    return error;
}

/* Where a write really goes: an editor follows links, also one that points to what is not there yet. */
static char *resolve(const char *path)
{
    char *now = need(strdup(path));
    for (int links = 0; links < MAX_LINKS; links++) {
        char *real = realpath(now, NULL);
        if (real || errno != ENOENT)
            return real;
        const char *name;
        char *parent = realpath(parent_of(now, &name), NULL);
        if (!parent)
            return NULL;
        if (!*name || strcmp(name, ".") == 0 || strcmp(name, "..") == 0) {
            errno = EISDIR;
            return NULL;
        }
        char *whole = join(parent, name), *target = read_link(AT_FDCWD, whole);
        if (!*target)
            return whole;
        now = *target == '/' ? target : join(parent, target);
    }
    errno = ELOOP;
    return NULL;
}

struct target {
    int conn, dir, fd;
    const char *path, *name;
    char *temporary;
    bool exists;
    struct stat st;
};

static _Noreturn void abandon(struct target *to, enum stage stage, int error)
{
    if (to->temporary)
        unlinkat(to->dir, to->temporary, 0);
    fail(to->conn, stage, error, to->path);
}

static void receive_body(struct target *to)
{
    static uint8_t chunk[MAX_BODY_FRAME];
    for (;;) {
        uint8_t header[FRAME_HEADER];
        if (!read_all(to->conn, header, sizeof header))
            abandon(to, S_REQUEST, ECONNABORTED);
        struct in in = { header + 1, header + sizeof header, false };
        uint32_t len = get_u32(&in);
        if (header[0] == K_END && len == 0)
            return;
        if (header[0] != K_DATA || len > sizeof chunk)
            abandon(to, S_REQUEST, EBADMSG);
        if (!read_all(to->conn, chunk, len))
            abandon(to, S_REQUEST, ECONNABORTED);
        errno = ENOSPC;
        if (!write_all(to->fd, chunk, len))
            abandon(to, S_FILE, errno);
    }
}

static _Noreturn void reply_written(struct target *to, bool replaced, bool sync)
{
    struct buf b = { 0 };
    if ((sync && fsync(to->fd) < 0) || fstat(to->fd, &to->st) < 0)
        fail(to->conn, S_FILE, errno, to->path);
    put_u8(&b, replaced);
    put_stat(&b, &to->st, "");
    reply(to->conn, &b);
}

static char *new_name(void)
{
    char *name = need(malloc(48));
    sprintf(name, ".miosa-%d-%llx", getpid(), (unsigned long long)now_ms());
    return name;
}

/* A file without a name vanishes by itself if this ends early; where that cannot be had, a hidden name does. */
static int open_unnamed(struct target *to)
{
    to->fd = access("/proc/self/fd", X_OK) == 0 ? openat(to->dir, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600) : -1;
    if (to->fd >= 0 || errno == EACCES || errno == EROFS)
        return to->fd < 0 ? errno : 0;
    to->temporary = new_name();
    to->fd = openat(to->dir, to->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (to->fd >= 0)
        return 0;
    to->temporary = NULL;
    return errno;
}

static int give_name(struct target *to, const char *name)
{
    if (to->temporary)
        return renameat2(to->dir, to->temporary, to->dir, name, RENAME_NOREPLACE);
    char unnamed[40];
    sprintf(unnamed, "/proc/self/fd/%d", to->fd);
    return linkat(AT_FDCWD, unnamed, to->dir, name, AT_SYMLINK_FOLLOW);
}

static bool matches(const struct stat *st, uint64_t inode, uint64_t size, uint64_t mtime)
{
    return S_ISREG(st->st_mode) && st->st_ino == inode && (uint64_t)st->st_size == size && mtime_ns(st) == mtime;
}

/* One replacement at a time in a directory, among handlers. Who else holds this lock can delay a write, not stop it. */
static void take_turns(int dir)
{
    int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    for (int64_t until = now_ms() + LOCK_MS; fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) < 0 && now_ms() < until;)
        poll(NULL, 0, 1);
}

/* Swapped, looked at, and swapped back if it was not what it should have been: a change that another made after the
   first look is not lost. Where the file system cannot swap, that look has to do. */
static void replace(struct target *to, uint8_t flags, const uint64_t expected[3])
{
    if (!to->temporary) {
        char *name = new_name();
        if (give_name(to, name) < 0)
            abandon(to, S_FILE, errno);
        to->temporary = name;
    }
    take_turns(to->dir);
    if (flags & W_MATCH && renameat2(to->dir, to->temporary, to->dir, to->name, RENAME_EXCHANGE) == 0) {
        struct stat st;
        if (fstatat(to->dir, to->temporary, &st, AT_SYMLINK_NOFOLLOW) < 0 || !matches(&st, expected[0], expected[1], expected[2])) {
            renameat2(to->dir, to->temporary, to->dir, to->name, RENAME_EXCHANGE);
            abandon(to, S_CONDITION, ESTALE);
        }
        unlinkat(to->dir, to->temporary, 0);
    } else if (renameat(to->dir, to->temporary, to->dir, to->name) < 0) {
        abandon(to, S_FILE, errno);
    }
}

static _Noreturn void write_in_place(struct target *to, int open_flags, uint8_t flags, mode_t mode, const uint64_t expected[3])
{
    to->fd = openat(to->dir, to->name, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | open_flags, mode);
    if (to->fd < 0 || fstat(to->fd, &to->st) < 0)
        fail(to->conn, S_FILE, errno == ENXIO ? EOPNOTSUPP : errno, to->path);
    regular_or_fail(to->conn, &to->st, to->path);
    if (flags & W_MATCH && !matches(&to->st, expected[0], expected[1], expected[2]))
        fail(to->conn, S_CONDITION, ESTALE, to->path);
    if ((!(open_flags & O_APPEND) && ftruncate(to->fd, 0) < 0) || (flags & W_MODE && fchmod(to->fd, mode) < 0))
        fail(to->conn, S_FILE, errno, to->path);
    receive_body(to);
    reply_written(to, false, flags & W_SYNC);
}

void serve_write(int conn, struct in *in)
{
    char *user = get_text(in), *path = take_path(in);
    uint8_t flags = get_u8(in);
    mode_t mode = get_u32(in) & 07777;
    uint64_t expected[3] = { get_u64(in), get_u64(in), get_u64(in) };
    ask_well_formed(conn, in);
    become_or_fail(conn, user);
    const char *name;
    bool made;
    int error = flags & W_PARENTS ? make_directories(parent_of(path, &name), 0755, &made) : 0;
    if (error)
        fail(conn, S_FILE, error, path);
    char *real = resolve(path);
    if (!real)
        fail(conn, S_FILE, errno, path);

    struct target to = { .conn = conn, .path = path };
    to.dir = open(parent_of(real, &to.name), O_PATH | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (to.dir < 0)
        fail(conn, S_FILE, errno, path);
    to.exists = fstatat(to.dir, to.name, &to.st, AT_SYMLINK_NOFOLLOW) == 0;
    if (to.exists)
        regular_or_fail(conn, &to.st, path);
    if (flags & W_NEW && to.exists)
        fail(conn, S_CONDITION, EEXIST, path);
    if (flags & W_MATCH && !(to.exists && matches(&to.st, expected[0], expected[1], expected[2])))
        fail(conn, S_CONDITION, to.exists ? ESTALE : ENOENT, path);
    if (!(flags & W_MODE))
        mode = to.exists ? to.st.st_mode & 07777 : 0644;
    if (flags & W_APPEND)
        write_in_place(&to, O_APPEND | O_CREAT | O_NOFOLLOW | (flags & W_NEW ? O_EXCL : 0), flags, mode, expected);

    /* Who may write a file but not put another in its place, or not give it to its owner, writes into it. */
    if (to.exists && faccessat(to.dir, to.name, W_OK, AT_EACCESS) < 0)
        fail(conn, S_FILE, errno, path);
    error = open_unnamed(&to);
    bool owned = !error && (!to.exists || (to.st.st_uid == geteuid() && to.st.st_gid == getegid()) || fchown(to.fd, to.st.st_uid, to.st.st_gid) == 0);
    if (to.exists && (error == EACCES || error == EPERM || (!error && !owned))) {
        if (to.temporary)
            unlinkat(to.dir, to.temporary, 0);
        to.temporary = NULL;
        write_in_place(&to, O_NOFOLLOW, flags, mode, expected);
    }
    if (error)
        fail(conn, S_FILE, error, path);
    if (fchmod(to.fd, mode) < 0)
        abandon(&to, S_FILE, errno);
    receive_body(&to);
    if (flags & W_SYNC && fsync(to.fd) < 0)
        abandon(&to, S_FILE, errno);
    if (to.exists || give_name(&to, to.name) < 0) {
        if (!to.exists && errno != EEXIST)
            abandon(&to, S_FILE, errno);
        if (flags & W_NEW)
            abandon(&to, S_CONDITION, EEXIST);
        replace(&to, flags, expected);
    }
    reply_written(&to, true, false);
}

/* ---- list ---- */

bool named_in(char *const *names, const char *name)
{
    for (; *names; names++)
        if (strcmp(*names, name) == 0)
            return true;
    return false;
}

struct listing { int conn, root; uint32_t count, max, unreadable; bool hidden, truncated; char **skip; struct buf out; };

static int by_name(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static char **read_names(int fd, size_t *count)
{
    DIR *dir = fdopendir(fd);
    char **names = NULL;
    size_t cap = 0;
    *count = 0;
    for (struct dirent *entry; dir && *count < MAX_ENTRIES && (entry = readdir(dir));) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        if (*count == cap) {
            cap = cap ? cap * 2 : 64;
            names = need(realloc(names, cap * sizeof *names));
        }
        names[(*count)++] = need(strdup(entry->d_name));
    }
    if (dir)
        closedir(dir);
    if (*count)
        qsort(names, *count, sizeof *names, by_name);
    return names;
}

static void put_item(struct listing *list, const char *path, const struct stat *st)
{
    struct buf b = { 0 };
    uint8_t header[FRAME_HEADER];
    char *target = S_ISLNK(st->st_mode) ? read_link(list->root, path) : NULL;
    put_text(&b, path);
    put_stat(&b, st, target);
    frame_header(header, K_ITEM, (uint32_t)b.len);
    put(&list->out, header, sizeof header);
    put(&list->out, b.data, b.len);
    free(b.data);
    free(target);
    if (list->out.len > OUTPUT_CHUNK) {
        if (!write_all(list->conn, list->out.data, list->out.len))
            _exit(0);
        list->out.len = 0;
    }
}

/* By breadth, so that a list cut short still shows the top of everything. */
void serve_list_files(int conn, struct in *in)
{
    char *user = get_text(in), *path = take_path(in);
    uint32_t depth = get_u32(in);
    struct listing list = { .conn = conn, .max = get_u32(in) };
    list.hidden = get_u8(in);
    list.skip = get_list(in, 256);
    ask_well_formed(conn, in);
    become_or_fail(conn, user);
    list.max = list.max > MAX_ENTRIES ? MAX_ENTRIES : list.max;
    depth = depth > MAX_DEPTH ? MAX_DEPTH : depth;
    list.root = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK);
    if (list.root < 0)
        fail(conn, S_FILE, errno, path);

    struct { char *path; uint32_t depth; } *queue = need(malloc(sizeof *queue));
    size_t head = 0, tail = 0, cap = 1;
    queue[tail].path = need(strdup(""));
    queue[tail++].depth = 1;
    for (; head < tail && !list.truncated; head++) {
        char *below = queue[head].path;
        int fd = openat(list.root, *below ? below : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
        if (fd < 0) {
            list.unreadable += errno != ENOENT;
            continue;
        }
        size_t count;
        char **names = read_names(fd, &count);
        for (size_t i = 0; i < count && !list.truncated; i++) {
            struct stat st;
            char *full = join(below, names[i]);
            if ((!list.hidden && names[i][0] == '.') || fstatat(list.root, full, &st, AT_SYMLINK_NOFOLLOW) < 0) {
                free(full);
                continue;
            }
            if (list.count++ == list.max) {
                list.truncated = true;
                break;
            }
            put_item(&list, full, &st);
            if (!S_ISDIR(st.st_mode) || queue[head].depth >= depth || named_in(list.skip, names[i])) {
                free(full);
                continue;
            }
            if (tail == cap) {
                cap *= 2;
                queue = need(realloc(queue, cap * sizeof *queue));
            }
            queue[tail].path = full;
            queue[tail++].depth = queue[head].depth + 1;
        }
        for (size_t i = 0; i < count; i++)
            free(names[i]);
        free(names);
        free(below);
    }
    if (!write_all(conn, list.out.data, list.out.len))
        _exit(0);
    struct buf b = { 0 };
    put_u8(&b, list.truncated);
    put_u32(&b, list.unreadable);
    send_frame(conn, K_END, b.data, b.len);
}
