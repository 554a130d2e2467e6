/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "ceremony/store_list.h"

struct folder {
    int fd;
};

static int refuse_name(struct err *e, const char *name)
{
    err_set(e, ERR_INPUT, "'%s' is no name inside a ceremony's folder", name);
    return err_todo(e, "use a relative name without '..' and links");
}

/* Opens the folder that holds `name`, component by component without following links; `*base` is
 * the last component. -1 with errno == ENOENT when a folder is missing and `make` is false. */
static int parent_open(int top, const char *name, bool make, const char **base)
{
    int fd = dup(top), next;
    const char *slash;
    char part[256];

    while (fd >= 0 && (slash = strchr(name, '/')) != NULL) {
        size_t n = (size_t)(slash - name);

        if (n == 0 || n >= sizeof part) {
            errno = EINVAL;
            goto fail;
        }
        memcpy(part, name, n);
        part[n] = '\0';
        if (strcmp(part, ".") == 0 || strcmp(part, "..") == 0) {
            errno = EINVAL;
            goto fail;
        }
        if (make && mkdirat(fd, part, 0700) == 0)
            (void)fsync(fd);
        next = openat(fd, part, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (next < 0)
            goto fail;
        close(fd);
        fd = next;
        name = slash + 1;
    }
    if (fd >= 0 && (name[0] == '\0' || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)) {
        errno = EINVAL;
        goto fail;
    }
    *base = name;
    return fd;
fail:
    next = errno;
    close(fd);
    errno = next;
    return -1;
}

static int failed(struct err *e, const char *doing, const char *name)
{
    int why = errno;

    if (why == EINVAL || why == ELOOP || why == ENOTDIR)
        return refuse_name(e, name);
    err_system(e, why, "'%s' can't be %s", name, doing);
    if (why == ENOSPC || why == EDQUOT)
        return err_todo(e, "make room on the disk, then do the same again; nothing is lost");
    return -1;
}

/* The size of a regular file, or -1. */
static off_t file_size(int fd, const char *name, struct err *e)
{
    struct stat st;

    if (fstat(fd, &st) != 0)
        return failed(e, "examined", name);
    if (!S_ISREG(st.st_mode)) {
        err_set(e, ERR_INPUT, "'%s' is not a regular file", name);
        return -1;
    }
    return st.st_size;
}

/* Gives what is there to `each`. */
static int each_part(int fd, const char *name, store_part *each, void *to, struct err *e)
{
    uint8_t part[65536];
    ssize_t n;

    while ((n = read(fd, part, sizeof part)) != 0) {
        if (n < 0 && errno != EINTR)
            return failed(e, "read", name);
        if (n > 0 && each(to, span_of(part, (size_t)n), e) != 0)
            return -1;
    }
    return 0;
}

struct reading {
    struct bytes *out;
    size_t left;
    const char *name;
};

static int read_part(void *to, struct span part, struct err *e)
{
    struct reading *r = to;

    if (part.n > r->left)
        return err_set(e, ERR_IO, "'%s' grew while it was read", r->name);
    r->left -= part.n;
    bytes_put_span(r->out, part);
    return bytes_failed(r->out) ? err_oom(e) : 0;
}

/* Opens a file for reading: 1 and `*fd`, 0 when there is none, -1. */
static int file_open(const struct folder *f, const char *name, int *fd, struct err *e)
{
    const char *base;
    int dir = parent_open(f->fd, name, false, &base), why;

    *fd = dir >= 0 ? openat(dir, base, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK) : -1;
    why = errno;
    if (dir >= 0)
        close(dir);
    errno = why;
    if (*fd >= 0)
        return 1;
    return errno == ENOENT ? 0 : failed(e, "opened", name);
}

static int folder_read(void *self, const char *name, size_t limit, struct bytes *out, struct err *e)
{
    struct reading reading = {.out = out, .name = name};
    off_t size;
    int fd, rc = file_open(self, name, &fd, e);

    if (rc <= 0)
        return rc;
    if ((size = file_size(fd, name, e)) < 0)
        rc = -1;
    else if ((uint64_t)size > limit)
        rc = err_set(e, ERR_INPUT, "'%s' has %lld bytes, at most %zu are read", name,
                     (long long)size, limit);
    else {
        reading.left = (size_t)size;
        bytes_reserve(out, reading.left + 1);
        rc = each_part(fd, name, read_part, &reading, e) == 0 ? 1 : -1;
    }
    close(fd);
    if (rc > 0 && bytes_failed(out))
        rc = err_oom(e);
    return rc;
}

static int folder_read_parts(void *self, const char *name, store_part *each, void *to,
                             struct err *e)
{
    int fd, rc = file_open(self, name, &fd, e);

    if (rc <= 0)
        return rc;
    rc = file_size(fd, name, e) >= 0 && each_part(fd, name, each, to, e) == 0 ? 1 : -1;
    close(fd);
    return rc;
}

static int write_all(int fd, struct span data)
{
    size_t at = 0;

    while (at < data.n) {
        ssize_t n = write(fd, data.p + at, data.n - at);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        at += (size_t)n;
    }
    return 0;
}

struct writing {
    int fd;
    const char *name;
};

static int write_part(void *to, struct span part, struct err *e)
{
    const struct writing *w = to;

    return write_all(w->fd, part) == 0 ? 0 : failed(e, "written", w->name);
}

static int folder_write_parts(void *self, const char *name, const struct store_source *from,
                              struct err *e)
{
    const struct folder *f = self;
    struct writing w = {-1, name};
    const char *base;
    char temporary[300];
    int dir = parent_open(f->fd, name, true, &base), rc = -1;

    if (dir < 0)
        return failed(e, "written", name);
    if (snprintf(temporary, sizeof temporary, ".%s.new", base) >= (int)sizeof temporary) {
        refuse_name(e, name);
        goto out;
    }
    (void)unlinkat(dir, temporary, 0); /* left by a crash */
    w.fd = openat(dir, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (w.fd < 0)
        failed(e, "written", name);
    else if (from->give(from->self, write_part, &w, e) != 0)
        (void)unlinkat(dir, temporary, 0);
    else if (fsync(w.fd) != 0 || renameat(dir, temporary, dir, base) != 0) {
        failed(e, "written", name);
        (void)unlinkat(dir, temporary, 0);
    } else
        rc = fsync(dir) == 0 ? 0 : failed(e, "made lasting", name);
out:
    if (w.fd >= 0)
        close(w.fd);
    close(dir);
    return rc;
}

static int give_span(const void *self, store_part *put, void *to, struct err *e)
{
    const struct span *all = self;

    return put(to, *all, e);
}

static int folder_write(void *self, const char *name, struct span data, struct err *e)
{
    const struct store_source from = {give_span, &data};

    return folder_write_parts(self, name, &from, e);
}

static int folder_append(void *self, const char *name, struct span data, struct err *e)
{
    const struct folder *f = self;
    const char *base;
    int dir = parent_open(f->fd, name, true, &base), fd = -1, rc = -1;

    if (dir < 0)
        return failed(e, "written", name);
    fd = openat(dir, base, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        failed(e, "opened", name);
    else if (file_size(fd, name, e) >= 0)
        rc = write_all(fd, data) == 0 && fsync(fd) == 0 && fsync(dir) == 0
                 ? 0
                 : failed(e, "written", name);
    if (fd >= 0)
        close(fd);
    close(dir);
    return rc;
}

static int folder_truncate(void *self, const char *name, size_t size, struct err *e)
{
    const struct folder *f = self;
    const char *base;
    int dir = parent_open(f->fd, name, false, &base), fd = -1, rc = -1;

    if (dir >= 0)
        fd = openat(dir, base, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 || ftruncate(fd, (off_t)size) != 0 || fsync(fd) != 0)
        failed(e, "shortened", name);
    else
        rc = 0;
    if (fd >= 0)
        close(fd);
    if (dir >= 0)
        close(dir);
    return rc;
}

static int folder_list(void *self, const char *dir,
                       int (*each)(void *arg, const char *name, struct err *e), void *arg,
                       struct err *e)
{
    const struct folder *f = self;
    const char *base = ".";
    int parent = dir[0] != '\0' ? parent_open(f->fd, dir, false, &base) : dup(f->fd);
    int fd =
        parent >= 0 ? openat(parent, base, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) : -1;
    int rc = 0;

    if (fd >= 0)
        rc = store_list_each(fd, dir, each, arg, e);
    else if (errno != ENOENT)
        rc = failed(e, "read", dir);
    if (parent >= 0)
        close(parent);
    return rc;
}

/* A second in all: when the program is killed, its helpers for tokens hold what it held until they
 * have shut themselves in. */
#define LOCK_TRIES 50

static int folder_lock(void *self, struct err *e)
{
    const struct timespec moment = {0, 20000000};
    const struct folder *f = self;

    for (unsigned i = 0; flock(f->fd, LOCK_EX | LOCK_NB) != 0; i++) {
        if (errno != EWOULDBLOCK)
            return err_system(e, errno, "the ceremony's folder can't be locked");
        if (i == LOCK_TRIES) {
            err_set(e, ERR_BUSY, "another program holds this ceremony");
            return err_todo(e, "close the other one first; one ceremony, one program");
        }
        (void)nanosleep(&moment, NULL);
    }
    return 0;
}

static void folder_free(void *self)
{
    struct folder *f = self;

    if (f != NULL)
        close(f->fd);
    free(f);
}

static const struct store_ops folder_ops = {
    .free = folder_free,
    .read = folder_read,
    .write = folder_write,
    .read_parts = folder_read_parts,
    .write_parts = folder_write_parts,
    .append = folder_append,
    .truncate = folder_truncate,
    .list = folder_list,
    .lock = folder_lock,
};

int store_open(const char *path, struct store **out, struct err *e)
{
    struct store *s = calloc(1, sizeof *s);
    struct folder *f = calloc(1, sizeof *f);

    *out = NULL;
    if (s == NULL || f == NULL || (s->path = strdup(path)) == NULL) {
        free(s);
        free(f);
        return err_oom(e);
    }
    f->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (f->fd < 0) {
        err_system(e, errno, "folder '%s' can't be opened", path);
        if (errno == ENOENT)
            e->code = ERR_INPUT;
        free(s->path);
        free(s);
        free(f);
        return err_todo(e, "give the folder of the ceremony");
    }
    s->ops = &folder_ops;
    s->self = f;
    *out = s;
    return 0;
}

void store_free(struct store *s)
{
    if (s == NULL)
        return;
    if (s->ops != NULL)
        s->ops->free(s->self);
    free(s->path);
    free(s);
}
