/* The records of processes: what was started, how it stands, what it wrote. A directory each, below the state
   directory: `state`, the log's segments, and while its keeper lives the socket `ctl`. */
#include "door.h"
#include <dirent.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/un.h>

enum { STATE_VERSION = 1, INPUT_PACKET = 32 << 10, SIGNAL_MS = 25000 };

const char *roots[2];

bool valid_id(const char *id)
{
    size_t len = strlen(id);
    return len > 0 && len < ID_SIZE
        && strspn(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-") == len;
}

void record_path(char path[PATH_MAX], int root, const char *id, const char *name)
{
    snprintf(path, PATH_MAX, "%s/%s/%s", roots[root], id, name);
}

void put_record(struct buf *b, const struct record *rec)
{
    put_text(b, rec->id);
    put_text(b, rec->user);
    put_text(b, rec->command);
    put_u8(b, rec->status);
    put_u8(b, rec->flags);
    put_u32(b, (uint32_t)rec->code);
    put_u32(b, rec->pid);
    put_u32(b, rec->remaining);
    put_u64(b, (uint64_t)rec->started);
    put_u64(b, (uint64_t)rec->ended);
    put_u64(b, rec->cpu_us);
    put_u64(b, rec->maxrss_kb);
    put_u64(b, rec->out_bytes);
    put_u64(b, rec->err_bytes);
    put_u64(b, rec->dropped);
    put_u64(b, rec->base);
    put_u64(b, rec->end);
}

static void get_short(struct in *in, char *into, size_t size)
{
    struct span s = get_bytes(in);
    size_t len = s.len < size ? s.len : size - 1;
    memcpy(into, s.data, len);
    into[len] = 0;
}

static bool get_record(struct in *in, struct record *rec)
{
    get_short(in, rec->id, sizeof rec->id);
    get_short(in, rec->user, sizeof rec->user);
    get_short(in, rec->command, sizeof rec->command);
    rec->status = get_u8(in);
    rec->flags = get_u8(in);
    rec->code = (int32_t)get_u32(in);
    rec->pid = get_u32(in);
    rec->remaining = get_u32(in);
    rec->started = (int64_t)get_u64(in);
    rec->ended = (int64_t)get_u64(in);
    rec->cpu_us = get_u64(in);
    rec->maxrss_kb = get_u64(in);
    rec->out_bytes = get_u64(in);
    rec->err_bytes = get_u64(in);
    rec->dropped = get_u64(in);
    rec->base = get_u64(in);
    rec->end = get_u64(in);
    return !in->bad && in->at == in->end && rec->status >= RUNNING && rec->status <= LOST;
}

static uint32_t checksum(const struct buf *b)
{
    uint32_t sum = 2166136261u;
    for (size_t i = 0; i < b->len; i++)
        sum = (sum ^ b->data[i]) * 16777619u;
    return sum;
}

/* One write over what is there: the length of a record never changes, and while its keeper lives nobody reads the
   file. The checksum is for a machine that stops in the middle. */
static int write_state(int root, const struct record *rec, int flags)
{
    struct buf b = { 0 };
    char path[PATH_MAX];
    put_u8(&b, STATE_VERSION);
    put_record(&b, rec);
    put_u32(&b, checksum(&b));
    record_path(path, root, rec->id, "state");
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | flags, 0600);
    errno = fd < 0 ? errno : ENOSPC;
    int error = fd >= 0 && write_all(fd, b.data, b.len) ? 0 : errno;
    if (fd >= 0)
        close(fd);
    free(b.data);
    return error;
}

/* A state in the spare directory is newer by rule: it is there only while the disk refuses the other one. */
bool record_save(const struct record *rec)
{
    char path[PATH_MAX];
    bool saved = write_state(0, rec, 0) == 0;
    if (!roots[1])
        return saved;
    record_path(path, 1, rec->id, "");
    if (!saved)
        return (mkdir(path, 0700) == 0 || errno == EEXIST) && write_state(1, rec, 0) == 0;
    record_path(path, 1, rec->id, "state");
    unlink(path);
    return true;
}

/* In memory where there is such a place: a socket's name is two changes to a disk for nothing. */
void control_path(char path[PATH_MAX], const char *id)
{
    if (roots[1])
        snprintf(path, PATH_MAX, "%s/%s.ctl", roots[1], id);
    else
        record_path(path, 0, id, "ctl");
}

