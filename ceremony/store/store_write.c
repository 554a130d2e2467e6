/* SPDX-License-Identifier: Apache-2.0 */
/* Files that are there as a whole or not at all. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ceremony/store/store_folder.h"

/* So many files, or bytes, are made lasting together: what is there twice meanwhile must fit beside
 * what was there before. */
#define BATCH_FILES 1024
#define BATCH_BYTES ((off_t)64 << 20)

int folder_write_all(int fd, struct span data)
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

/* Where a file goes, and what it is called until it is whole. */
struct place {
    int dir;
    const char *base;
    char temporary[300];
};

static int place_open(const struct folder *f, const char *name, struct place *p, struct err *e)
{
    p->dir = folder_parent(f, name, true, &p->base);
    if (p->dir < 0)
        return folder_failed(e, "written", name);
    if (snprintf(p->temporary, sizeof p->temporary, ".%s.new", p->base) < (int)sizeof p->temporary)
        return 0;
    close(p->dir);
    return folder_refuse_name(e, name);
}

struct writing {
    int fd;
    const char *name;
};

static int write_part(void *to, struct span part, struct err *e)
{
    const struct writing *w = to;

    return folder_write_all(w->fd, part) == 0 ? 0 : folder_failed(e, "written", w->name);
}

/* The file under its temporary name: an open descriptor, or -1 and nothing is left. */
static int fill(const struct place *p, const char *name, const struct store_source *from,
                struct err *e)
{
    struct writing w = {.name = name};

    (void)unlinkat(p->dir, p->temporary, 0); /* left by a crash */
    w.fd = openat(p->dir, p->temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (w.fd < 0)
        return folder_failed(e, "written", name);
    if (from->give(from->self, write_part, &w, e) == 0)
        return w.fd;
    close(w.fd);
    (void)unlinkat(p->dir, p->temporary, 0);
    return -1;
}

int folder_write_parts(void *self, const char *name, const struct store_source *from, struct err *e)
{
    struct place p;
    int fd, rc = -1;

    if (place_open(self, name, &p, e) != 0)
        return -1;
    if ((fd = fill(&p, name, from, e)) >= 0) {
        if (fsync(fd) != 0 || renameat(p.dir, p.temporary, p.dir, p.base) != 0) {
            folder_failed(e, "written", name);
            (void)unlinkat(p.dir, p.temporary, 0);
        } else
            rc = fsync(p.dir) == 0 ? 0 : folder_failed(e, "made lasting", name);
        close(fd);
    }
    close(p.dir);
    return rc;
}

static int give_span(const void *self, store_part *put, void *to, struct err *e)
{
    const struct span *all = self;

    return put(to, *all, e);
}

int folder_write(void *self, const char *name, struct span data, struct err *e)
{
    const struct store_source from = {give_span, &data};

    return folder_write_parts(self, name, &from, e);
}

/* Files that are made lasting together. */
struct batch {
    const struct folder *f;
    const struct store_file *files;
    size_t n;
    dev_t disk; /* that of the folder */
    off_t bytes;
    struct err *e;
};

/* Everything of the folder's file system is written; then the one file or folder, whose fsync has
 * the disk write what it holds itself, as that of FAT sticks does for syncfs not. Another file
 * system, mounted below the folder, is no part of that: `apart`. */
static int settle(const struct batch *b, int fd, bool last, bool apart)
{
    if (last && syncfs(b->f->fd) != 0)
        return -1;
    return last || apart ? fsync(fd) : 0;
}

static void drop(const struct batch *b, size_t from, size_t to)
{
    struct err ignored;
    struct place p;

    for (size_t i = from; i < to; i++)
        if (place_open(b->f, b->files[i].name, &p, &ignored) == 0) {
            (void)unlinkat(p.dir, p.temporary, 0);
            close(p.dir);
        }
}

/* One file under its temporary name; with the last one all are lasting. */
static int prepare(struct batch *b, size_t i, bool *last, size_t most)
{
    const struct store_file *file = &b->files[i];
    struct stat st;
    struct place p;
    int fd, rc = -1;

    if (place_open(b->f, file->name, &p, b->e) != 0)
        return -1;
    if ((fd = fill(&p, file->name, &file->from, b->e)) >= 0) {
        if ((rc = fstat(fd, &st)) == 0) {
            b->bytes += st.st_size;
            *last = i + 1 == most || i + 1 == BATCH_FILES || b->bytes >= BATCH_BYTES;
            rc = settle(b, fd, *last, st.st_dev != b->disk);
        }
        if (rc != 0) {
            folder_failed(b->e, "written", file->name);
            (void)unlinkat(p.dir, p.temporary, 0);
        }
        close(fd);
    }
    close(p.dir);
    return rc;
}

/* One file under its name; with the last one all names are lasting. */
static int name(const struct batch *b, size_t i)
{
    const struct store_file *file = &b->files[i];
    struct stat st;
    struct place p;
    int rc;

    if (place_open(b->f, file->name, &p, b->e) != 0)
        return -1;
    rc = renameat(p.dir, p.temporary, p.dir, p.base);
    if (rc != 0 && errno == ENOENT) {
        close(p.dir);
        /* Where a disk knows "a" and "A" as one file. */
        err_set(b->e, ERR_IO, "another file took the place of '%s'", file->name);
        return err_todo(b->e, "take a disk that distinguishes capital and small letters (not FAT)");
    }
    if (rc == 0)
        rc = fstat(p.dir, &st);
    if (rc == 0)
        rc = settle(b, p.dir, i + 1 == b->n, st.st_dev != b->disk);
    if (rc != 0)
        folder_failed(b->e, "made lasting", file->name);
    close(p.dir);
    return rc;
}

/* As many of them as belong together; `*done` says how many. */
static int write_batch(const struct folder *f, const struct store_file *files, size_t n, dev_t disk,
                       size_t *done, struct err *e)
{
    struct batch b = {.f = f, .files = files, .disk = disk, .e = e};

    for (bool last = false; !last; b.n++)
        if (prepare(&b, b.n, &last, n) != 0) {
            drop(&b, 0, b.n);
            return -1;
        }
    for (size_t i = 0; i < b.n; i++)
        if (name(&b, i) != 0) {
            drop(&b, i, b.n);
            return -1;
        }
    *done = b.n;
    return 0;
}

int folder_write_many(void *self, const struct store_file *files, size_t n, struct err *e)
{
    const struct folder *f = self;
    struct stat st;
    size_t done;

    if (n == 1)
        return folder_write_parts(self, files[0].name, &files[0].from, e);
    if (fstat(f->fd, &st) != 0)
        return folder_failed(e, "examined", ".");
    for (size_t at = 0; at < n; at += done)
        if (write_batch(f, files + at, n - at, st.st_dev, &done, e) != 0)
            return -1;
    return 0;
}
