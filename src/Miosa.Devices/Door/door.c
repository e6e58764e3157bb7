/*
 * miosa-door: process 1 of a sandbox, and the one way in. The host asks over a unix stream socket; the door runs
 * commands, keeps their output and does all file work inside the sandbox, as one of its users. So no path can name
 * anything of the host, and no process depends on the host's life.
 *
 * A connection carries one request: accept, fork, and the child (the handler) reads it, serves it and ends. Process 1
 * itself parses nothing.
 *
 *   request   u32 length (at most 1 MiB), then: u8 protocol, u8 verb, and the verb's fields.
 *   fields    u8, u32, u64 little-endian; bytes = u32 length + bytes; list = u32 count + that many bytes.
 *   reply     frames: u8 kind, u32 length, payload. The connection closes after the last one.
 *
 *     1 OUT, 2 ERR   what a process wrote (a terminal's output is OUT)
 *     3 GAP          u64: so many bytes it wrote were never stored, because there was no room
 *     4 SKIP         u64: the log goes on at this cursor; what was before is no longer kept
 *     16 OK          the answer          19 EXIT      record
 *     17 ERROR       u8 stage, u32 errno, bytes detail
 *     18 STARTED     u32 pid, u64 started (ms since 1970)
 *     20 DATA        a part of a file    21 END       no more items or data
 *     22 ITEM        one of a list       23 CHANGES   what a watch saw     24 OVERFLOW  it missed some
 *
 * A process's log is these very frames 1 to 3, one after the other; a cursor is a byte offset into it. A cursor inside
 * a frame is allowed and means the rest of that frame.
 *
 *   record    id, user, command (bytes each); u8 status (1 running, 2 exited, 3 signaled, 4 lost); u8 flags (1 timed
 *             out, 2 out of memory, 4 terminal, 8 input open, 16 ended with the sandbox); u32 exit code or signal;
 *             u32 pid; u32 descendants left; u64 each: started, ended (ms), cpu µs, max RSS KiB, stdout bytes,
 *             stderr bytes, bytes lost for want of room, base cursor, end cursor
 *   stat      u8 type (f d l p s c b); u32 mode, uid, gid, links; u64 size, mtime ns, inode, device; bytes link target
 *
 *   1 info                                                      → OK bytes version, bytes boot; u64 uptime ms;
 *                                                                 u32 processes; u64 memory used, limit (0 unknown);
 *                                                                 u8 whether every orphan stays with its keeper
 *   2 start   id, user, cwd; list env, argv; u8 stdin (0 none, 1 inline, 2 open); bytes inline; u32 rows, columns
 *             (0 no terminal); u32 hard timeout ms (0 none)     → STARTED, OUT | ERR | GAP | SKIP ..., EXIT
 *   3 tail    id; u64 cursor; u32 max, wait ms; u8 until exit   → OK record; u64 cursor of the first byte given,
 *                                                                 next cursor, log bytes no longer kept; bytes frames
 *   4 list                                                      → ITEM record ..., END
 *   5 input   id; u8 close; bytes                               → OK u32 bytes taken
 *   6 signal  id; u32 signal; u8 whole tree                     → OK u32
 *   7 resize  id; u32 rows, columns                             → OK u32
 *
 *   File verbs begin with the user they act as.
 *   16 stat   user, path; u8 follow                             → OK stat
 *   17 read   user, path; u64 offset, length; u8 any type       → OK stat; DATA ..., END
 *   18 write  user, path; u8 flags (1 make parents, 2 append, 4 must be new, 8 must match, 16 sync, 32 set mode);
 *             u32 mode; u64 inode, size, mtime ns; then frames DATA ..., END from the host
 *                                                               → OK u8 replaced at once; stat
 *   19 list   user, path; u32 depth, max; u8 hidden; list skip  → ITEM path, stat ...,
 *                                                                 END u8 truncated, u32 unreadable directories
 *   20 mkdir  user, path; u8 parents; u32 mode                  → OK u8 made
 *   21 rename user, from, to; u8 overwrite                      → OK
 *   22 copy   user, from, to; u8 overwrite                      → OK u64 entries, bytes
 *   23 delete user, path; u8 recursive                          → OK u64 entries
 *   24 watch  user, path; u8 recursive; list ignore             → OK u32 directories watched, not watched;
 *                                                                 CHANGES (u32 not watched; u32 count; each: u8 kind
 *                                                                 (1 created, 2 modified, 3 deleted, 4 renamed, 5 the
 *                                                                 root itself is gone), u8 directory, path, old path)
 *
 * Modes: --fd N            listen on an inherited socket (crun, runc)
 *        --listen PATH     bind here; only uid 0 may connect (gVisor, tests)
 *        --relay PATH      copy stdin and stdout to and from such a socket
 *        --namespace A:N   hold a user namespace of the N ids from A on, until stdin closes
 *        --state DIR       where records are kept (default /.miosa)
 *        --spare DIR       in memory: for sockets, and for all else when the disk is full
 *        --grace MS        how long processes may take to end at SIGTERM
 */
