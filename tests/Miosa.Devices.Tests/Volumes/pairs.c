// Writes the same number into two files, one after the other, without an end: at every instant the first is equal to
// the second or one ahead, and a copy in which it is not is torn. In between lies a large file, for which a copy needs
// time.
#include <fcntl.h>
#include <stdint.h>
#include <unistd.h>

int main(void) {
    int first = open("/data/1-first", O_RDWR | O_CREAT, 0644), second = open("/data/3-second", O_RDWR | O_CREAT, 0644);
    if (first < 0 || second < 0) return 1;
    for (uint64_t number = 1;; number++) {
        if (pwrite(first, &number, sizeof number, 0) < 0 || pwrite(second, &number, sizeof number, 0) < 0) return 2;
    }
}
