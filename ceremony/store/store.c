/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "ceremony/store/store.h"
#include "ceremony/store/store_folder.h"

int folder_refuse_name(struct err *e, const char *name)
{
    err_set(e, ERR_INPUT, "'%s' is no name inside a ceremony's folder", name);
    return err_todo(e, "use a relative name without '..' and links");
}

int folder_parent(const struct folder *f, const char *name, bool make, const char **base)
{
    int fd = dup(f->fd), next;
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

int folder_failed(struct err *e, const char *doing, const char *name)
{
    int why = errno;

    if (why == EINVAL || why == ELOOP || why == ENOTDIR)
        return folder_refuse_name(e, name);
    err_system(e, why, "'%s' can't be %s", name, doing);
    if (why == ENOSPC || why == EDQUOT)
        return err_todo(e, "make room on the disk, then do the same again");
    return -1;
}

/* The size of a regular file, or -1. */
static off_t file_size(int fd, const char *name, struct err *e)
{
    struct stat st;

    if (fstat(fd, &st) != 0)
        return folder_failed(e, "examined", name);
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
            return folder_failed(e, "read", name);
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
    int dir = folder_parent(f, name, false, &base), why;

    *fd = dir >= 0 ? openat(dir, base, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK) : -1;
    why = errno;
    if (dir >= 0)
        close(dir);
    errno = why;
    if (*fd >= 0)
        return 1;
    return errno == ENOENT ? 0 : folder_failed(e, "opened", name);
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

static int folder_append(void *self, const char *name, struct span data, struct err *e)
{
    const struct folder *f = self;
    const char *base;
    int dir = folder_parent(f, name, true, &base), fd = -1, rc = -1;

    if (dir < 0)
        return folder_failed(e, "written", name);
    fd = openat(dir, base, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        folder_failed(e, "opened", name);
    else if (file_size(fd, name, e) >= 0)
        rc = folder_write_all(fd, data) == 0 && fsync(fd) == 0 && fsync(dir) == 0
                 ? 0
                 : folder_failed(e, "written", name);
    if (fd >= 0)
        close(fd);
    close(dir);
    return rc;
}

static int folder_truncate(void *self, const char *name, size_t size, struct err *e)
{
    const struct folder *f = self;
    const char *base;
    int dir = folder_parent(f, name, false, &base), fd = -1, rc = -1;

    if (dir >= 0)
        fd = openat(dir, base, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 || ftruncate(fd, (off_t)size) != 0 || fsync(fd) != 0)
        folder_failed(e, "shortened", name);
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
    int parent = dir[0] != '\0' ? folder_parent(f, dir, false, &base) : dup(f->fd);
    int fd =
        parent >= 0 ? openat(parent, base, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) : -1;
    int rc = 0;

    if (fd >= 0)
        rc = store_list_each(fd, dir, each, arg, e);
    else if (errno != ENOENT)
        rc = folder_failed(e, "read", dir);
    if (parent >= 0)
        close(parent);
    return rc;
}

static int folder_list_rest(void *self, store_rest *each, void *arg, struct err *e)
{
    const struct folder *f = self;
    int fd = openat(f->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    return fd >= 0 ? store_list_rest(fd, each, arg, e) : folder_failed(e, "read", ".");
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
    .write_many = folder_write_many,
    .append = folder_append,
    .truncate = folder_truncate,
    .list = folder_list,
    .list_rest = folder_list_rest,
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

struct hashing {
    struct sha256_run *run;
    const char *name;
    size_t left; /* bytes that may still come */
};

static int hash_part(void *to, struct span part, struct err *e)
{
    struct hashing *h = to;

    if (part.n > h->left) {
        err_set(e, ERR_INPUT, "'%s' is larger than any file that is read here", h->name);
        return err_todo(e, "take it away; at most %zu bytes are read", STORE_MAX_FILE);
    }
    h->left -= part.n;
    return sha256_put(h->run, part) == 0 ? 0 : err_oom(e);
}

/* A store that knows no parts. */
static int hash_whole(struct store *s, struct hashing *h, struct err *e)
{
    struct bytes data = {0};
    int rc;

    rc = s->ops->read(s->self, h->name, STORE_MAX_FILE, &data, e);
    if (rc > 0 && hash_part(h, bytes_span(&data), e) != 0)
        rc = -1;
    bytes_clear(&data);
    return rc;
}

static int hash(struct store *s, const char *name, size_t limit, uint8_t out[SHA256_SIZE],
                struct err *e)
{
    struct hashing h = {sha256_begin(), name, limit};
    int rc;

    if (h.run == NULL)
        return err_oom(e);
    rc = s->ops->read_parts != NULL ? s->ops->read_parts(s->self, name, hash_part, &h, e)
                                    : hash_whole(s, &h, e);
    return sha256_end(h.run, out) != 0 && rc >= 0 ? err_oom(e) : rc;
}

int store_sha256(struct store *s, const char *name, uint8_t out[SHA256_SIZE], struct err *e)
{
    return hash(s, name, SIZE_MAX, out, e);
}

int store_sha256_of_input(struct store *s, const char *name, uint8_t out[SHA256_SIZE],
                          struct err *e)
{
    return hash(s, name, STORE_MAX_FILE, out, e);
}

static int count_one(void *arg, const char *name, struct err *e)
{
    bool *any = arg;

    (void)name;
    (void)e;
    *any = true;
    return 0;
}

int store_create(const char *path, struct store **out, struct err *e)
{
    bool any = false;

    *out = NULL;
    if (mkdir(path, 0700) != 0 && errno != EEXIST) {
        err_system(e, errno, "folder '%s' can't be made", path);
        return err_todo(e, "choose a place that can be written");
    }
    if (store_open(path, out, e) != 0)
        return -1;
    if ((*out)->ops->list((*out)->self, "", count_one, &any, e) == 0 && !any)
        return 0;
    store_free(*out);
    *out = NULL;
    if (!any)
        return -1;
    err_set(e, ERR_INPUT, "folder '%s' is not empty", path);
    return err_todo(e, "give the name of a new folder");
}