#include "door.h"
#include <dirent.h>
#include <poll.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

enum { REQUEST_MS = 10000, STREAM_MS = 60000, ADDRESS_ROOM = 30, PRUNE_EVERY = 256, RESERVE_MS = 1000 };

int shutdown_grace_ms = 5000;
static int64_t born;
static char boot[33];

static void socket_timeout(int conn, int option, int ms)
{
    struct timeval timeout = { ms / 1000, ms % 1000 * 1000 };
    setsockopt(conn, SOL_SOCKET, option, &timeout, sizeof timeout);
}

/* ---- a handler ---- */

static void memory(uint64_t *used, uint64_t *limit)
{
    static const char *const files[][2] = {
        { "/sys/fs/cgroup/memory.current", "/sys/fs/cgroup/memory.max" },
        { "/sys/fs/cgroup/memory/memory.usage_in_bytes", "/sys/fs/cgroup/memory/memory.limit_in_bytes" },
    };
    char text[64];
    *used = *limit = 0;
    for (int i = 0; i < 2 && !*used; i++) {
        if (slurp(files[i][0], text, sizeof text) > 0)
            *used = strtoull(text, NULL, 10);
        if (slurp(files[i][1], text, sizeof text) > 0)
            *limit = strtoull(text, NULL, 10);
    }
    if (*limit > 1ULL << 60)
        *limit = 0;
}

static void serve_info(int conn)
{
    uint32_t processes = 0;
    uint64_t used, limit;
    DIR *proc = opendir("/proc");
    for (struct dirent *entry; proc && (entry = readdir(proc));)
        processes += entry->d_name[0] >= '1' && entry->d_name[0] <= '9';
    memory(&used, &limit);
    struct buf b = { 0 };
    put_text(&b, DOOR_VERSION);
    put_text(&b, boot);
    put_u64(&b, (uint64_t)(now_ms() - born));
    put_u32(&b, processes);
    put_u64(&b, used);
    put_u64(&b, limit);
    put_u8(&b, adopts_orphans);
    reply(conn, &b);
}

/* Reads a request up to its verb; 0 when nothing can be made of it, and then the host has been told. */
static uint8_t read_request(int conn, struct in *in, int patience)
{
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    socket_timeout(conn, SO_RCVTIMEO, patience);
    socket_timeout(conn, SO_SNDTIMEO, STREAM_MS);
    uint8_t header[4];
    if (!read_all(conn, header, sizeof header))
        _exit(0);
    struct in size = { header, header + sizeof header, false };
    uint32_t len = get_u32(&size);
    if (len < 2 || len > MAX_REQUEST)
        fail(conn, S_REQUEST, EMSGSIZE, "length");
    uint8_t *request = need(malloc(len));
    if (!read_all(conn, request, len))
        _exit(0);
    socket_timeout(conn, SO_RCVTIMEO, STREAM_MS);
    *in = (struct in){ request, request + len, false };
    if (get_u8(in) != PROTOCOL)
        fail(conn, S_REQUEST, EPROTONOSUPPORT, "protocol");
    return get_u8(in);
}

