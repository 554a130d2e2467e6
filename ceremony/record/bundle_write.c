/* SPDX-License-Identifier: Apache-2.0 */
#include <archive.h>
#include <archive_entry.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ceremony/acts/act.h"
#include "ceremony/base/pool.h"
#include "ceremony/record/bundle.h"
#include "metadata/base/array.h"

/* Where a tar goes; an error of whoever takes it is kept, for libarchive knows none of ours. */
struct tar {
    struct archive *archive;
    store_part *put;
    void *to;
    struct err *e;
    bool failed;
};

static ssize_t tar_put(struct archive *a, void *tar, const void *p, size_t n)
{
    struct tar *t = tar;

    (void)a;
    t->failed = t->failed || t->put(t->to, span_of(p, n), t->e) != 0;
    return t->failed ? -1 : (ssize_t)n;
}

static int tar_part(void *to, struct span part, struct err *e)
{
    const struct tar *t = to;

    if (part.n == 0 || archive_write_data(t->archive, part.p, part.n) == (la_ssize_t)part.n)
        return 0;
    return t->failed ? -1 : err_set(e, ERR_IO, "a file grew while it was put into the tar");
}

static int tar_file(struct tar *t, const char *top, const struct bundle_file *f, utc_t time)
{
    struct archive_entry *entry = archive_entry_new();
    char name[1400];
    int rc;

    if (entry == NULL)
        return err_oom(t->e);
    snprintf(name, sizeof name, "%s/%s", top, f->name);
    archive_entry_set_pathname(entry, name);
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, 0644);
    archive_entry_set_size(entry, (la_int64_t)f->n);
    archive_entry_set_mtime(entry, time, 0);
    rc = archive_write_header(t->archive, entry) == ARCHIVE_OK ? 0 : -1;
    archive_entry_free(entry);
    if (rc != 0)
        return t->failed ? -1 : err_oom(t->e);
    return bundle_give(f, tar_part, t, t->e);
}

int bundle_tar(const struct bundle *b, const char *top, utc_t time, store_part *put, void *to,
               struct err *e)
{
    struct archive *a = archive_write_new();
    struct tar t = {a, put, to, e, false};
    bool open = a != NULL && archive_write_set_format_pax_restricted(a) == ARCHIVE_OK &&
                archive_write_add_filter_none(a) == ARCHIVE_OK &&
                archive_write_open(a, &t, NULL, tar_put, NULL) == ARCHIVE_OK;
    int rc = open ? 0 : err_oom(e);

    for (size_t i = 0; rc == 0 && i < b->n; i++)
        rc = tar_file(&t, top, &b->files[i], time);
    if (rc == 0 && archive_write_close(a) != ARCHIVE_OK)
        rc = t.failed ? -1 : err_oom(e);
    archive_write_free(a);
    return rc;
}

struct folder_check {
    const struct bundle *b;
    size_t n; /* that are there */
};

/* Nothing may lie in the bundle's folder that is not of the bundle. */
static int check_name(void *arg, const char *name, struct err *e)
{
    struct folder_check *c = arg;
    const struct bundle *b = c->b;

    if (array_find(b->files, b->n, sizeof *b->files, name + strlen("bundle/")) != NULL) {
        c->n++;
        return 0;
    }
    err_set(e, ERR_INPUT, "'%s' is in the way: it is no part of this bundle", name);
    return err_todo(e, "choose an empty folder, or move what is there away");
}

/* Hashes what passes by. */
struct passing {
    store_part *put;
    void *to;
    struct sha256_run *run;
};

static int pass(void *to, struct span part, struct err *e)
{
    const struct passing *p = to;

    return sha256_put(p->run, part) == 0 ? p->put(p->to, part, e) : err_oom(e);
}

/* A source whose bytes are hashed while they are given. */
struct hashed {
    const struct store_source *from;
    uint8_t *digest;
};

static int give_hashed(const void *self, store_part *put, void *to, struct err *e)
{
    const struct hashed *h = self;
    struct passing p = {put, to, sha256_begin()};
    int rc = p.run != NULL ? h->from->give(h->from->self, pass, &p, e) : err_oom(e);

    return sha256_end(p.run, h->digest) != 0 && rc == 0 ? err_oom(e) : rc;
}

/* Reads back what was written. */
static int check_back(struct store *dest, const char *name, const uint8_t *wanted, struct err *e)
{
    uint8_t back[SHA256_SIZE] = {0};
    int rc = store_sha256(dest, name, back, e);

    if (rc < 0 || (rc > 0 && memcmp(back, wanted, sizeof back) == 0))
        return rc < 0 ? -1 : 0;
    err_set(e, ERR_IO, "'%s' reads back differently from what was written", name);
    return err_todo(e, "take another stick or disk, and write the bundle again");
}

struct tar_source {
    const struct bundle *b;
    utc_t time;
};

static int give_tar(const void *self, store_part *put, void *to, struct err *e)
{
    const struct tar_source *t = self;

    return bundle_tar(t->b, "bundle", t->time, put, to, e);
}

