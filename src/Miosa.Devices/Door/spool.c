/* What a process wrote, as a log of frames in segment files. A cursor is a byte offset into that log. */
#include "door.h"
#include <dirent.h>
#include <sys/uio.h>

static int by_start(const void *a, const void *b)
{
    const struct segment *x = a, *y = b;
    return x->start < y->start ? -1 : x->start > y->start;
}

static void segment_path(char path[PATH_MAX], const char *id, const struct segment *segment)
{
    char name[32];
    snprintf(name, sizeof name, "%016llx.log", (unsigned long long)segment->start);
    record_path(path, segment->root, id, name);
}

int segment_open(const char *id, const struct segment *segment, int flags)
{
    char path[PATH_MAX];
    segment_path(path, id, segment);
    return open(path, flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
}

/* The files themselves say what is kept, so a log can be read with or without its keeper. */
void segments_find(struct segments *found, const char *id)
{
    found->count = 0;
    for (int root = 0; root < 2 && roots[root]; root++) {
        char path[PATH_MAX];
        record_path(path, root, id, "");
        DIR *dir = opendir(path);
        if (!dir)
            continue;
        for (struct dirent *entry; (entry = readdir(dir));) {
            char *end;
            struct segment segment = { .start = strtoull(entry->d_name, &end, 16), .root = root };
            struct stat st;
            if (end != entry->d_name + 16 || strcmp(end, ".log") != 0 || found->count == sizeof found->at / sizeof *found->at)
                continue;
            if (fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(st.st_mode) || st.st_size == 0)
                continue;
            segment.size = (uint64_t)st.st_size;
            found->at[found->count++] = segment;
        }
        closedir(dir);
    }
    qsort(found->at, (size_t)found->count, sizeof *found->at, by_start);
}

uint64_t spool_base(const struct spool *spool)
{
    return spool->kept.count ? spool->kept.at[0].start : spool->end;
}

static struct segment *newest(struct spool *spool)
{
    return spool->kept.count ? &spool->kept.at[spool->kept.count - 1] : NULL;
}

static void drop(struct spool *spool, int index)
{
    char path[PATH_MAX];
    segment_path(path, spool->id, &spool->kept.at[index]);
    unlink(path);
    spool->kept.count--;
    memmove(&spool->kept.at[index], &spool->kept.at[index + 1], (size_t)(spool->kept.count - index) * sizeof *spool->kept.at);
}

static bool spare_is_full(const struct spool *spool)
{
    uint64_t used = 0;
    for (int i = 0; i < spool->kept.count; i++)
        used += spool->kept.at[i].root == 1 ? spool->kept.at[i].size : 0;
    return used >= SPARE_BYTES;
}

static bool roll(struct spool *spool, int root)
{
    struct segment *last = newest(spool);
    if (spool->fd >= 0)
        close(spool->fd);
    spool->fd = -1;
    if (last && last->size == 0)
        drop(spool, spool->kept.count - 1);
    struct segment segment = { .start = spool->end, .root = root };
    char path[PATH_MAX];
    record_path(path, root, spool->id, "");
    if (mkdir(path, 0700) < 0 && errno != EEXIST)
        return false;
    spool->fd = segment_open(spool->id, &segment, O_RDWR | O_CREAT | O_TRUNC);
    if (spool->fd < 0)
        return false;
    spool->kept.at[spool->kept.count++] = segment;
    while (spool->kept.count > SEGMENTS_KEPT)
        drop(spool, 0);
    return true;
}

/* Writes one frame, or as much of it as fits: then its header is set to the length that was kept. Returns the
   payload bytes kept, or -1 when not even the header fits. */
static ssize_t append(struct spool *spool, uint8_t kind, const void *data, uint32_t len)
{
    struct segment *last = newest(spool);
    uint8_t header[FRAME_HEADER];
    frame_header(header, kind, len);
    size_t done = 0, total = sizeof header + len;
    while (done < total) {
        size_t body = done > sizeof header ? done - sizeof header : 0;
        struct iovec parts[] = {
            { header + (sizeof header - (done < sizeof header ? sizeof header - done : 0)), done < sizeof header ? sizeof header - done : 0 },
            { (uint8_t *)data + body, len - body },
        };
        ssize_t n = pwritev(spool->fd, parts, 2, (off_t)(last->size + done));
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        done += (size_t)n;
    }
    if (done < total) {
        if (done <= sizeof header || kind == K_GAP)
            goto undo;
        frame_header(header, kind, (uint32_t)(done - sizeof header));
        if (pwrite(spool->fd, header, sizeof header, (off_t)last->size) != sizeof header)
            goto undo;
    }
    last->size += done;
    spool->end += done;
    return (ssize_t)(done - sizeof header);
undo:
    if (ftruncate(spool->fd, (off_t)last->size) < 0)
        close(spool->fd), spool->fd = -1;
    return -1;
}

static ssize_t append_after_gap(struct spool *spool, uint8_t kind, const uint8_t *data, uint32_t len)
{
    struct segment *last = newest(spool);
    if (spool->fd < 0 || !last)
        return -1;
    if (last->root == 1 && spare_is_full(spool))
        return -1;
    if (spool->gap) {
        struct buf gap = { 0 };
        put_u64(&gap, spool->gap);
        ssize_t kept = append(spool, K_GAP, gap.data, (uint32_t)gap.len);
        free(gap.data);
        if (kept < 0)
            return -1;
        spool->gap = 0;
    }
    return append(spool, kind, data, len);
}

/* False when bytes were lost because there is no room: counted, and marked in the log once there is room again. */
bool spool_write(struct spool *spool, uint8_t kind, const uint8_t *data, uint32_t len)
{
    struct segment *last = newest(spool);
    uint64_t limit = last && last->root == 1 ? SPARE_BYTES / 2 : SEGMENT_BYTES;
    if (!last || spool->fd < 0 || last->size + FRAME_HEADER + len > limit)
        roll(spool, 0);
    ssize_t kept = append_after_gap(spool, kind, data, len);
    if (kept < (ssize_t)len && roots[1] && !spare_is_full(spool)) {
        uint32_t had = kept < 0 ? 0 : (uint32_t)kept;
        last = newest(spool);
        if ((last && last->root == 1 && spool->fd >= 0) || roll(spool, 1)) {
            ssize_t more = append_after_gap(spool, kind, data + had, len - had);
            kept = more < 0 ? kept : (ssize_t)had + more;
        }
    }
    uint32_t lost = len - (kept < 0 ? 0 : (uint32_t)kept);
    spool->dropped += lost;
    spool->gap += lost;
    return lost == 0;
}

/* Reading. Whoever is root in the sandbox can write these files too, so nothing in them is believed. */

struct reader { int fd; uint64_t size, at; size_t len; uint64_t from; uint8_t buffer[OUTPUT_CHUNK]; };

static bool peek(struct reader *reader, uint64_t at, uint8_t *into, size_t len)
{
    if (at < reader->from || at + len > reader->from + reader->len) {
        ssize_t n = pread(reader->fd, reader->buffer, sizeof reader->buffer, (off_t)at);
        reader->from = at;
        reader->len = n > 0 ? (size_t)n : 0;
    }
    if (at + len > reader->from + reader->len)
        return false;
    memcpy(into, reader->buffer + (at - reader->from), len);
    return true;
}

static uint32_t frame_length(const uint8_t header[FRAME_HEADER])
{
    return header[1] | (uint32_t)header[2] << 8 | (uint32_t)header[3] << 16 | (uint32_t)header[4] << 24;
}

/* Adds frames of one segment to the page. A cursor inside a frame gives the rest of that frame, so a reader may stop
   at any byte; `start` is where the page's first byte of payload stands. */
static void read_segment(struct page *page, struct reader *reader, const struct segment *segment, size_t max)
{
    uint64_t at = 0, wanted = page->next - segment->start;
    uint8_t header[FRAME_HEADER];
    while (page->frames.len + FRAME_HEADER < max && peek(reader, at, header, sizeof header)) {
        uint64_t body = at + FRAME_HEADER, len = frame_length(header), end = body + len;
        if (end <= wanted) {
            at = end;
            continue;
        }
        uint64_t from = wanted > body && header[0] != K_GAP ? wanted : body;
        uint64_t available = end < reader->size ? end : reader->size;
        if (available <= from)
            break;
        size_t take = (size_t)(available - from), room = max - page->frames.len - FRAME_HEADER;
        if (header[0] == K_GAP && (take > room || from + take < end))
            break;
        if (take > room)
            take = room;
        if (!page->frames.len)
            page->start = segment->start + from;
        frame_header(header, header[0], (uint32_t)take);
        put(&page->frames, header, sizeof header);
        size_t had = page->frames.len;
        while (take > 0) {
            uint8_t chunk[4096];
            size_t part = take < sizeof chunk ? take : sizeof chunk;
            if (!peek(reader, from, chunk, part))
                break;
            put(&page->frames, chunk, part);
            from += part;
            take -= part;
        }
        if (take > 0)
            frame_header(page->frames.data + had - FRAME_HEADER, header[0], (uint32_t)(page->frames.len - had));
        page->next = segment->start + from;
        wanted = from;
        if (from < end)
            break;
        at = end;
    }
}

void page_read(struct page *page, const char *id, uint64_t cursor, size_t max)
{
    struct segments found;
    segments_find(&found, id);
    page->frames.len = 0;
    page->skipped = 0;
    page->base = found.count ? found.at[0].start : 0;
    page->end = found.count ? found.at[found.count - 1].start + found.at[found.count - 1].size : 0;
    page->start = page->next = cursor > page->end ? page->end : cursor;
    struct reader *reader = need(malloc(sizeof *reader));
    for (int i = 0; i < found.count; i++) {
        struct segment *segment = &found.at[i];
        if (segment->start + segment->size <= page->next)
            continue;
        if (segment->start > page->next) {
            /* Older segments are gone. Only a page's beginning can be told so, so what comes later waits for the next. */
            if (page->frames.len)
                break;
            page->skipped += segment->start - page->next;
            page->start = page->next = segment->start;
        }
        reader->fd = segment_open(id, segment, O_RDONLY);
        if (reader->fd < 0)
            continue;
        reader->size = segment->size;
        reader->from = reader->len = 0;
        read_segment(page, reader, segment, max);
        close(reader->fd);
        if (page->next < segment->start + segment->size)
            break;
    }
    free(reader);
}
