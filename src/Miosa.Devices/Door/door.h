/* What the parts of miosa-door share. The protocol itself is described at the top of door.c. */
#ifndef DOOR_H
#define DOOR_H

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#define DOOR_VERSION "1.0"

enum {
    PROTOCOL = 1,
    MAX_REQUEST = 1 << 20,
    MAX_BODY_FRAME = 1 << 18,
    MAX_PAGE = 1 << 20,
    MAX_WAIT_MS = 50000,
    FRAME_HEADER = 5,
    ID_SIZE = 65,
    OUTPUT_CHUNK = 64 << 10,
    SEGMENT_BYTES = 4 << 20,
    SEGMENTS_KEPT = 16,
    SPARE_BYTES = 2 << 20,
    RECORDS_KEPT = 1000,
    SPOOL_BYTES_KEPT = 256 << 20,
};

enum verb {
    V_INFO = 1, V_START, V_TAIL, V_LIST, V_INPUT, V_SIGNAL, V_RESIZE,
    V_STAT = 16, V_READ, V_WRITE, V_LIST_FILES, V_MKDIR, V_RENAME, V_COPY, V_DELETE, V_WATCH,
};

enum kind {
    K_OUT = 1, K_ERR, K_GAP, K_SKIP,
    K_OK = 16, K_ERROR, K_STARTED, K_EXIT, K_DATA, K_END, K_ITEM, K_CHANGES, K_OVERFLOW,
};

/* Where a request failed. The errno alone cannot tell a missing command from a missing directory. */
enum stage {
    S_REQUEST = 1, S_USER, S_IDENTITY, S_RECORD, S_TERMINAL, S_SPAWN, S_DIRECTORY, S_COMMAND, S_PROCESS, S_FILE, S_CONDITION,
};

/* wire.c */
struct buf { uint8_t *data; size_t len, cap; };
struct span { const uint8_t *data; size_t len; };
struct in { const uint8_t *at, *end; bool bad; };

void put(struct buf *b, const void *data, size_t len);
void put_u8(struct buf *b, uint8_t v);
void put_u32(struct buf *b, uint32_t v);
void put_u64(struct buf *b, uint64_t v);
void put_bytes(struct buf *b, const void *data, size_t len);
void put_text(struct buf *b, const char *text);
uint8_t get_u8(struct in *in);
uint32_t get_u32(struct in *in);
uint64_t get_u64(struct in *in);
struct span get_bytes(struct in *in);
char *get_text(struct in *in);
char **get_list(struct in *in, uint32_t max);
void frame_header(uint8_t header[FRAME_HEADER], uint8_t kind, uint32_t len);
bool read_all(int fd, void *data, size_t len);
bool write_all(int fd, const void *data, size_t len);
void send_frame(int conn, uint8_t kind, const void *data, size_t len);
_Noreturn void reply(int conn, const struct buf *b);
_Noreturn void fail(int conn, enum stage stage, int error, const char *detail);
void ask_well_formed(int conn, const struct in *in);
void *need(void *memory);
int64_t now_ms(void);
int64_t wall_ms(void);
ssize_t slurp(const char *path, char *into, size_t size);

/* users.c */
struct user { char name[33]; uid_t uid; gid_t gid; int count; gid_t groups[64]; };
int find_user(const char *name, struct user *user);
int become(const struct user *user);
void become_or_fail(int conn, const char *name);

/* tree.c */
extern bool adopts_orphans;
extern pid_t own_session;
struct process { pid_t pid, parent, group, session; char state; bool ours; };
struct processes { struct process *all; size_t count, cap; bool unsettled; };
void find_descendants(struct processes *found, pid_t of);
int count_descendants(pid_t of);
int signal_descendants(pid_t of, int signal, pid_t only_group);
bool kill_descendants(bool (*reap)(void));

/* records.c */
enum status { RUNNING = 1, EXITED, SIGNALED, LOST };
enum { F_TIMED_OUT = 1, F_OUT_OF_MEMORY = 2, F_TERMINAL = 4, F_INPUT_OPEN = 8, F_ENDED_BY_DOOR = 16 };
struct record {
    char id[ID_SIZE], user[33], command[257];
    uint8_t status, flags;
    int32_t code;
    uint32_t pid, remaining;
    int64_t started, ended;
    uint64_t cpu_us, maxrss_kb, out_bytes, err_bytes, dropped, base, end;
};
enum { CTL_STATUS = 1, CTL_INPUT, CTL_SIGNAL, CTL_RESIZE };

extern const char *roots[2];
bool valid_id(const char *id);
void record_path(char path[PATH_MAX], int root, const char *id, const char *name);
int record_create(const struct record *rec, int *ctl);
void control_path(char path[PATH_MAX], const char *id);
bool record_save(const struct record *rec);
void record_remove(const char *id);
void put_record(struct buf *b, const struct record *rec);
void prune(void);
void serve_tail(int conn, struct in *in);
void serve_list(int conn);
void serve_input(int conn, struct in *in);
void serve_signal(int conn, struct in *in);
void serve_resize(int conn, struct in *in);

/* spool.c */
struct segment { uint64_t start, size; int root; };
struct segments { struct segment at[2 * SEGMENTS_KEPT + 8]; int count; };
struct spool {
    const char *id;
    int fd;
    struct segments kept;
    uint64_t end, dropped, gap;
};
void segments_find(struct segments *found, const char *id);
int segment_open(const char *id, const struct segment *segment, int flags);
uint64_t spool_base(const struct spool *spool);
bool spool_write(struct spool *spool, uint8_t kind, const uint8_t *data, uint32_t len);
struct page { uint64_t base, start, next, end, skipped; struct buf frames; };
void page_read(struct page *page, const char *id, uint64_t cursor, size_t max);

/* command.c */
struct order { char *user, *cwd, **env, **argv; uint8_t input; struct span data; uint16_t rows, columns; uint32_t timeout; };
struct command { pid_t pid; int in, out, err; };
/* Why there is no command; without a stage there is one. */
struct refusal { enum stage stage; int error; const char *detail; };
struct refusal command_start(struct command *command, const struct order *order, const struct user *user);

/* keeper.c */
extern int shutdown_grace_ms;
void serve_start(int conn, struct in *in);

/* namespace.c */
_Noreturn void hold_namespace(const char *range);

/* files.c, changes.c, watch.c */
void serve_stat(int conn, struct in *in);
void serve_read(int conn, struct in *in);
void serve_write(int conn, struct in *in);
void serve_list_files(int conn, struct in *in);
void serve_mkdir(int conn, struct in *in);
void serve_rename(int conn, struct in *in);
void serve_copy(int conn, struct in *in);
void serve_delete(int conn, struct in *in);
void serve_watch(int conn, struct in *in);
int make_directories(const char *path, mode_t mode, bool *made);
void put_stat(struct buf *b, const struct stat *st, const char *target);
char *read_link(int dir, const char *name);
char *join(const char *left, const char *right);
char *take_path(struct in *in);
bool named_in(char *const *names, const char *name);

#endif
