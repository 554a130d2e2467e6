/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/cli/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MAX ((size_t)1 << 30)

/* Reads behind the end of `out`, which stays as long as it is; 0 also when memory is short. */
static ssize_t read_more(int fd, struct bytes *out)
{
    if (out->cap - out->n < 2)
        bytes_reserve(out, 65536);
    return bytes_failed(out) ? 0 : read(fd, out->p + out->n, out->cap - out->n - 1);
}

int file_read(const char *path, struct bytes *out, struct err *e)
{
    bool standard = strcmp(path, "-") == 0;
    int fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
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
    while (out->n <= FILE_MAX && (n = read_more(fd, out)) > 0)
        out->n += (size_t)n;
    if (!standard)
        close(fd);
    if (bytes_failed(out))
        return err_oom(e);
    if (out->p != NULL)
        out->p[out->n] = 0;
    if (out->n > FILE_MAX)
        return err_set(e, ERR_INPUT, "'%s' has more than 1 GiB", path);
    return n < 0 ? err_system(e, errno, "'%s' can't be read", path) : 0;
}
