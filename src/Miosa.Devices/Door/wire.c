/* Bytes in, bytes out: the encoding of requests, replies and records. All numbers are little-endian. */
#include "door.h"
#include <sys/socket.h>
#include <time.h>

void *need(void *memory)
{
    if (!memory)
        _exit(71);
    return memory;
}

void put(struct buf *b, const void *data, size_t len)
{
    if (b->len + len > b->cap) {
        b->cap = (b->len + len) * 2;
        b->data = need(realloc(b->data, b->cap));
    }
    if (len)
        memcpy(b->data + b->len, data, len);
    b->len += len;
}

void put_u8(struct buf *b, uint8_t v) { put(b, &v, 1); }

void put_u32(struct buf *b, uint32_t v)
{
    uint8_t raw[4] = { v, v >> 8, v >> 16, v >> 24 };
    put(b, raw, 4);
}

void put_u64(struct buf *b, uint64_t v)
{
    put_u32(b, (uint32_t)v);
    put_u32(b, (uint32_t)(v >> 32));
}

void put_bytes(struct buf *b, const void *data, size_t len)
{
    put_u32(b, (uint32_t)len);
    put(b, data, len);
}

void put_text(struct buf *b, const char *text) { put_bytes(b, text, strlen(text)); }

/* After the first short read everything is zero and `bad` stays set, so a parser checks once, at its end. */
static const uint8_t *take(struct in *in, size_t len)
{
    static const uint8_t nothing[8];
    if (in->bad || (size_t)(in->end - in->at) < len) {
        in->bad = true;
        return nothing;
    }
    const uint8_t *at = in->at;
    in->at += len;
    return at;
}

uint8_t get_u8(struct in *in) { return *take(in, 1); }

uint32_t get_u32(struct in *in)
{
    const uint8_t *p = take(in, 4);
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

uint64_t get_u64(struct in *in)
{
    uint64_t low = get_u32(in);
    return low | (uint64_t)get_u32(in) << 32;
}

struct span get_bytes(struct in *in)
{
    uint32_t len = get_u32(in);
    const uint8_t *data = take(in, len);
    return (struct span){ data, in->bad ? 0 : len };
}

/* A NUL inside would cut the name short, so what is asked and what is done would differ. */
char *get_text(struct in *in)
{
    struct span s = get_bytes(in);
    if (memchr(s.data, 0, s.len))
        in->bad = true;
    char *text = need(malloc(s.len + 1));
    memcpy(text, s.data, s.len);
    text[s.len] = 0;
    return text;
}

char **get_list(struct in *in, uint32_t max)
{
    uint32_t count = get_u32(in);
    if (count > max || count > (size_t)(in->end - in->at) / 4)
        in->bad = true;
    if (in->bad)
        count = 0;
    char **list = need(calloc(count + 1, sizeof *list));
    for (uint32_t i = 0; i < count; i++)
        list[i] = get_text(in);
    return list;
}

void frame_header(uint8_t header[FRAME_HEADER], uint8_t kind, uint32_t len)
{
    header[0] = kind;
    for (int i = 0; i < 4; i++)
        header[1 + i] = (uint8_t)(len >> (8 * i));
}

bool read_all(int fd, void *data, size_t len)
{
    for (uint8_t *at = data; len > 0;) {
        ssize_t n = read(fd, at, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        at += n;
        len -= (size_t)n;
    }
    return true;
}

bool write_all(int fd, const void *data, size_t len)
{
    for (const uint8_t *at = data; len > 0;) {
        ssize_t n = write(fd, at, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        at += n;
        len -= (size_t)n;
    }
    return true;
}

/* Nobody is left to tell when the host has gone, so the handler just ends. */
void send_frame(int conn, uint8_t kind, const void *data, size_t len)
{
    uint8_t header[FRAME_HEADER];
    frame_header(header, kind, (uint32_t)len);
    struct iovec parts[] = { { header, sizeof header }, { (void *)data, len } };
    struct msghdr message = { .msg_iov = parts, .msg_iovlen = 2 };
    ssize_t n = sendmsg(conn, &message, MSG_NOSIGNAL);
    if (n < 0)
        _exit(0);
    size_t sent = (size_t)n;
    if (sent < sizeof header) {
        if (!write_all(conn, header + sent, sizeof header - sent))
            _exit(0);
        sent = sizeof header;
    }
    sent -= sizeof header;
    if (!write_all(conn, (const uint8_t *)data + sent, len - sent))
        _exit(0);
}

void reply(int conn, const struct buf *b)
{
    send_frame(conn, K_OK, b->data, b->len);
    _exit(0);
}

void fail(int conn, enum stage stage, int error, const char *detail)
{
    struct buf b = { 0 };
    put_u8(&b, (uint8_t)stage);
    put_u32(&b, (uint32_t)error);
    put_text(&b, detail ? detail : "");
    send_frame(conn, K_ERROR, b.data, b.len);
    _exit(0);
}

void ask_well_formed(int conn, const struct in *in)
{
    if (in->bad || in->at != in->end)
        fail(conn, S_REQUEST, EBADMSG, "malformed request");
}

static int64_t clock_ms(clockid_t id)
{
    struct timespec t;
    clock_gettime(id, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t now_ms(void) { return clock_ms(CLOCK_MONOTONIC); }
int64_t wall_ms(void) { return clock_ms(CLOCK_REALTIME); }

/* A small file as text. O_NONBLOCK: whoever is root in the sandbox may have put a FIFO in its place. */
ssize_t slurp(const char *path, char *into, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return -1;
    size_t len = 0;
    ssize_t n;
    while (len < size - 1 && (n = read(fd, into + len, size - 1 - len)) > 0)
        len += (size_t)n;
    close(fd);
    into[len] = 0;
    return (ssize_t)len;
}