static _Noreturn void serve_verb(int conn, uint8_t verb, struct in in)
{
    switch (verb) {
    case V_INFO: serve_info(conn); break;
    case V_START: serve_start(conn, &in); break;
    case V_TAIL: serve_tail(conn, &in); break;
    case V_LIST: serve_list(conn); break;
    case V_INPUT: serve_input(conn, &in); break;
    case V_SIGNAL: serve_signal(conn, &in); break;
    case V_RESIZE: serve_resize(conn, &in); break;
    case V_STAT: serve_stat(conn, &in); break;
    case V_READ: serve_read(conn, &in); break;
    case V_WRITE: serve_write(conn, &in); break;
    case V_LIST_FILES: serve_list_files(conn, &in); break;
    case V_MKDIR: serve_mkdir(conn, &in); break;
    case V_RENAME: serve_rename(conn, &in); break;
    case V_COPY: serve_copy(conn, &in); break;
    case V_DELETE: serve_delete(conn, &in); break;
    case V_WATCH: serve_watch(conn, &in); break;
    default: fail(conn, S_REQUEST, ENOSYS, "verb");
    }
    _exit(0);
}

static _Noreturn void handle(int conn)
{
    struct in in;
    uint8_t verb = read_request(conn, &in, REQUEST_MS);
    serve_verb(conn, verb, in);
}

/* ---- process 1 ---- */

static int listener = -1, signals = -1, reserve = -1;
static pid_t reserve_pid;
static bool check_peer;

static void forget_what_is_process_1s(void)
{
    close(listener);
    close(signals);
    if (reserve >= 0)
        close(reserve);
}

/* All that process 1 ever says itself: a constant. */
static void turn_away(int conn)
{
    struct buf b = { 0 };
    uint8_t header[FRAME_HEADER];
    put_u8(&b, S_SPAWN);
    put_u32(&b, EAGAIN);
    put_text(&b, "fork");
    frame_header(header, K_ERROR, (uint32_t)b.len);
    if (send(conn, header, sizeof header, MSG_NOSIGNAL | MSG_DONTWAIT) > 0)
        send(conn, b.data, b.len, MSG_NOSIGNAL | MSG_DONTWAIT);
    free(b.data);
    /* Closing with the request unread would reset the connection before the answer is read. */
    char unread[4096];
    while (recv(conn, unread, sizeof unread, MSG_DONTWAIT) > 0) { }
}

/* A handler held back for the day when nothing can be forked any more: with it a fork bomb can still be killed. So it
   serves signals, and no other request can use it up. */
static _Noreturn void wait_in_reserve(int from)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (;;) {
        char byte, control[CMSG_SPACE(sizeof(int))];
        struct iovec part = { &byte, 1 };
        struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control };
        ssize_t n = recvmsg(from, &message, MSG_CMSG_CLOEXEC);
        struct cmsghdr *found = n > 0 ? CMSG_FIRSTHDR(&message) : NULL;
        if (n < 0 && errno == EINTR)
            continue;
        if (!found || found->cmsg_type != SCM_RIGHTS)
            _exit(0);
        int conn;
        struct in in;
        memcpy(&conn, CMSG_DATA(found), sizeof conn);
        uint8_t verb = read_request(conn, &in, RESERVE_MS);
        if (verb == V_SIGNAL)
            serve_verb(conn, verb, in);
        turn_away(conn);
        close(conn);
        free((void *)(in.at - 2));
    }
}

static void keep_reserve(void)
{
    int pair[2];
    if (reserve >= 0 || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
        return;
    pid_t pid = fork();
    if (pid == 0) {
        forget_what_is_process_1s();
        close(pair[0]);
        wait_in_reserve(pair[1]);
    }
    close(pair[1]);
    if (pid < 0) {
        close(pair[0]);
        return;
    }
    reserve = pair[0];
    reserve_pid = pid;
}

static void lose_reserve(void)
{
    close(reserve);
    reserve = -1;
    reserve_pid = 0;
}

static bool hand_to_reserve(int conn)
{
    if (reserve < 0)
        return false;
    char byte = 0, control[CMSG_SPACE(sizeof(int))] = { 0 };
    struct iovec part = { &byte, 1 };
    struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control };
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof conn);
    memcpy(CMSG_DATA(header), &conn, sizeof conn);
    return sendmsg(reserve, &message, MSG_NOSIGNAL | MSG_DONTWAIT) > 0;
}