static int create_in(int root, const struct record *rec, int *ctl)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    char path[PATH_MAX];
    record_path(path, root, rec->id, "");
    if (mkdir(path, 0700) < 0)
        return errno;
    control_path(path, rec->id);
    if (strlen(path) >= sizeof address.sun_path)
        return ENAMETOOLONG;
    strcpy(address.sun_path, path);
    unlink(path);
    *ctl = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (*ctl < 0 || bind(*ctl, (struct sockaddr *)&address, sizeof address) < 0 || listen(*ctl, 64) < 0)
        return errno;
    return write_state(root, rec, O_EXCL);
}

/* The state comes last: who finds one must find its keeper's socket too, or take the process for lost. */
int record_create(const struct record *rec, int *ctl)
{
    int error = ENOENT;
    char other[PATH_MAX];
    struct stat st;
    if (roots[1]) {
        record_path(other, 1, rec->id, "");
        if (stat(other, &st) == 0)
            return EEXIST;
    }
    for (int root = 0; root < 2 && roots[root]; root++) {
        error = create_in(root, rec, ctl);
        if (error == 0 || error == EEXIST)
            return error;
        if (*ctl >= 0)
            close(*ctl);
        *ctl = -1;
        record_remove(rec->id);
    }
    return error;
}

void record_remove(const char *id)
{
    char path[PATH_MAX];
    for (int root = 0; root < 2 && roots[root]; root++) {
        record_path(path, root, id, "");
        DIR *dir = opendir(path);
        if (!dir)
            continue;
        for (struct dirent *entry; (entry = readdir(dir));)
            if (entry->d_name[0] != '.')
                unlinkat(dirfd(dir), entry->d_name, 0);
        closedir(dir);
        rmdir(path);
    }
    control_path(path, id);
    unlink(path);
}

/* One question to a keeper, one packet each way. A socket that nobody listens on means that the keeper is gone:
   the kernel's own answer, which no reused process id can fake. */
static int ask_keeper(const char *id, const struct buf *question, struct buf *answer, int timeout_ms)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    char path[PATH_MAX];
    control_path(path, id);
    if (strlen(path) >= sizeof address.sun_path)
        return ENAMETOOLONG;
    strcpy(address.sun_path, path);
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return errno;
    struct timeval timeout = { timeout_ms / 1000, timeout_ms % 1000 * 1000 };
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout);
    uint8_t packet[4096];
    ssize_t n = connect(fd, (struct sockaddr *)&address, sizeof address);
    if (n == 0)
        n = send(fd, question->data, question->len, MSG_NOSIGNAL);
    if (n >= 0)
        n = recv(fd, packet, sizeof packet, 0);
    int error = n < 0 ? errno : n == 0 ? ECONNREFUSED : 0;
    close(fd);
    answer->len = 0;
    put(answer, packet, n > 0 ? (size_t)n : 0);
    return error;
}

static bool load_state(const char *id, struct record *rec)
{
    for (int root = 1; root >= 0; root--) {
        char path[PATH_MAX], text[1024];
        if (!roots[root])
            continue;
        record_path(path, root, id, "state");
        ssize_t n = slurp(path, text, sizeof text);
        if (n < 5)
            continue;
        struct buf whole = { (uint8_t *)text, (size_t)n - 4, 0 };
        struct in sum = { (uint8_t *)text + n - 4, (uint8_t *)text + n, false };
        struct in in = { (uint8_t *)text, (uint8_t *)text + n - 4, false };
        if (get_u32(&sum) == checksum(&whole) && get_u8(&in) == STATE_VERSION && get_record(&in, rec) && strcmp(rec->id, id) == 0)
            return true;
    }
    return false;
}

/* The keeper knows best while it lives; then its last word; and a process that is "running" without one is lost. */
static int find_record(const char *id, struct record *rec, bool *kept)
{
    struct buf question = { 0 }, answer = { 0 };
    put_u8(&question, CTL_STATUS);
    int error = ask_keeper(id, &question, &answer, 2000);
    struct in in = { answer.data, answer.data + answer.len, false };
    *kept = !error && get_u32(&in) == 0 && get_record(&in, rec);
    bool silent = error == EAGAIN;
    free(question.data);
    free(answer.data);
    if (*kept)
        return 0;
    if (!load_state(id, rec))
        return ENOENT;
    if (silent)
        *kept = true;
    else if (rec->status == RUNNING)
        rec->status = LOST;
    rec->remaining = *kept ? rec->remaining : 0;
    return 0;
}

