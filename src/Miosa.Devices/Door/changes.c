/* Making, moving, copying and deleting files, as the user who asked. */
#include "door.h"
#include <dirent.h>
#include <linux/fs.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/time.h>

enum { COPY_DEPTH = 250 };

static void stop_if_nobody_waits(int conn)
{
    struct pollfd polled = { conn, POLLRDHUP, 0 };
    if (poll(&polled, 1, 0) > 0 && polled.revents & (POLLRDHUP | POLLHUP | POLLERR))
        _exit(0);
}

/* A path's directory, open, and the last name in it. */
static int open_parent(char *path, char **name)
{
    size_t len = strlen(path);
    while (len > 1 && path[len - 1] == '/')
        path[--len] = 0;
    char *slash = strrchr(path, '/');
    *name = slash + 1;
    if (!**name || strcmp(*name, ".") == 0 || strcmp(*name, "..") == 0) {
        errno = EBUSY;
        return -1;
    }
    char *parent = need(strndup(path, slash == path ? 1 : (size_t)(slash - path)));
    int fd = open(parent, O_PATH | O_DIRECTORY | O_CLOEXEC);
    int error = errno;
    free(parent);
    errno = error;
    return fd;
}

void serve_mkdir(int conn, struct in *in)
{
    char *user = get_text(in), *path = take_path(in);
    bool parents = get_u8(in), made = true;
    mode_t mode = get_u32(in) & 07777;
    ask_well_formed(conn, in);
    become_or_fail(conn, user);
    int error = parents ? make_directories(path, mode, &made) : mkdir(path, mode) < 0 ? errno : 0;
    if (error)
        fail(conn, S_FILE, error, path);
    struct buf b = { 0 };
    put_u8(&b, made);
    reply(conn, &b);
}

void serve_rename(int conn, struct in *in)
{
    char *user = get_text(in), *from = take_path(in), *to = take_path(in);
    bool overwrite = get_u8(in);
    ask_well_formed(conn, in);
    become_or_fail(conn, user);
    struct stat st;
    int result = renameat2(AT_FDCWD, from, AT_FDCWD, to, overwrite ? 0 : RENAME_NOREPLACE);
    if (result < 0 && !overwrite && errno == EINVAL && lstat(to, &st) < 0)
        result = rename(from, to);
    if (result < 0) {
        int error = errno;
        fail(conn, error == EEXIST ? S_CONDITION : S_FILE, error, lstat(from, &st) < 0 ? from : to);
    }
    reply(conn, &(struct buf){ 0 });
}

/* ---- copy ---- */

struct copying { int conn; uint64_t entries, bytes; dev_t made_on; ino_t made; const char *failed; };

static int copy_bytes(int from, int to, uint64_t *bytes)
{
    static uint8_t chunk[OUTPUT_CHUNK];
    struct stat st;
    if (ioctl(to, FICLONE, from) == 0) {
        *bytes += fstat(to, &st) == 0 ? (uint64_t)st.st_size : 0;
        return 0;
    }
    for (ssize_t n;;) {
        n = copy_file_range(from, NULL, to, NULL, 1 << 30, 0);
        if (n > 0) {
            *bytes += (uint64_t)n;
            continue;
        }
        /* Nothing copied may also mean a file whose size is not told, as in /proc: read what is left of it. */
        while ((n = read(from, chunk, sizeof chunk)) > 0) {
            if (!write_all(to, chunk, (size_t)n))
                return errno ? errno : ENOSPC;
            *bytes += (uint64_t)n;
        }
        return n < 0 ? errno : 0;
    }
}

static void copy_looks(int to, const struct stat *st)
{
    if (geteuid() == 0 && fchown(to, st->st_uid, st->st_gid) < 0)
        return;
    fchmod(to, st->st_mode & 07777);
    futimens(to, (struct timespec[]){ st->st_atim, st->st_mtim });
}

