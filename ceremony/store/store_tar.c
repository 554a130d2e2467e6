/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/store/store_tar.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "metadata/base/array.h"
#include "metadata/signed.h"

#define FILES_MAX 200000
#define TAR_MAX   (UINT64_C(2) << 30) /* bytes in all */

struct tar_file {
    const char *name; /* in `path`: without the folder that everything lies in */
    char *path;       /* in the tar */
    enum store_kind kind;
    struct bytes data;
};

struct tar {
    struct tar_file *files; /* once all are there: sorted by name */
    size_t n;
    uint64_t total;
};

static void tar_free(void *self)
{
    struct tar *t = self;

    for (size_t i = 0; t != NULL && i < t->n; i++) {
        free(t->files[i].path);
        bytes_clear(&t->files[i].data);
    }
    if (t != NULL)
        free(t->files);
    free(t);
}

static const struct tar_file *find(const struct tar *t, const char *name)
{
    return array_find(t->files, t->n, sizeof *t->files, name);
}

static int tar_read_parts(void *self, const char *name, store_part *each, void *to, struct err *e)
{
    const struct tar_file *f = find(self, name);

    if (f == NULL)
        return 0;
    if (f->kind != STORE_FILE)
        return err_set(e, ERR_INPUT, "'%s' is not a regular file", name);
    return each(to, bytes_span(&f->data), e) == 0 ? 1 : -1;
}

static int tar_read(void *self, const char *name, size_t limit, struct bytes *out, struct err *e)
{
    const struct tar_file *f = find(self, name);

    if (f == NULL)
        return 0;
    if (f->kind != STORE_FILE)
        return err_set(e, ERR_INPUT, "'%s' is not a regular file", name);
    if (f->data.n > limit)
        return err_set(e, ERR_INPUT, "'%s' has %zu bytes, at most %zu are read", name, f->data.n,
                       limit);
    bytes_put_span(out, bytes_span(&f->data));
    return bytes_failed(out) ? err_oom(e) : 1;
}

static bool is_below(const char *name, const char *dir)
{
    size_t n = strlen(dir);

    return n == 0 || (strncmp(name, dir, n) == 0 && name[n] == '/');
}

static int tar_list(void *self, const char *dir,
                    int (*each)(void *arg, const char *name, struct err *e), void *arg,
                    struct err *e)
{
    const struct tar *t = self;
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < t->n; i++)
        if (t->files[i].kind == STORE_FILE && is_below(t->files[i].name, dir))
            rc = each(arg, t->files[i].name, e);
    return rc;
}

static int tar_list_rest(void *self, store_rest *each, void *arg, struct err *e)
{
    const struct tar *t = self;
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < t->n; i++)
        if (t->files[i].kind != STORE_FILE)
            rc = each(arg, t->files[i].name, t->files[i].kind, e);
    return rc;
}

static int refuse_write(struct err *e)
{
    err_set(e, ERR_IO, "nothing can be written into a tar");
    return err_todo(e, "unpack it, and give the folder");
}

static int tar_write(void *self, const char *name, struct span data, struct err *e)
{
    (void)self;
    (void)name;
    (void)data;
    return refuse_write(e);
}

static int tar_write_parts(void *self, const char *name, const struct store_source *from,
                           struct err *e)
{
    (void)self;
    (void)name;
    (void)from;
    return refuse_write(e);
}

static int tar_write_many(void *self, const struct store_file *files, size_t n, struct err *e)
{
    (void)self;
    (void)files;
    (void)n;
    return refuse_write(e);
}

static int tar_truncate(void *self, const char *name, size_t size, struct err *e)
{
    (void)self;
    (void)name;
    (void)size;
    return refuse_write(e);
}

static int tar_lock(void *self, struct err *e)
{
    (void)self;
    return refuse_write(e);
}

static const struct store_ops tar_ops = {
    .free = tar_free,
    .read = tar_read,
    .write = tar_write,
    .read_parts = tar_read_parts,
    .write_parts = tar_write_parts,
    .write_many = tar_write_many,
    .append = tar_write,
    .truncate = tar_truncate,
    .list = tar_list,
    .list_rest = tar_list_rest,
    .lock = tar_lock,
};

/* A new entry, last in the list; NULL sets `e`. */
static struct tar_file *add(struct tar *t, const char *path, struct err *e)
{
    struct tar_file *more;

    if (t->n >= FILES_MAX) {
        err_set(e, ERR_INPUT, "there are more than %d files", FILES_MAX);
        return NULL;
    }
    if (array_grow(&t->files, t->n, sizeof *t->files, e) != 0)
        return NULL;
    more = &t->files[t->n];
    *more = (struct tar_file){.path = strdup(path)};
    if (more->path == NULL) {
        err_oom(e);
        return NULL;
    }
    more->name = more->path;
    t->n++;
    return more;
}