static char *get_id(int conn, struct in *in)
{
    char *id = get_text(in);
    if (in->bad || !valid_id(id))
        fail(conn, S_REQUEST, EINVAL, "id");
    return id;
}

void serve_tail(int conn, struct in *in)
{
    char *id = get_id(conn, in);
    uint64_t cursor = get_u64(in);
    uint32_t max = get_u32(in), wait = get_u32(in);
    bool until_exit = get_u8(in);
    ask_well_formed(conn, in);
    max = max > MAX_PAGE ? MAX_PAGE : max < 64 ? 64 : max;
    int64_t until = now_ms() + (wait > MAX_WAIT_MS ? MAX_WAIT_MS : wait);
    int events = -1;
    for (;;) {
        if (events >= 0) {
            char ignored[4096];
            while (read(events, ignored, sizeof ignored) > 0) { }
        }
        /* The state first: what ended before has its whole output in the log. */
        struct record rec;
        struct page page = { 0 };
        bool kept;
        int error = find_record(id, &rec, &kept);
        if (error)
            fail(conn, S_PROCESS, error, id);
        page_read(&page, id, cursor, max);
        bool full = page.frames.len + FRAME_HEADER >= max;
        int64_t left = until - now_ms();
        if (rec.status != RUNNING || full || (page.frames.len && !until_exit) || page.skipped || left <= 0) {
            struct buf b = { 0 };
            rec.base = page.base;
            rec.end = page.end;
            put_record(&b, &rec);
            put_u64(&b, page.start);
            put_u64(&b, page.next);
            put_u64(&b, page.skipped);
            put_bytes(&b, page.frames.data, page.frames.len);
            reply(conn, &b);
        }
        free(page.frames.data);
        if (events < 0 && (events = inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) >= 0) {
            bool watching = false;
            for (int root = 0; root < 2 && roots[root]; root++) {
                char path[PATH_MAX];
                record_path(path, root, id, "");
                watching |= inotify_add_watch(events, path, IN_MODIFY | IN_CREATE | IN_MOVED_TO | IN_DELETE) >= 0;
            }
            if (watching)
                continue;
            close(events);
            events = -1;
        }
        /* Too many watches in this sandbox: look again now and then. */
        struct pollfd polled[] = { { conn, POLLRDHUP, 0 }, { events, POLLIN, 0 } };
        int longest = events >= 0 ? 1000 : 50;
        if (poll(polled, 2, left < longest ? (int)left : longest) > 0 && polled[0].revents)
            _exit(0);
    }
}

static bool is_record(const struct dirent *entry) { return entry->d_name[0] != '.' && valid_id(entry->d_name); }

static void list_root(int conn, int root)
{
    DIR *dir = opendir(roots[root]);
    if (!dir)
        return;
    for (struct dirent *entry; (entry = readdir(dir));) {
        char path[PATH_MAX];
        struct stat st;
        struct record rec;
        struct buf b = { 0 };
        bool kept;
        if (!is_record(entry))
            continue;
        record_path(path, 0, entry->d_name, "");
        if (root == 1 && stat(path, &st) == 0)
            continue;
        if (find_record(entry->d_name, &rec, &kept))
            continue;
        if (rec.status == LOST) {
            struct page page = { 0 };
            page_read(&page, rec.id, UINT64_MAX, 0);
            rec.base = page.base;
            rec.end = page.end;
        }
        put_record(&b, &rec);
        send_frame(conn, K_ITEM, b.data, b.len);
        free(b.data);
    }
    closedir(dir);
}

void serve_list(int conn)
{
    for (int root = 0; root < 2 && roots[root]; root++)
        list_root(conn, root);
    send_frame(conn, K_END, NULL, 0);
}

/* Asks the keeper; an answer that is an errno ends the request with it. Returns the number in the answer. */
static uint32_t order_keeper(int conn, const char *id, const struct buf *order)
{
    struct buf answer = { 0 };
    int error = ask_keeper(id, order, &answer, SIGNAL_MS);
    if (error == ECONNREFUSED || error == ENOENT) {
        struct record rec;
        error = load_state(id, &rec) ? ESRCH : ENOENT;
    }
    struct in in = { answer.data, answer.data + answer.len, false };
    if (!error)
        error = (int)get_u32(&in);
    if (error)
        fail(conn, S_PROCESS, error, id);
    return get_u32(&in);
}

