/* The handler of `start` becomes the process's keeper: it starts it, stores and streams what it writes, feeds it,
   kills it when told or when its time is over, and stays until the last descendant is gone. */
#include "door.h"
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <termios.h>

enum {
    CLIENTS = 16, INPUT_QUEUE = 256 << 10, LIVE_BYTES_PER_TURN = 512 << 10,
    TICK_MS = 500, TERM_GRACE_MS = 2000, STALLED_HOST_MS = 60000,
};

static struct {
    struct record rec;
    struct spool spool;
    pid_t pid;
    bool exited, childless, saved, ending;
    int out, err, in, sig, ctl, clients[CLIENTS];
    uint8_t *queue;
    size_t queued;
    bool close_input;
    int64_t deadline, kill_at, stalled_since;
    uint64_t oom_kills;
    /* The starting connection: a reader of the log like any other, fed straight from memory while it keeps up. */
    int conn, live_fd;
    struct segment live_segment;
    uint64_t live_at, exit_at;
    struct buf head;
    size_t head_sent;
    bool exit_queued;
} k;

static uint64_t oom_kills(void)
{
    static const char *const files[] = { "/sys/fs/cgroup/memory.events", "/sys/fs/cgroup/memory/memory.oom_control" };
    char text[1024], *at;
    for (int i = 0; i < 2; i++)
        if (slurp(files[i], text, sizeof text) > 0 && (at = strstr(text, "oom_kill ")))
            return strtoull(at + 9, NULL, 10);
    return 0;
}

/* ---- starting ---- */

static void preview(const struct order *order)
{
    size_t len = 0, size = sizeof k.rec.command;
    for (char **arg = order->argv; *arg && len + 1 < size; arg++) {
        int n = snprintf(k.rec.command + len, size - len, len ? " %s" : "%s", *arg);
        len = n < 0 || (size_t)n >= size - len ? size - 1 : len + (size_t)n;
    }
}

static void start(const struct order *order, const struct user *user)
{
    struct command command;
    struct refusal refusal = command_start(&command, order, user);
    if (refusal.stage) {
        record_remove(k.rec.id);
        fail(k.conn, refusal.stage, refusal.error, refusal.detail);
    }
    k.in = command.in;
    k.out = command.out;
    k.err = command.err;
    k.pid = command.pid;
    k.rec.pid = (uint32_t)k.pid;
    own_session = adopts_orphans ? 0 : k.pid;
}

/* ---- the process's end ---- */

static void save(void)
{
    k.rec.base = spool_base(&k.spool);
    k.rec.end = k.spool.end;
    k.rec.dropped = k.spool.dropped;
    k.saved = record_save(&k.rec);
}

/* Reaps what has died; false when no child is left, which is the proof that every descendant is gone. */
static int main_status;
static bool main_died;