static int take_data(struct tar *t, struct archive *a, struct tar_file *f, struct err *e)
{
    uint8_t chunk[65536];
    la_ssize_t n;

    while ((n = archive_read_data(a, chunk, sizeof chunk)) > 0) {
        t->total += (uint64_t)n;
        if (t->total > TAR_MAX)
            return err_set(e, ERR_INPUT, "the tar holds more than 2 GiB");
        bytes_put(&f->data, chunk, (size_t)n);
    }
    if (n < 0)
        return err_set(e, ERR_INPUT, "the tar is damaged at '%s'", f->path);
    return bytes_failed(&f->data) ? err_oom(e) : 0;
}

static int take_entry(struct tar *t, struct archive *a, struct archive_entry *entry, struct err *e)
{
    const char *path = archive_entry_pathname(entry);
    struct tar_file *f;

    if (path == NULL)
        return err_set(e, ERR_INPUT, "the name of entry %zu of the tar can't be read", t->n + 1);
    while (strncmp(path, "./", 2) == 0)
        path += 2;
    if (archive_entry_filetype(entry) == AE_IFDIR && archive_entry_hardlink(entry) == NULL)
        return 0;
    if (path_check(span_str(path), e) != 0 || (f = add(t, path, e)) == NULL)
        return -1;
    if (archive_entry_hardlink(entry) != NULL || archive_entry_filetype(entry) == AE_IFLNK)
        f->kind = STORE_LINK;
    else if (archive_entry_filetype(entry) != AE_IFREG)
        f->kind = STORE_SPECIAL;
    return f->kind == STORE_FILE ? take_data(t, a, f, e) : 0;
}

static int take_all(struct tar *t, struct archive *a, struct err *e)
{
    struct archive_entry *entry;
    int rc;

    while ((rc = archive_read_next_header(a, &entry)) == ARCHIVE_OK)
        if (take_entry(t, a, entry, e) != 0)
            return -1;
    if (rc == ARCHIVE_EOF)
        return 0;
    if (t->n > 0) {
        err_set(e, ERR_INPUT, "the tar is damaged behind '%s'", t->files[t->n - 1].path);
        return err_todo(e, "get another copy of it; nothing of it was believed");
    }
    err_set(e, ERR_INPUT, "this is no tar that can be read");
    return err_todo(e, "give a metadata folder, a bundle's folder or its .tar");
}

/* How long the folder is that everything lies in, with its slash; 0: there is none. */
static size_t common_folder(const struct tar *t)
{
    const char *first = t->n > 0 ? t->files[0].name : "", *slash = strchr(first, '/');
    size_t n = slash != NULL ? (size_t)(slash - first) + 1 : 0;

    if (n == 0 || strncmp(first, "metadata/", n) == 0)
        return 0;
    for (size_t i = 1; i < t->n; i++)
        if (strncmp(t->files[i].name, first, n) != 0)
            return 0;
    return n;
}

/* The names as they are in the store; none is there twice. */
static int name_all(struct tar *t, struct err *e)
{
    size_t n;

    while ((n = common_folder(t)) > 0)
        for (size_t i = 0; i < t->n; i++)
            t->files[i].name += n;
    array_sort(t->files, t->n, sizeof *t->files);
    for (size_t i = 1; i < t->n; i++)
        if (strcmp(t->files[i - 1].name, t->files[i].name) == 0) {
            err_set(e, ERR_INPUT, "'%s' is in the tar twice", t->files[i].path);
            return err_todo(e, "do not use this file; ask whoever made it");
        }
    return 0;
}

static int open_tar(const char *path, struct tar *t, struct err *e)
{
    struct archive *a = archive_read_new();
    int rc = -1;

    if (a == NULL)
        return err_oom(e);
    if (archive_read_support_format_tar(a) != ARCHIVE_OK)
        err_oom(e);
    else if (archive_read_open_filename(a, path, 65536) != ARCHIVE_OK)
        err_set(e, ERR_INPUT, "'%s' can't be read as a tar", path);
    else
        rc = take_all(t, a, e);
    archive_read_free(a);
    return rc == 0 ? name_all(t, e) : -1;
}

bool store_is_folder(const char *path)
{
    struct stat st;

    return stat(path, &st) != 0 || S_ISDIR(st.st_mode);
}

int store_open_given(const char *path, struct store **out, struct err *e)
{
    struct store *s;
    struct tar *t;

    *out = NULL;
    if (store_is_folder(path))
        return store_open(path, out, e);
    s = calloc(1, sizeof *s);
    t = calloc(1, sizeof *t);
    if (s == NULL || t == NULL || (s->path = strdup(path)) == NULL) {
        free(s);
        free(t);
        return err_oom(e);
    }
    *s = (struct store){.ops = &tar_ops, .self = t, .path = s->path};
    if (open_tar(path, t, e) != 0) {
        store_free(s);
        return err_in(e, "%s", path);
    }
    *out = s;
    return 0;
}