static _Noreturn void reply_number(int conn, uint32_t number)
{
    struct buf b = { 0 };
    put_u32(&b, number);
    reply(conn, &b);
}

void serve_input(int conn, struct in *in)
{
    char *id = get_id(conn, in);
    bool close_after = get_u8(in);
    struct span data = get_bytes(in);
    ask_well_formed(conn, in);
    uint32_t taken = 0;
    do {
        struct buf order = { 0 };
        size_t part = data.len - taken < INPUT_PACKET ? data.len - taken : INPUT_PACKET;
        put_u8(&order, CTL_INPUT);
        put_u8(&order, close_after && taken + part == data.len);
        put_bytes(&order, data.data + taken, part);
        uint32_t now = order_keeper(conn, id, &order);
        free(order.data);
        taken += now;
        if (now < part)
            break;
    } while (taken < data.len);
    reply_number(conn, taken);
}

void serve_signal(int conn, struct in *in)
{
    char *id = get_id(conn, in);
    struct buf order = { 0 };
    put_u8(&order, CTL_SIGNAL);
    put_u32(&order, get_u32(in));
    put_u8(&order, get_u8(in));
    ask_well_formed(conn, in);
    reply_number(conn, order_keeper(conn, id, &order));
}

void serve_resize(int conn, struct in *in)
{
    char *id = get_id(conn, in);
    struct buf order = { 0 };
    put_u8(&order, CTL_RESIZE);
    put_u32(&order, get_u32(in));
    put_u32(&order, get_u32(in));
    ask_well_formed(conn, in);
    reply_number(conn, order_keeper(conn, id, &order));
}

struct ended { char id[ID_SIZE]; int64_t ended; uint64_t bytes; };

static int by_end(const void *a, const void *b)
{
    const struct ended *x = a, *y = b;
    return x->ended < y->ended ? -1 : x->ended > y->ended;
}

/* What a record says of its log's size, except where nobody was left to write it down. */
static uint64_t log_size(const struct record *rec)
{
    struct segments segments;
    uint64_t bytes = 0;
    if (rec->status != RUNNING)
        return rec->end - rec->base;
    segments_find(&segments, rec->id);
    for (int i = 0; i < segments.count; i++)
        bytes += segments.at[i].size;
    return bytes;
}

static bool still_kept(const char *id)
{
    struct record rec;
    bool kept;
    return find_record(id, &rec, &kept) == 0 && kept;
}

/* Forgets the processes that ended first, until what is left is few enough and small enough. It runs beside other
   work, and often: so it reads each record once, and asks keepers only about what it is about to delete. */
void prune(void)
{
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/.prune", roots[0]);
    int lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (lock >= 0 && flock(lock, LOCK_EX | LOCK_NB) < 0)
        return;
    struct ended *all = NULL;
    size_t count = 0, cap = 0;
    uint64_t bytes = 0;
    for (int root = 0; root < 2 && roots[root]; root++) {
        DIR *dir = opendir(roots[root]);
        for (struct dirent *entry; dir && (entry = readdir(dir));) {
            struct record rec;
            if (!is_record(entry) || !load_state(entry->d_name, &rec))
                continue;
            struct ended one = { .ended = rec.ended ? rec.ended : rec.started, .bytes = log_size(&rec) };
            strcpy(one.id, rec.id);
            bytes += one.bytes;
            if (count == cap) {
                cap = cap ? cap * 2 : 256;
                all = need(realloc(all, cap * sizeof *all));
            }
            all[count++] = one;
        }
        if (dir)
            closedir(dir);
    }
    if (count)
        qsort(all, count, sizeof *all, by_end);
    size_t left = count;
    for (size_t i = 0; i < count && (left > RECORDS_KEPT || bytes > SPOOL_BYTES_KEPT); i++) {
        if (still_kept(all[i].id))
            continue;
        record_remove(all[i].id);
        bytes -= all[i].bytes < bytes ? all[i].bytes : bytes;
        left--;
    }
    free(all);
    if (lock >= 0)
        close(lock);
}