static bool reap(void)
{
    for (;;) {
        int status;
        struct rusage usage;
        pid_t pid = wait4(-1, &status, WNOHANG, &usage);
        if (pid == 0)
            return true;
        if (pid < 0)
            return errno != ECHILD || (!adopts_orphans && count_descendants(getpid()) > 0);
        if (pid != k.pid || k.exited || main_died)
            continue;
        main_died = true;
        main_status = status;
        k.rec.ended = wall_ms();
        k.rec.maxrss_kb = (uint64_t)usage.ru_maxrss;
        k.rec.cpu_us = (uint64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000
            + (uint64_t)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
    }
}

/* ---- the host's connection ---- */

static void hang_up(void)
{
    if (k.conn >= 0)
        close(k.conn);
    if (k.live_fd >= 0)
        close(k.live_fd);
    k.conn = k.live_fd = -1;
}

static void queue_head(uint8_t kind, const struct buf *b)
{
    uint8_t header[FRAME_HEADER];
    frame_header(header, kind, (uint32_t)b->len);
    put(&k.head, header, sizeof header);
    put(&k.head, b->data, b->len);
}

static ssize_t send_live(const void *data, size_t len)
{
    ssize_t n = send(k.conn, data, len, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n < 0 && errno != EAGAIN && errno != EINTR)
        hang_up();
    if (n > 0)
        k.stalled_since = k.exited ? now_ms() : 0;
    return n;
}

/* Opens the segment that `live_at` is in. It stays open when the log moves on and deletes it, so a frame once begun
   is always finished; only between segments can a slow host fall behind, and then it is told what it missed. */
static bool open_live(void)
{
    struct stat st;
    if (k.live_fd >= 0 && fstat(k.live_fd, &st) == 0)
        k.live_segment.size = (uint64_t)st.st_size;
    if (k.live_fd >= 0 && k.live_at < k.live_segment.start + k.live_segment.size)
        return true;
    for (int i = 0; i < k.spool.kept.count; i++) {
        struct segment *segment = &k.spool.kept.at[i];
        if (segment->start + segment->size <= k.live_at)
            continue;
        if (segment->start > k.live_at) {
            struct buf b = { 0 };
            put_u64(&b, segment->start);
            queue_head(K_SKIP, &b);
            free(b.data);
            k.live_at = segment->start;
        }
        if (k.live_fd >= 0)
            close(k.live_fd);
        k.live_segment = *segment;
        k.live_fd = segment_open(k.spool.id, segment, O_RDONLY);
        return k.live_fd >= 0;
    }
    return false;
}

static void pump_live(void)
{
    static uint8_t chunk[OUTPUT_CHUNK];
    size_t sent = 0;
    while (k.conn >= 0 && sent < LIVE_BYTES_PER_TURN) {
        uint64_t until = k.exited ? k.exit_at : k.spool.end;
        ssize_t n;
        if (k.head_sent < k.head.len) {
            n = send_live(k.head.data + k.head_sent, k.head.len - k.head_sent);
            if (n <= 0)
                return;
            k.head_sent += (size_t)n;
            if (k.head_sent == k.head.len)
                k.head.len = k.head_sent = 0;
        } else if (k.live_at < until) {
            if (!open_live()) {
                hang_up();
                return;
            }
            if (k.head.len)
                continue;
            uint64_t left = k.live_segment.start + k.live_segment.size - k.live_at;
            size_t want = left < sizeof chunk ? (size_t)left : sizeof chunk;
            if (want > until - k.live_at)
                want = (size_t)(until - k.live_at);
            n = pread(k.live_fd, chunk, want, (off_t)(k.live_at - k.live_segment.start));
            if (n <= 0) {
                hang_up();
                return;
            }
            n = send_live(chunk, (size_t)n);
            if (n <= 0)
                return;
            k.live_at += (uint64_t)n;
            sent += (size_t)n;
        } else if (k.exited && !k.exit_queued) {
            struct buf b = { 0 };
            put_record(&b, &k.rec);
            queue_head(K_EXIT, &b);
            free(b.data);
            k.exit_queued = true;
        } else {
            if (k.exit_queued)
                hang_up();
            return;
        }
    }
}

static bool live_waits(void)
{
    return k.conn >= 0 && (k.head_sent < k.head.len || k.live_at < (k.exited ? k.exit_at : k.spool.end) || k.exited);
}

/* ---- output ---- */

static void store(uint8_t kind, const uint8_t *data, uint32_t len)
{
    uint64_t before = k.spool.end;
    bool caught_up = k.conn >= 0 && !k.exited && k.live_at == before && k.head.len == 0;
    *(kind == K_OUT ? &k.rec.out_bytes : &k.rec.err_bytes) += len;
    bool whole = spool_write(&k.spool, kind, data, len);
    if (!caught_up || !whole || k.spool.end != before + FRAME_HEADER + len)
        return;
    uint8_t header[FRAME_HEADER];
    frame_header(header, kind, len);
    struct iovec parts[] = { { header, sizeof header }, { (void *)data, len } };
    struct msghdr message = { .msg_iov = parts, .msg_iovlen = 2 };
    ssize_t n = sendmsg(k.conn, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n > 0)
        k.live_at += (uint64_t)n;
    else if (errno != EAGAIN && errno != EINTR)
        hang_up();
}

/* Reads at most `most` bytes of a stream; closes it at its end. A terminal says EIO when its last user is gone. */
static void read_output(int *fd, uint8_t kind, size_t most)
{
    static uint8_t chunk[OUTPUT_CHUNK];
    for (size_t done = 0; *fd >= 0 && done < most;) {
        size_t want = most - done < sizeof chunk ? most - done : sizeof chunk;
        ssize_t n = read(*fd, chunk, want);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN)
            return;
        if (n <= 0) {
            close(*fd);
            *fd = -1;
            return;
        }
        store(kind, chunk, (uint32_t)n);
        done += (size_t)n;
    }
}

