/* Programs that behave badly, for the tests. Compiled by the test fixture. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static void limit(rlim_t processes) { setrlimit(RLIMIT_NPROC, &(struct rlimit){ processes, processes }); }

int main(int argc, char **argv)
{
    const char *mode = argc > 1 ? argv[1] : "";
    signal(SIGTERM, SIG_IGN);
    if (strcmp(mode, "bomb") == 0) {
        limit(300);
        for (;;)
            if (fork() == 0)
                setsid();
    }
    if (strcmp(mode, "comet") == 0) {
        /* Each one forks its successor and is gone. */
        limit(300);
        for (;;)
            if (fork() > 0)
                _exit(0);
    }
    if (strcmp(mode, "daemon") == 0) {
        /* Forks twice, in a session of its own, and holds stdout. */
        if (fork() == 0) {
            setsid();
            if (fork() == 0) {
                printf("%d\n", getpid());
                fflush(stdout);
                pause();
            }
            _exit(0);
        }
        char byte;
        return read(0, &byte, 1) < 0;
    }
    if (strcmp(mode, "stubborn") == 0)
        for (;;)
            pause();
    if (strcmp(mode, "flood") == 0) {
        static char line[1 << 16];
        long long left = atoll(argv[2]);
        for (int i = 0; i < (int)sizeof line; i++)
            line[i] = (char)('a' + i % 26);
        while (left > 0) {
            ssize_t n = write(1, line, left < (long long)sizeof line ? (size_t)left : sizeof line);
            if (n < 0)
                return 1;
            left -= n;
        }
    }
    if (strcmp(mode, "swap") == 0)
        for (;;)
            renameat2(AT_FDCWD, argv[2], AT_FDCWD, argv[3], RENAME_EXCHANGE);
    return 0;
}