static bool allowed(int conn)
{
    struct ucred peer;
    socklen_t size = sizeof peer;
    return !check_peer || (getsockopt(conn, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.uid == 0);
}

static void prune_aside(void)
{
    if (fork() == 0) {
        forget_what_is_process_1s();
        prune();
        _exit(0);
    }
}

static void accept_one(void)
{
    static unsigned count;
    int conn = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    if (conn < 0)
        return;
    if (allowed(conn)) {
        pid_t pid = fork();
        if (pid == 0) {
            forget_what_is_process_1s();
            handle(conn);
        }
        if (pid < 0 && !hand_to_reserve(conn))
            turn_away(conn);
    }
    close(conn);
    if (count++ % PRUNE_EVERY == 0)
        prune_aside();
}

static bool reap_children(void)
{
    for (pid_t pid; (pid = waitpid(-1, NULL, WNOHANG)) != 0;) {
        if (pid < 0)
            return false;
        if (pid == reserve_pid)
            lose_reserve();
    }
    return true;
}

static void end_children(int signal)
{
    struct processes found = { 0 };
    pid_t self = getpid();
    find_descendants(&found, self);
    for (size_t i = 0; i < found.count; i++)
        if (found.all[i].parent == self)
            kill(found.all[i].pid, signal);
    free(found.all);
}

/* Each keeper ends its own process and writes down how; what is then still there has no keeper. */
static _Noreturn void shut_down(void)
{
    close(listener);
    if (reserve >= 0)
        lose_reserve();
    end_children(SIGTERM);
    int64_t until = now_ms() + shutdown_grace_ms + 2000, left;
    while (reap_children() && (left = until - now_ms()) > 0) {
        struct signalfd_siginfo info;
        poll(&(struct pollfd){ signals, POLLIN, 0 }, 1, (int)left);
        while (read(signals, &info, sizeof info) > 0) { }
    }
    if (reap_children())
        kill_descendants(reap_children);
    _exit(0);
}

/* The kernel maps far more of the program than waiting needs, and counts it; what is needed comes back by itself. */
static void give_back_code(void)
{
    extern char __executable_start, __etext;
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), from = (uintptr_t)&__executable_start & ~(page - 1);
    madvise((void *)from, ((uintptr_t)&__etext - from) & ~(page - 1), MADV_DONTNEED);
}

static _Noreturn void serve(void)
{
    give_back_code();
    for (;;) {
        keep_reserve();
        struct pollfd polled[] = { { signals, POLLIN, 0 }, { listener, POLLIN, 0 } };
        poll(polled, 2, reserve < 0 ? RESERVE_MS : -1);
        struct signalfd_siginfo info;
        while (polled[0].revents && read(signals, &info, sizeof info) == sizeof info)
            if (info.ssi_signo != SIGCHLD)
                shut_down();
        if (polled[0].revents)
            reap_children();
        if (polled[1].revents)
            accept_one();
    }
}

/* ---- beginning ---- */

static _Noreturn void die(const char *what)
{
    dprintf(2, "miosa-door: %s: %s\n", what, strerror(errno));
    _exit(1);
}

static int address(struct sockaddr_un *to, const char *path)
{
    *to = (struct sockaddr_un){ .sun_family = AF_UNIX };
    if (strlen(path) >= sizeof to->sun_path) {
        errno = ENAMETOOLONG;
        die(path);
    }
    strcpy(to->sun_path, path);
    return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

static int bind_here(const char *path)
{
    struct sockaddr_un to;
    int fd = address(&to, path);
    umask(0177);
    unlink(path);
    if (fd < 0 || bind(fd, (struct sockaddr *)&to, sizeof to) < 0 || listen(fd, 512) < 0)
        die(path);
    return fd;
}

/* Ends when either side does: who asked has then gone, or has its whole answer. A door that takes no more (it has
   refused half-way through a body) may still have its answer on the way. */
static _Noreturn void relay(const char *path)
{
    static uint8_t chunk[OUTPUT_CHUNK];
    struct sockaddr_un to;
    int fd = address(&to, path);
    signal(SIGPIPE, SIG_IGN);
    if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) < 0)
        die(path);
    struct pollfd polled[] = { { 0, POLLIN, 0 }, { fd, POLLIN, 0 } };
    for (;;) {
        poll(polled, 2, -1);
        if (polled[1].revents) {
            ssize_t n = read(fd, chunk, sizeof chunk);
            if (n <= 0 || !write_all(1, chunk, (size_t)n))
                _exit(0);
        }
        if (polled[0].revents) {
            ssize_t n = read(0, chunk, sizeof chunk);
            if (n <= 0)
                _exit(0);
            if (!write_all(fd, chunk, (size_t)n))
                polled[0].fd = -1;
        }
    }
}