/* What was written before the exit, and no more: a daemon that holds the pipe may write for ever. */
static void drain(int *fd, uint8_t kind)
{
    int available = 0;
    if (*fd < 0)
        return;
    if (k.rec.flags & F_TERMINAL) {
        poll(&(struct pollfd){ *fd, POLLIN, 0 }, 1, 0);
        read_output(fd, kind, 1 << 20);
    } else if (ioctl(*fd, FIONREAD, &available) == 0 && available > 0) {
        read_output(fd, kind, (size_t)available);
    }
}

/* ---- input ---- */

static void close_input(void)
{
    if (k.in >= 0)
        close(k.in);
    k.in = -1;
    k.queued = 0;
    k.rec.flags &= (uint8_t)~F_INPUT_OPEN;
}

static void pump_input(void)
{
    while (k.in >= 0 && k.queued) {
        ssize_t n = write(k.in, k.queue, k.queued);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            if (errno != EAGAIN)
                close_input();
            return;
        }
        k.queued -= (size_t)n;
        memmove(k.queue, k.queue + n, k.queued);
    }
    if (k.close_input)
        close_input();
}

/* A terminal has no end of file to send down, only the character that stands for it. */
static uint32_t take_input(const uint8_t *data, size_t len, bool close_after)
{
    size_t room = k.queued < INPUT_QUEUE ? INPUT_QUEUE - k.queued : 0;
    size_t taken = len < room ? len : room;
    k.queue = need(realloc(k.queue, k.queued + taken + 1));
    memcpy(k.queue + k.queued, data, taken);
    k.queued += taken;
    if (close_after && taken == len) {
        if (k.rec.flags & F_TERMINAL)
            k.queue[k.queued++] = 4;
        else
            k.close_input = true;
    }
    pump_input();
    return (uint32_t)taken;
}

/* ---- orders ---- */

static int send_signal(int signal, bool tree)
{
    if (signal < 1 || signal >= NSIG)
        return EINVAL;
    if (tree && signal == SIGKILL) {
        return kill_descendants(reap) ? 0 : EBUSY;
    }
    /* Once the leader is reaped its number may be someone else's, so then the group is looked for among our own. */
    if (tree || main_died)
        return signal_descendants(getpid(), signal, tree ? 0 : k.pid) ? 0 : ESRCH;
    return kill(-k.pid, signal) < 0 ? errno : 0;
}

static void answer(int client, struct in *in)
{
    struct buf b = { 0 };
    uint8_t op = get_u8(in);
    if (op == CTL_STATUS) {
        struct record now = k.rec;
        now.base = spool_base(&k.spool);
        now.end = k.spool.end;
        now.dropped = k.spool.dropped;
        put_u32(&b, 0);
        put_record(&b, &now);
    } else if (op == CTL_INPUT) {
        bool close_after = get_u8(in);
        struct span data = get_bytes(in);
        bool open = k.in >= 0 && !k.close_input && !in->bad;
        put_u32(&b, open ? 0 : EPIPE);
        put_u32(&b, open ? take_input(data.data, data.len, close_after) : 0);
    } else if (op == CTL_SIGNAL) {
        int signal = (int)get_u32(in);
        put_u32(&b, (uint32_t)send_signal(signal, get_u8(in)));
        put_u32(&b, 0);
    } else {
        struct winsize size = { .ws_row = (uint16_t)get_u32(in), .ws_col = (uint16_t)get_u32(in) };
        bool resized = k.rec.flags & F_TERMINAL && k.out >= 0 && ioctl(k.out, TIOCSWINSZ, &size) == 0;
        put_u32(&b, resized ? 0 : ENOTTY);
        put_u32(&b, 0);
    }
    send(client, b.data, b.len, MSG_NOSIGNAL | MSG_DONTWAIT);
    free(b.data);
}

