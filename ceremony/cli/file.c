/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/cli/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MAX ((size_t)1 << 30)

int file_read(const char *path, struct bytes *out, struct err *e)
{
    bool standard = strcmp(path, "-") == 0;
    int fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    uint8_t chunk[65536];
    struct stat st;
    ssize_t n = -1;

    if (fd < 0 || fstat(fd, &st) != 0 || S_ISDIR(st.st_mode)) {
        err_system(e, fd >= 0 ? EISDIR : errno, "'%s' can't be read", path);
        e->code = ERR_INPUT;
        if (fd >= 0 && !standard)
            close(fd);
        return err_todo(e, "give a file that is there and that you may read");
    }
    if (S_ISREG(st.st_mode) && st.st_size >= 0 && (uint64_t)st.st_size <= FILE_MAX)
        bytes_reserve(out, (size_t)st.st_size + 1);
    while (!bytes_failed(out) && out->n <= FILE_MAX && (n = read(fd, chunk, sizeof chunk)) > 0)
        bytes_put(out, chunk, (size_t)n);
    if (!standard)
        close(fd);
    if (bytes_failed(out))
        return err_oom(e);
    if (out->n > FILE_MAX)
        return err_set(e, ERR_INPUT, "'%s' has more than 1 GiB", path);
    return n < 0 ? err_system(e, errno, "'%s' can't be read", path) : 0;
}