/* A directory that only root can have made, for nobody else's eyes. */
static bool own_directory(const char *path)
{
    struct stat st;
    if (mkdir(path, 0700) < 0 && errno != EEXIST)
        return false;
    if (lstat(path, &st) < 0 || !S_ISDIR(st.st_mode) || st.st_uid != geteuid()) {
        errno = EPERM;
        return false;
    }
    return chmod(path, 0700) == 0;
}

static void name_this_boot(void)
{
    uint8_t raw[16];
    if (getrandom(raw, sizeof raw, 0) != sizeof raw)
        die("getrandom");
    for (size_t i = 0; i < sizeof raw; i++)
        snprintf(boot + 2 * i, 3, "%02x", raw[i]);
}

int main(int argc, char **argv)
{
    const char *bind_path = NULL, *state = "/.miosa", *spare = NULL;
    for (int i = 1; i < argc; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : NULL;
        if (strcmp(argv[i], "--version") == 0) {
            static const char version[] = "miosa-door " DOOR_VERSION "\n";
            return !write_all(1, version, sizeof version - 1);
        }
        if (!value) {
            errno = EINVAL;
            die(argv[i]);
        }
        if (strcmp(argv[i], "--fd") == 0)
            listener = atoi(value);
        else if (strcmp(argv[i], "--listen") == 0)
            bind_path = value;
        else if (strcmp(argv[i], "--relay") == 0)
            relay(value);
        else if (strcmp(argv[i], "--namespace") == 0)
            hold_namespace(value);
        else if (strcmp(argv[i], "--state") == 0)
            state = value;
        else if (strcmp(argv[i], "--spare") == 0)
            spare = value;
        else if (strcmp(argv[i], "--grace") == 0)
            shutdown_grace_ms = atoi(value);
        else {
            errno = EINVAL;
            die(argv[i]);
        }
        i++;
    }
    born = now_ms();
    prctl(PR_SET_DUMPABLE, 0);
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    int subreaper = 0;
    adopts_orphans = prctl(PR_GET_CHILD_SUBREAPER, &subreaper, 0, 0, 0) == 0 && subreaper;
    for (int number = 1; number < NSIG; number++)
        signal(number, SIG_DFL);
    signal(SIGPIPE, SIG_IGN);
    if (strlen(state) > ADDRESS_ROOM || (spare && strlen(spare) > ADDRESS_ROOM)) {
        errno = ENAMETOOLONG;
        die("--state, --spare");
    }
    umask(077);
    if (!own_directory(state))
        die(state);
    roots[0] = state;
    roots[1] = spare && own_directory(spare) ? spare : NULL;
    name_this_boot();
    check_peer = bind_path != NULL;
    if (bind_path)
        listener = bind_here(bind_path);
    if (listener < 0 || fcntl(listener, F_SETFD, FD_CLOEXEC) < 0)
        die("--fd or --listen");
    fcntl(listener, F_SETFL, fcntl(listener, F_GETFL) | O_NONBLOCK);

    sigset_t watched;
    sigemptyset(&watched);
    sigaddset(&watched, SIGCHLD);
    sigaddset(&watched, SIGTERM);
    sigaddset(&watched, SIGINT);
    sigprocmask(SIG_BLOCK, &watched, NULL);
    signals = signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK);
    if (signals < 0)
        die("signalfd");
    umask(022);
    serve();
}