static int copy_file(struct copying *copy, int from_dir, const char *from, int to_dir, const char *to)
{
    int in = openat(from_dir, from, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    struct stat st;
    if (in < 0 || fstat(in, &st) < 0)
        return errno;
    if (!S_ISREG(st.st_mode)) {
        close(in);
        return EOPNOTSUPP;
    }
    int out = openat(to_dir, to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    int error = out < 0 ? errno : copy_bytes(in, out, &copy->bytes);
    if (out >= 0 && !error)
        copy_looks(out, &st);
    if (out >= 0)
        close(out);
    close(in);
    if (error && out >= 0)
        unlinkat(to_dir, to, 0);
    return error;
}

static int copy_entry(struct copying *copy, int from_dir, const char *from, int to_dir, const char *to, const char *path, int depth);

static int copy_directory(struct copying *copy, int from_dir, const char *from, int to_dir, const char *to, const struct stat *st, const char *path, int depth)
{
    if (depth > COPY_DEPTH)
        return ELOOP;
    int in = openat(from_dir, from, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (in < 0)
        return errno;
    DIR *dir = fdopendir(in);
    int out = mkdirat(to_dir, to, 0700) < 0 ? -1 : openat(to_dir, to, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    struct stat made;
    int error = out < 0 || fstat(out, &made) < 0 ? errno : 0;
    if (!error && depth == 0) {
        copy->made_on = made.st_dev;
        copy->made = made.st_ino;
    }
    for (struct dirent *entry; !error && (entry = readdir(dir));) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        char *below = join(path, entry->d_name);
        error = copy_entry(copy, in, entry->d_name, out, entry->d_name, below, depth + 1);
        if (!error)
            free(below);
    }
    if (out >= 0) {
        copy_looks(out, st);
        close(out);
    }
    closedir(dir);
    return error;
}

static int copy_entry(struct copying *copy, int from_dir, const char *from, int to_dir, const char *to, const char *path, int depth)
{
    struct stat st;
    int error;
    if (fstatat(from_dir, from, &st, AT_SYMLINK_NOFOLLOW) < 0)
        error = errno == ENOENT && depth > 0 ? 0 : errno;
    else if (st.st_ino == copy->made && st.st_dev == copy->made_on)
        return 0; /* the copy itself, where a tree is copied into itself */
    else if (S_ISDIR(st.st_mode))
        error = copy_directory(copy, from_dir, from, to_dir, to, &st, path, depth);
    else if (S_ISLNK(st.st_mode)) {
        char *target = read_link(from_dir, from);
        error = symlinkat(target, to_dir, to) < 0 ? errno : 0;
        free(target);
    } else if (S_ISFIFO(st.st_mode))
        error = mkfifoat(to_dir, to, st.st_mode & 0777) < 0 ? errno : 0;
    else
        error = copy_file(copy, from_dir, from, to_dir, to);
    if (error && !copy->failed)
        copy->failed = path;
    if (copy->entries++ % 256 == 0)
        stop_if_nobody_waits(copy->conn);
    return error;
}

void serve_copy(int conn, struct in *in)
{
    char *user = get_text(in), *from = take_path(in), *to = take_path(in), *from_name, *to_name;
    bool overwrite = get_u8(in);
    ask_well_formed(conn, in);
    become_or_fail(conn, user);
    struct copying copy = { .conn = conn };
    struct stat st;
    int from_dir = open_parent(from, &from_name);
    if (from_dir < 0)
        fail(conn, S_FILE, errno, from);
    int to_dir = open_parent(to, &to_name);
    if (to_dir < 0)
        fail(conn, S_FILE, errno, to);
    bool exists = fstatat(to_dir, to_name, &st, AT_SYMLINK_NOFOLLOW) == 0;
    if (exists && !overwrite)
        fail(conn, S_CONDITION, EEXIST, to);
    if (exists && S_ISDIR(st.st_mode))
        fail(conn, S_FILE, EISDIR, to);
    char temporary[48];
    sprintf(temporary, ".miosa-%d-%llx", getpid(), (unsigned long long)now_ms());
    const char *name = exists ? temporary : to_name;
    int error = copy_entry(&copy, from_dir, from_name, to_dir, name, from, 0);
    if (!error && exists && renameat(to_dir, temporary, to_dir, to_name) < 0) {
        error = errno;
        copy.failed = to;
    }
    if (error && exists)
        unlinkat(to_dir, temporary, 0);
    if (error)
        fail(conn, error == EEXIST ? S_CONDITION : S_FILE, error, copy.failed);
    struct buf b = { 0 };
    put_u64(&b, copy.entries);
    put_u64(&b, copy.bytes);
    reply(conn, &b);
}

/* ---- delete ---- */

/* A mount is never entered or removed. A btrfs subvolume has a device number of its own, so where the kernel can tell
   a mount's root, that counts and not the number. */
static bool is_mount(int dir, const char *name, dev_t device)
{
    struct statx known;
    struct stat st;
    if (statx(dir, name, AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, &known) == 0 && known.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT)
        return known.stx_attributes & STATX_ATTR_MOUNT_ROOT;
    return fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && st.st_dev != device;
}

struct level { char *name; dev_t device; ino_t inode; };
struct deleting { int conn; char *path; uint64_t entries; struct level *levels; size_t depth, cap; };

static _Noreturn void delete_failed(struct deleting *del, int error, const char *name)
{
    char *path = need(strdup(del->path));
    for (size_t i = 1; i < del->depth; i++)
        path = join(path, del->levels[i].name);
    fail(del->conn, S_FILE, error, *name ? join(path, name) : path);
}

/* Goes down into `name`, or fails. Only the directory that it is in stays open, so depth costs no descriptors. */
static int enter(struct deleting *del, int dir, char *name)
{
    struct stat parent, st;
    fstat(dir, &parent);
    if (is_mount(dir, name, parent.st_dev))
        delete_failed(del, EXDEV, del->depth ? name : "");
    int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) < 0)
        delete_failed(del, errno, del->depth ? name : "");
    if (del->depth == del->cap) {
        del->cap = del->cap ? del->cap * 2 : 32;
        del->levels = need(realloc(del->levels, del->cap * sizeof *del->levels));
    }
    del->levels[del->depth++] = (struct level){ name, st.st_dev, st.st_ino };
    return fd;
}

/* Deletes what can be deleted at once; returns the first directory that has to be emptied before, or NULL. */
static char *delete_entries(struct deleting *del, int fd)
{
    DIR *dir = fdopendir(openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!dir)
        delete_failed(del, errno, "");
    char *full = NULL;
    for (struct dirent *entry; !full && (entry = readdir(dir));) {
        const char *name = entry->d_name;
        if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
            continue;
        bool gone = unlinkat(fd, name, 0) == 0;
        if (!gone && (errno == EISDIR || errno == EPERM))
            gone = unlinkat(fd, name, AT_REMOVEDIR) == 0;
        if (gone)
            del->entries++;
        else if (errno == ENOTEMPTY || errno == EEXIST)
            full = need(strdup(name));
        else if (errno != ENOENT)
            delete_failed(del, errno == EBUSY ? EXDEV : errno, name);
    }
    closedir(dir);
    return full;
}

static void delete_tree(struct deleting *del, int parent, char *name)
{
    int fd = enter(del, parent, name);
    for (uint64_t turn = 0;; turn++) {
        if (turn % 64 == 0)
            stop_if_nobody_waits(del->conn);
        char *full = delete_entries(del, fd);
        int next;
        if (full) {
            next = enter(del, fd, full);
        } else {
            if (del->depth == 1)
                break;
            struct stat st;
            struct level *up = &del->levels[del->depth - 2];
            next = openat(fd, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
            /* Moved elsewhere meanwhile: what is above it now is nothing that was asked for. */
            if (next < 0 || fstat(next, &st) < 0 || st.st_ino != up->inode || st.st_dev != up->device)
                delete_failed(del, ESTALE, "");
            char *emptied = del->levels[--del->depth].name;
            if (unlinkat(next, emptied, AT_REMOVEDIR) == 0)
                del->entries++;
            else if (errno != ENOTEMPTY && errno != EEXIST && errno != ENOENT)
                delete_failed(del, errno, emptied);
            free(emptied);
        }
        close(fd);
        fd = next;
    }
    close(fd);
}

void serve_delete(int conn, struct in *in)
{
    char *user = get_text(in), *path = take_path(in), *name;
    bool recursive = get_u8(in);
    ask_well_formed(conn, in);
    become_or_fail(conn, user);
    struct deleting del = { .conn = conn, .path = path };
    struct stat st, parent;
    int dir = open_parent(path, &name);
    if (dir < 0 || fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || fstat(dir, &parent) < 0)
        fail(conn, S_FILE, errno, path);
    if (is_mount(dir, name, parent.st_dev))
        fail(conn, S_FILE, EBUSY, path);
    if (S_ISDIR(st.st_mode) && recursive)
        delete_tree(&del, dir, name);
    if (unlinkat(dir, name, S_ISDIR(st.st_mode) ? AT_REMOVEDIR : 0) < 0)
        fail(conn, S_FILE, errno, path);
    struct buf b = { 0 };
    put_u64(&b, del.entries + 1);
    reply(conn, &b);
}
