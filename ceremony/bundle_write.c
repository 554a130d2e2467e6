/* SPDX-License-Identifier: Apache-2.0 */
#include <archive.h>
#include <archive_entry.h>
#include <stdio.h>
#include <string.h>

#include "ceremony/act.h"
#include "ceremony/bundle.h"

static ssize_t tar_put(struct archive *a, void *out, const void *p, size_t n)
{
    (void)a;
    bytes_put(out, p, n);
    return bytes_failed(out) ? -1 : (ssize_t)n;
}

static int tar_file(struct archive *a, const char *top, const struct bundle_file *f, utc_t time)
{
    struct archive_entry *entry = archive_entry_new();
    char name[1400];
    int rc = -1;

    if (entry == NULL)
        return -1;
    snprintf(name, sizeof name, "%s/%s", top, f->name);
    archive_entry_set_pathname(entry, name);
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, 0644);
    archive_entry_set_size(entry, (la_int64_t)f->data.n);
    archive_entry_set_mtime(entry, time, 0);
    if (archive_write_header(a, entry) == ARCHIVE_OK &&
        (f->data.n == 0 || archive_write_data(a, f->data.p, f->data.n) == (la_ssize_t)f->data.n))
        rc = 0;
    archive_entry_free(entry);
    return rc;
}

int bundle_tar(const struct bundle *b, const char *top, utc_t time, struct bytes *out,
               struct err *e)
{
    struct archive *a = archive_write_new();
    int rc = a != NULL && archive_write_set_format_pax_restricted(a) == ARCHIVE_OK &&
                     archive_write_add_filter_none(a) == ARCHIVE_OK &&
                     archive_write_open(a, out, NULL, tar_put, NULL) == ARCHIVE_OK
                 ? 0
                 : -1;

    for (size_t i = 0; rc == 0 && i < b->n; i++)
        rc = tar_file(a, top, &b->files[i], time);
    if (rc == 0 && archive_write_close(a) != ARCHIVE_OK)
        rc = -1;
    archive_write_free(a);
    return rc == 0 ? 0 : err_oom(e);
}

struct folder_check {
    const struct bundle *b;
};

/* Nothing may lie in the bundle's folder that is not of the bundle. */
static int check_name(void *arg, const char *name, struct err *e)
{
    const struct folder_check *c = arg;

    for (size_t i = 0; i < c->b->n; i++)
        if (strcmp(name + strlen("bundle/"), c->b->files[i].name) == 0)
            return 0;
    err_set(e, ERR_INPUT, "'%s' is in the way: it is no part of this bundle", name);
    return err_todo(e, "choose an empty folder, or move what is there away");
}

/* Writes, reads back, compares. */
static int write_checked(struct store *dest, const char *name, struct span data, struct err *e)
{
    struct bytes back;
    int rc = dest->ops->write(dest->self, name, data, e);

    if (rc != 0)
        return -1;
    bytes_init(&back);
    rc = dest->ops->read(dest->self, name, STORE_MAX_FILE, &back, e);
    if (rc == 0 || (rc > 0 && !span_eq(bytes_span(&back), data))) {
        err_set(e, ERR_IO, "'%s' reads back differently from what was written", name);
        rc = err_todo(e, "take another stick or disk, and write the bundle again");
    }
    bytes_clear(&back);
    return rc > 0 ? 0 : -1;
}

static int write_all(struct store *dest, const struct bundle *b, utc_t time, struct err *e)
{
    struct folder_check check = {b};
    struct bytes tar;
    char name[1300];
    int rc;

    if (dest->ops->list(dest->self, "bundle", check_name, &check, e) != 0)
        return -1;
    for (size_t i = 0; i < b->n; i++) {
        snprintf(name, sizeof name, "bundle/%s", b->files[i].name);
        if (write_checked(dest, name, bytes_span(&b->files[i].data), e) != 0)
            return -1;
    }
    bytes_init(&tar);
    rc = bundle_tar(b, "bundle", time, &tar, e);
    if (rc == 0)
        rc = write_checked(dest, "bundle.tar", bytes_span(&tar), e);
    bytes_clear(&tar);
    return rc;
}

int bundle_write(struct ceremony *c, struct store *dest, struct bundle *out, struct err *e)
{
    const struct session *s = ceremony_session(c);
    struct bundle b;

    *out = (struct bundle){0};
    if (bundle_make(c, &b, e) != 0)
        return -1;
    if (write_all(dest, &b, s->date, e) != 0) {
        bundle_clear(&b);
        return err_in(e, "writing the bundle to '%s'", dest->path);
    }
    if (!s->closed && act_bundle(c, dest->path, b.manifest_sha256, e) != 0) {
        bundle_clear(&b);
        return -1;
    }
    *out = b;
    return 0;
}
