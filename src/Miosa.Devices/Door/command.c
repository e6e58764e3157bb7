/* Turns an order into a running command, with pipes or a terminal to it. */
#include "door.h"
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <linux/close_range.h>

#define OOM_SCORE "500"

/* Set by the child, in the memory that it shares with its keeper until it has become the command. */
static volatile struct { uint8_t stage; int error; } failure;

static _Noreturn void give_up(enum stage stage, int error)
{
    failure.stage = (uint8_t)stage;
    failure.error = error;
    _exit(127);
}

/* All at once where the kernel can; else one by one, which needs no /proc. */
static void close_others_at_exec(void)
{
    if (syscall(SYS_close_range, 3U, ~0U, CLOSE_RANGE_CLOEXEC) == 0)
        return;
    for (int fd = 3; fd < 1024; fd++)
        fcntl(fd, F_SETFD, FD_CLOEXEC);
}

/* Runs between vfork and exec: only system calls, and nothing of the keeper's is changed. The memory is shared, but
   not dumpable, so the user that this becomes cannot trace it. */
static _Noreturn void run(const struct order *order, const struct user *user, const int stdio[3])
{
    sigset_t none;
    sigemptyset(&none);
    sigaction(SIGPIPE, &(struct sigaction){ .sa_handler = SIG_DFL }, NULL);
    setsid();
    if (order->rows && ioctl(stdio[0], TIOCSCTTY, 0) < 0)
        give_up(S_TERMINAL, errno);
    for (int i = 0; i < 3; i++)
        if (dup2(stdio[i], i) < 0)
            give_up(S_SPAWN, errno);
    int score = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (score >= 0)
        write_all(score, OOM_SCORE, sizeof OOM_SCORE - 1);
    /* A keyring of its own, where the sandbox's rules let it have one. */
    syscall(SYS_keyctl, 1, NULL);
    umask(022);
    int error = become(user);
    if (error)
        give_up(S_IDENTITY, error);
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        give_up(S_IDENTITY, errno);
    if (chdir(order->cwd) < 0)
        give_up(S_DIRECTORY, errno);
    close_others_at_exec();
    sigprocmask(SIG_SETMASK, &none, NULL);
    execvpe(order->argv[0], order->argv, order->env);
    give_up(S_COMMAND, errno);
}

static int open_terminal(struct command *command, const struct order *order, const struct user *user, int stdio[3])
{
    int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK), unlock = 0, number;
    if (master < 0 || ioctl(master, TIOCSPTLCK, &unlock) < 0 || ioctl(master, TIOCGPTN, &number) < 0)
        return errno;
    int slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (slave < 0) {
        char path[32];
        snprintf(path, sizeof path, "/dev/pts/%d", number);
        slave = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);
    }
    struct winsize size = { .ws_row = order->rows, .ws_col = order->columns };
    if (slave < 0 || ioctl(slave, TIOCSWINSZ, &size) < 0 || fchown(slave, user->uid, user->gid) < 0 || fchmod(slave, 0620) < 0)
        return errno;
    command->out = master;
    command->in = fcntl(master, F_DUPFD_CLOEXEC, 3);
    stdio[0] = stdio[1] = stdio[2] = slave;
    return command->in < 0 ? errno : 0;
}

static int open_pipes(struct command *command, const struct order *order, const struct user *user, int stdio[3])
{
    int in[2] = { -1, -1 }, out[2], err[2];
    if (order->input ? pipe2(in, O_CLOEXEC) : (in[0] = open("/dev/null", O_RDONLY | O_CLOEXEC)) < 0)
        return errno;
    if (pipe2(out, O_CLOEXEC) < 0 || pipe2(err, O_CLOEXEC) < 0)
        return errno;
    command->in = in[1];
    command->out = out[0];
    command->err = err[0];
    stdio[0] = in[0];
    stdio[1] = out[1];
    stdio[2] = err[1];
    for (int i = 0, ours[] = { command->in, command->out, command->err }; i < 3; i++)
        if (ours[i] >= 0)
            fcntl(ours[i], F_SETFL, O_NONBLOCK);
    /* The user's own, so that it may open /dev/stdout and its like by name. Not every kernel gives pipes away. */
    for (int i = order->input ? 0 : 1; i < 3; i++)
        if (fchown(stdio[i], user->uid, user->gid) < 0)
            break;
    return 0;
}

struct refusal command_start(struct command *command, const struct order *order, const struct user *user)
{
    int stdio[3];
    *command = (struct command){ .in = -1, .out = -1, .err = -1 };
    int error = order->rows ? open_terminal(command, order, user, stdio) : open_pipes(command, order, user, stdio);
    if (error)
        return (struct refusal){ order->rows ? S_TERMINAL : S_SPAWN, error, "" };
    /* The command is looked for along the PATH that it is given. */
    environ = order->env;
    command->pid = vfork();
    if (command->pid == 0)
        run(order, user, stdio);
    if (command->pid < 0)
        return (struct refusal){ S_SPAWN, errno, "fork" };
    close(stdio[0]);
    if (!order->rows) {
        close(stdio[1]);
        close(stdio[2]);
    }
    if (failure.stage) {
        waitpid(command->pid, NULL, 0);
        return (struct refusal){ failure.stage, failure.error, failure.stage == S_DIRECTORY ? order->cwd : order->argv[0] };
    }
    return (struct refusal){ 0 };
}