/* Each was written; one may have taken the place of another. */
static int all_there(struct store *dest, const struct bundle *b, struct err *e)
{
    struct folder_check check = {b, 0};

    if (dest->ops->list(dest->self, "bundle", check_name, &check, e) != 0)
        return -1;
    if (check.n == b->n)
        return 0;
    err_set(e, ERR_IO, "%zu files of the bundle were written, and %zu are there", b->n, check.n);
    return err_todo(e,
                    "take a disk that distinguishes capital and small letters (not FAT), or carry "
                    "the bundle as its .tar");
}

static int write_tar(struct store *dest, const struct bundle *b, utc_t time, struct err *e)
{
    uint8_t written[SHA256_SIZE] = {0};
    const struct tar_source tar = {b, time};
    const struct store_source from = {give_tar, &tar};
    const struct hashed hashed = {&from, written};
    const struct store_source source = {give_hashed, &hashed};

    if (dest->ops->write_parts(dest->self, "bundle.tar", &source, e) != 0)
        return -1;
    return check_back(dest, "bundle.tar", written, e);
}

/* The bundle's files as they are called in the folder; a heap array, with its names. */
static struct store_file *name_files(const struct bundle *b, struct pool *names)
{
    struct store_file *files = calloc(b->n + 1, sizeof *files);
    struct bytes name = {0};

    for (size_t i = 0; files != NULL && i < b->n; i++) {
        bytes_truncate(&name, 0);
        bytes_printf(&name, "bundle/%s", b->files[i].name);
        files[i].name = bytes_failed(&name) ? NULL : pool_str(names, bytes_span(&name));
        files[i].from = (struct store_source){bundle_give, &b->files[i]};
        if (files[i].name == NULL) {
            free(files);
            files = NULL;
        }
    }
    bytes_clear(&name);
    return files;
}

static int write_files(struct store *dest, const struct bundle *b, struct err *e)
{
    struct pool names = {0};
    struct store_file *files = name_files(b, &names);
    int rc = files != NULL ? dest->ops->write_many(dest->self, files, b->n, e) : err_oom(e);

    if (rc == 0)
        rc = all_there(dest, b, e);
    for (size_t i = 0; rc == 0 && i < b->n; i++)
        rc = check_back(dest, files[i].name, b->files[i].sha256, e);
    free(files);
    pool_clear(&names);
    return rc;
}

/* What stands in the way refuses it; only then is on disk what the bundle is made of. */
static int write_all(struct ceremony *c, struct store *dest, const struct bundle *b, utc_t time,
                     struct err *e)
{
    struct folder_check check = {b, 0};

    if (dest->ops->list(dest->self, "bundle", check_name, &check, e) != 0 || act_commit(c, e) != 0)
        return -1;
    return write_files(dest, b, e) == 0 ? write_tar(dest, b, time, e) : -1;
}

static const struct bundle_file *find(const struct bundle *b, const char *name)
{
    return array_find(b->files, b->n, sizeof *b->files, name);
}

/* Is it the one that the journal has as written, and the transcript the one that it has as closed?
 */
static int check_written(const struct session *s, const struct bundle *b, struct err *e)
{
    char transcript[SHA256_HEX_SIZE];

    hex_of(find(b, "transcript.txt")->sha256, SHA256_SIZE, transcript);
    if (strcmp(b->manifest_sha256, s->bundle_manifest) == 0 &&
        (!s->closed || strcmp(transcript, s->transcript) == 0))
        return 0;
    err_set(e, ERR_JOURNAL, "the journal names another %s than plan, inputs and journal give",
            strcmp(b->manifest_sha256, s->bundle_manifest) != 0 ? "bundle" : "transcript");
    return s->closed ? err_todo(e, "use the version of the program that the journal names last; if "
                                   "it says the same, the record can't be trusted")
                     : err_todo(e, "write the bundle again, and write its digest down");
}

int bundle_close(struct ceremony *c, uint8_t transcript[SHA256_SIZE], struct err *e)
{
    const struct session *s = ceremony_session(c);
    char hex[SHA256_HEX_SIZE];
    struct bundle b;
    int rc = -1;

    if (act_need(c, STATION_CLOSING, e) != 0 || bundle_make(c, &b, e) != 0)
        return -1;
    if (check_written(s, &b, e) == 0) {
        memcpy(transcript, find(&b, "transcript.txt")->sha256, SHA256_SIZE);
        hex_of(transcript, SHA256_SIZE, hex);
        rc = act_close(c, hex, b.manifest_sha256, e);
    }
    bundle_clear(&b);
    return rc;
}

int bundle_write(struct ceremony *c, struct store *dest, struct bundle *out, struct err *e)
{
    const struct session *s = ceremony_session(c);
    struct bundle b;

    *out = (struct bundle){0};
    if ((!s->closed && ceremony_need_known(c, e) != 0) || bundle_make(c, &b, e) != 0)
        return -1;
    if (s->closed && check_written(s, &b, e) != 0) {
        bundle_clear(&b);
        return -1;
    }
    if (write_all(c, dest, &b, s->date, e) != 0) {
        bundle_clear(&b);
        return err_in(e, "writing the bundle to '%s'", dest->path);
    }
    if (!s->closed &&
        (act_need(c, STATION_BUNDLE, e) != 0 ||
         act_take(c, EVENT_BUNDLE_WRITTEN,
                  act_data("destination", dest->path, "manifest", b.manifest_sha256, NULL),
                  e) != 0)) {
        bundle_clear(&b);
        return -1;
    }
    *out = b;
    return 0;
}