static void serve_client(int *client)
{
    static uint8_t packet[OUTPUT_CHUNK];
    ssize_t n = recv(*client, packet, sizeof packet, MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    struct in in = { packet, packet + (n > 0 ? n : 0), false };
    if (n > 0)
        answer(*client, &in);
    close(*client);
    *client = -1;
}

/* ---- time ---- */

static void end_now(void)
{
    k.deadline = 0;
    k.kill_at = kill_descendants(reap) ? 0 : now_ms() + TICK_MS;
}

static void look_at_the_clock(void)
{
    int64_t now = now_ms();
    if (k.deadline && now >= k.deadline && !main_died) {
        k.deadline = 0;
        k.kill_at = now + TERM_GRACE_MS;
        k.rec.flags |= F_TIMED_OUT;
        kill(-k.pid, SIGTERM);
        kill(-k.pid, SIGCONT);
    }
    if (k.kill_at && now >= k.kill_at)
        end_now();
    if (k.stalled_since && now - k.stalled_since > STALLED_HOST_MS)
        hang_up();
}

static void end_with_the_door(void)
{
    if (k.ending)
        return;
    k.ending = true;
    k.rec.flags |= F_ENDED_BY_DOOR;
    k.kill_at = now_ms() + shutdown_grace_ms;
    signal_descendants(getpid(), SIGTERM, 0);
}

/* How long to sleep. Time in which the whole sandbox was frozen is not the process's, so with a deadline the keeper
   wakes now and then, and an overlong sleep moves the deadline. */
static int patience(void)
{
    int64_t now = now_ms(), wait = INT_MAX;
    if (k.deadline && k.deadline - now < wait)
        wait = k.deadline - now > TICK_MS ? TICK_MS : k.deadline - now;
    if (k.kill_at && k.kill_at - now < wait)
        wait = k.kill_at - now;
    if ((k.exited && !k.saved) || k.stalled_since || (k.exited && !adopts_orphans))
        wait = wait < 1000 ? wait : 1000;
    return wait == INT_MAX ? -1 : wait < 0 ? 0 : (int)wait;
}

static void read_signals(void)
{
    struct signalfd_siginfo info;
    while (read(k.sig, &info, sizeof info) == sizeof info)
        if (info.ssi_signo == SIGTERM)
            end_with_the_door();
}

static void note_exit(void)
{
    bool alive = reap();
    k.childless = !alive;
    if (!main_died || k.exited)
        return;
    drain(&k.out, K_OUT);
    drain(&k.err, K_ERR);
    close_input();
    k.rec.status = WIFSIGNALED(main_status) ? SIGNALED : EXITED;
    k.rec.code = WIFSIGNALED(main_status) ? WTERMSIG(main_status) : WEXITSTATUS(main_status);
    if (k.rec.status == SIGNALED && k.rec.code == SIGKILL && oom_kills() > k.oom_kills)
        k.rec.flags |= F_OUT_OF_MEMORY;
    k.deadline = 0;
    /* After a hard timeout nothing stays, also when the process itself went politely. */
    if (alive && k.rec.flags & F_TIMED_OUT)
        end_now(), k.childless = !reap();
    k.rec.remaining = k.childless ? 0 : (uint32_t)count_descendants(getpid());
    k.rec.base = spool_base(&k.spool);
    k.rec.end = k.exit_at = k.spool.end;
    k.rec.dropped = k.spool.dropped;
    k.exited = true;
    k.stalled_since = k.conn >= 0 ? now_ms() : 0;
    pump_live();
    save();
}

static void leave(void)
{
    char path[PATH_MAX];
    bool unsaved = !k.saved, grown = k.rec.remaining || k.spool.end != k.exit_at;
    if (grown || unsaved) {
        k.rec.remaining = 0;
        save();
        if (!k.saved && !k.ending)
            return;
    }
    control_path(path, k.rec.id);
    unlink(path);
    close(k.ctl);
    if (k.spool.end > SEGMENT_BYTES)
        prune();
    _exit(0);
}

static void keep(void)
{
    for (;;) {
        enum { SIG, CTL, OUT, ERR, IN, CONN, FIRST };
        struct pollfd polled[FIRST + CLIENTS];
        int free_slot = -1;
        for (int i = 0; i < CLIENTS; i++) {
            polled[FIRST + i] = (struct pollfd){ k.clients[i], POLLIN, 0 };
            if (k.clients[i] < 0)
                free_slot = i;
        }
        polled[SIG] = (struct pollfd){ k.sig, POLLIN, 0 };
        polled[CTL] = (struct pollfd){ free_slot < 0 ? -1 : k.ctl, POLLIN, 0 };
        polled[OUT] = (struct pollfd){ k.out, POLLIN, 0 };
        polled[ERR] = (struct pollfd){ k.err, POLLIN, 0 };
        polled[IN] = (struct pollfd){ k.queued ? k.in : -1, POLLOUT, 0 };
        polled[CONN] = (struct pollfd){ k.conn, (short)(POLLRDHUP | (live_waits() ? POLLOUT : 0)), 0 };
        int patient = patience();
        int64_t before = now_ms();
        poll(polled, FIRST + CLIENTS, patient);
        int64_t late = now_ms() - before - patient;
        if (patient >= 0 && late > TICK_MS && k.deadline)
            k.deadline += late;

        if (polled[CONN].revents & (POLLRDHUP | POLLHUP | POLLERR))
            hang_up();
        if (polled[OUT].revents)
            read_output(&k.out, K_OUT, 4 * OUTPUT_CHUNK);
        if (polled[ERR].revents)
            read_output(&k.err, K_ERR, 4 * OUTPUT_CHUNK);
        if (polled[IN].revents)
            pump_input();
        for (int i = 0; i < CLIENTS; i++)
            if (k.clients[i] >= 0 && polled[FIRST + i].revents)
                serve_client(&k.clients[i]);
        if (polled[CTL].revents)
            k.clients[free_slot] = accept4(k.ctl, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (polled[SIG].revents)
            read_signals();
        look_at_the_clock();
        if (polled[SIG].revents || main_died)
            note_exit();
        if (live_waits())
            pump_live();
        if (k.exited && !k.saved)
            save();
        if (k.exited && k.childless && (k.conn < 0 || k.ending)) {
            read_output(&k.out, K_OUT, 1 << 20);
            read_output(&k.err, K_ERR, 1 << 20);
            leave();
        }
    }
}

static void parse_order(int conn, struct in *in, struct order *order)
{
    char *id = get_text(in);
    order->user = get_text(in);
    order->cwd = get_text(in);
    order->env = get_list(in, 4096);
    order->argv = get_list(in, 65536);
    order->input = get_u8(in);
    order->data = get_bytes(in);
    order->rows = (uint16_t)get_u32(in);
    order->columns = (uint16_t)get_u32(in);
    order->timeout = get_u32(in);
    ask_well_formed(conn, in);
    if (!valid_id(id) || !order->argv[0] || order->input > 2 || order->cwd[0] != '/')
        fail(conn, S_REQUEST, EINVAL, "id, argv, stdin or cwd");
    strcpy(k.rec.id, id);
    free(id);
}

void serve_start(int conn, struct in *in)
{
    struct order order;
    struct user user;
    k.out = k.err = k.in = k.ctl = k.live_fd = -1;
    k.conn = conn;
    memset(k.clients, -1, sizeof k.clients);
    parse_order(conn, in, &order);
    int error = find_user(order.user, &user);
    if (error)
        fail(conn, S_USER, error, order.user);
    strcpy(k.rec.user, user.name);
    preview(&order);
    k.rec.status = RUNNING;
    k.rec.flags = (uint8_t)((order.rows ? F_TERMINAL : 0) | (order.rows || order.input == 2 ? F_INPUT_OPEN : 0));
    k.rec.started = wall_ms();
    k.spool.id = k.rec.id;
    k.spool.fd = -1;
    umask(077);
    error = record_create(&k.rec, &k.ctl);
    if (error)
        fail(conn, S_RECORD, error, k.rec.id);

    sigset_t watched;
    sigemptyset(&watched);
    sigaddset(&watched, SIGCHLD);
    sigaddset(&watched, SIGTERM);
    sigprocmask(SIG_BLOCK, &watched, NULL);
    k.sig = signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK);
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    k.oom_kills = oom_kills();
    start(&order, &user);

    if (order.input == 1 || (order.rows && order.data.len)) {
        /* Inline data is bounded by the request, so it may fill the queue beyond what later input may. */
        k.queue = need(malloc(order.data.len + 1));
        memcpy(k.queue, order.data.data, order.data.len);
        k.queued = order.data.len;
        if (order.rows)
            k.queue[k.queued++] = 4;
        else
            k.close_input = true;
        pump_input();
    }
    if (order.timeout)
        k.deadline = now_ms() + order.timeout;
    fcntl(conn, F_SETFL, O_NONBLOCK);
    struct buf b = { 0 };
    put_u32(&b, k.rec.pid);
    put_u64(&b, (uint64_t)k.rec.started);
    queue_head(K_STARTED, &b);
    free(b.data);
    pump_live();
    keep();
}
