/* Who a request acts as: names from the sandbox's own /etc/passwd and /etc/group, and the rights that go with them. */
#include "door.h"
#include <grp.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

enum { DATABASE_BYTES = 1 << 20 };

/* The next line's next field, in place; NULL where the line has no more. */
static char *field(char **line) { return *line ? strsep(line, ":") : NULL; }

static bool number(const char *text, uint32_t *value)
{
    char *end;
    errno = 0;
    unsigned long v = text && *text ? strtoul(text, &end, 10) : ULONG_MAX;
    if (v >= UINT32_MAX || errno || *end)
        return false;
    *value = (uint32_t)v;
    return true;
}

static bool find_passwd(struct user *user, char *text)
{
    if (slurp("/etc/passwd", text, DATABASE_BYTES) < 0)
        return false;
    for (char *line; (line = strsep(&text, "\n"));) {
        char *name = field(&line);
        if (strcmp(name, user->name) != 0)
            continue;
        field(&line);
        return number(field(&line), &user->uid) && number(field(&line), &user->gid);
    }
    return false;
}

static void find_groups(struct user *user, char *text)
{
    user->groups[user->count++] = user->gid;
    if (slurp("/etc/group", text, DATABASE_BYTES) < 0)
        return;
    for (char *line; (line = strsep(&text, "\n"));) {
        field(&line);
        field(&line);
        gid_t gid;
        if (!number(field(&line), &gid) || gid == user->gid)
            continue;
        for (char *members = field(&line), *member; (member = strsep(&members, ","));)
            if (strcmp(member, user->name) == 0 && user->count < 64)
                user->groups[user->count++] = gid;
    }
}

/* getpwnam would load NSS modules, which a static program cannot and a sandbox must not be asked for. */
int find_user(const char *name, struct user *user)
{
    memset(user, 0, sizeof *user);
    if (!*name || strlen(name) >= sizeof user->name)
        return ENOENT;
    strcpy(user->name, name);
    char *text = need(malloc(DATABASE_BYTES));
    bool root = strcmp(name, "root") == 0;
    bool found = root || find_passwd(user, text);
    if (found)
        find_groups(user, text);
    free(text);
    return found ? 0 : ENOENT;
}

static int drop_bounding(int capability)
{
    int held = prctl(PR_CAPBSET_READ, capability);
    if (held <= 0)
        return held;
    return prctl(PR_CAPBSET_DROP, capability);
}

static int keep_capabilities(uint64_t keep)
{
    struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
    struct __user_cap_data_struct caps[2] = { 0 };
    if (syscall(SYS_capget, &header, caps) < 0)
        return -1;
    for (int i = 0; i < 2; i++) {
        caps[i].permitted &= (uint32_t)(keep >> (32 * i));
        caps[i].effective &= (uint32_t)(keep >> (32 * i));
        caps[i].inheritable = 0;
    }
    return (int)syscall(SYS_capset, &header, caps);
}

/* Anyone but root ends with no capability at all, and with no way to get one: the bounding set goes first,
   while there is still the right to shrink it. Root keeps what the runtime left it, without CAP_SETPCAP. */
int become(const struct user *user)
{
    bool root = strcmp(user->name, "root") == 0;
    if (root) {
        if (drop_bounding(CAP_SETPCAP) < 0)
            return errno;
    } else {
        for (int capability = 0; capability < 64; capability++)
            if (drop_bounding(capability) < 0) {
                if (errno == EINVAL)
                    break;
                return errno;
            }
    }
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    if (setgroups((size_t)user->count, user->groups) < 0
        || setresgid(user->gid, user->gid, user->gid) < 0
        || setresuid(user->uid, user->uid, user->uid) < 0
        || keep_capabilities(root ? ~(1ULL << CAP_SETPCAP) : 0) < 0)
        return errno;
    return 0;
}

void become_or_fail(int conn, const char *name)
{
    struct user user;
    int error = find_user(name, &user);
    if (error)
        fail(conn, S_USER, error, name);
    error = become(&user);
    if (error)
        fail(conn, S_IDENTITY, error, name);
    umask(022);
}
