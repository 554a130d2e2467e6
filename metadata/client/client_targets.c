/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "metadata/client/client_walk.h"
#include "metadata/file_name.h"
#include "metadata/paths/bin.h"

/* Succinct roles (TAP 15) name at most this many bins that are looked for one by one. */
#define LOOKED_AT_BITS 16

/* Roles that are delegated to and not there cost their delegator a few bytes or none: so many of
 * them have a row. */
#define ABSENT_MAX ((size_t)1 << LOOKED_AT_BITS)

/* python-tuf looks at this many delegations for one path; deeper ones are out of its reach. */
#define DEPTH_MAX 32

/* Each file is read for each of its delegators, whose keys differ. A repository in which everybody
 * delegates to everybody would be read for hours: that many bytes are read once more at most. */
#define AGAIN_MAX ((size_t)256 << 20)

static int visit(struct client_walk *w, const struct role *role, const struct keyring *keys,
                 const char *name, struct err *e);

static int name_cmp(const void *a, const void *b)
{
    return strcmp(a, b);
}

static void name_kept(void *name)
{
    free(name);
}

/* Was the role looked at by another way? Then what is below it was looked at too. */
static int seen(struct client_walk *w, const char *name, bool *before, struct err *e)
{
    char *copy;

    *before = tfind(name, &w->seen, name_cmp) != NULL;
    if (*before)
        return 0;
    if ((copy = strdup(name)) == NULL)
        return err_oom(e);
    if (tsearch(copy, &w->seen, name_cmp) == NULL) {
        free(copy);
        return err_oom(e);
    }
    return 0;
}

static int visit_bins(struct client_walk *w, const struct delegation *d, const struct keyring *keys,
                      struct err *e)
{
    struct client_row *row;
    struct err why;
    struct bytes name = {0};
    int rc = 0;

    if (d->bit_length > LOOKED_AT_BITS) {
        if ((row = client_row_new(w->report, d->role.name, e)) == NULL)
            return -1;
        err_set(&why, ERR_INPUT, "2^%u bins are more than are looked at", d->bit_length);
        err_todo(&why, "look at single paths with 'inspect --path'");
        return client_refuse(w->report, row, &why);
    }
    for (uint32_t bin = 0; rc == 0 && bin < UINT32_C(1) << d->bit_length; bin++) {
        bytes_truncate(&name, 0);
        succinct_name(d->role.name, d->bit_length, bin, &name);
        rc = bytes_failed(&name) ? err_oom(e) : visit(w, &d->role, keys, bytes_str(&name), e);
    }
    bytes_clear(&name);
    return rc;
}

static int visit_below(struct client_walk *w, const struct targets *t, struct err *e)
{
    int rc = 0;

    w->depth++;
    for (size_t i = 0; rc == 0 && i < t->n; i++) {
        const struct delegation *d = &t->delegations[i];

        rc = d->bit_length > 0 ? visit_bins(w, d, &t->keys, e)
                               : visit(w, &d->role, &t->keys, d->role.name, e);
    }
    w->depth--;
    return rc;
}

/* Reads and checks the file that has this version in its name; `*text` is moved. */
static int file_check(struct client_walk *w, struct client_row *row, const struct role *role,
                      const struct keyring *keys, const struct file_meta *listed, int64_t version,
                      struct bytes *text, struct client_file *out, struct err *e)
{
    struct err why;
    int rc = client_parse(w, row, text, row->role, &out->env, e);

    if (rc != 0 || out->env == NULL)
        return rc;
    err_clear(&why);
    if (targets_read(envelope_object(out->env), &out->targets, &why) != 0)
        return why.code == ERR_INTERNAL ? (*e = why, -1) : client_refuse(w->report, row, &why);
    if (!client_version_fits(row, &out->targets.head, listed, version, &why))
        return client_refuse(w->report, row, &why);
    envelope_settle(out->env); /* its text may be large, and so may be what is below */
    rc = client_rules_keys(&w->report->stock, row->role, &out->targets.keys, e);
    if (rc == 0)
        rc = client_threshold(w, row, out->env, role, keys, &out->accepted, e);
    if (rc == 0 && out->accepted)
        rc = client_head(w, row, &out->targets.head, out->env, &out->accepted, e);
    if (rc == 0 && out->accepted && listed == NULL)
        row->verdict = CLIENT_UNBOUND;
    return rc;
}

/* What the snapshot says of a role: 1 listed, 0 no snapshot, -1 error; 2: not listed. */
static int listed_find(struct client_walk *w, const char *name, struct file_meta *out,
                       struct err *e)
{
    struct bytes file = {0};
    int found;

    if (w->snapshot_env == NULL)
        return 0;
    file_name_put(&file, 0, name);
    found = bytes_failed(&file) ? err_oom(e) : listing_find(&w->snapshot, bytes_str(&file), out, e);
    bytes_clear(&file);
    return found == 0 ? 2 : found;
}

/* Not all is looked at, so that nothing is said to be accepted. */
static int refuse_too_many(struct client_walk *w, struct client_row *row)
{
    struct err why;

    w->limit_reached = true;
    err_set(&why, ERR_INPUT, "'%s' and others are delegated to more often than is looked at",
            row->role);
    err_todo(&why, "ask who made this repository; look at single paths with 'inspect --path'");
    return client_refuse(w->report, row, &why);
}

static int missing(struct client_walk *w, struct client_row *row, bool listed, struct err *e)
{
    struct err why;

    row->verdict = CLIENT_ABSENT;
    if (!listed && ++w->absent > ABSENT_MAX) {
        if (!w->limit_reached)
            return refuse_too_many(w, row);
        client_row_drop(w->report);
        return 0;
    }
    if (!listed)
        return w->snapshot_env != NULL ? client_note(row, e, "the snapshot does not list it") : 0;
    err_set(&why, ERR_INCOMPLETE, "'%s' is listed by the snapshot but not there", row->role);
    err_todo(&why, "complete the folder; a client that asks for the file gets an error");
    return client_refuse(w->report, row, &why);
}

void client_file_clear(struct client_file *f)
{
    targets_clear(&f->targets);
    envelope_free(f->env);
    *f = (struct client_file){0};
}

int client_fetch(struct client_walk *w, const char *name, const struct role *role,
                 const struct keyring *keys, struct client_file *out, struct err *e)
{
    struct client_row *row;
    struct file_meta meta;
    struct bytes text = {0};
    int rc = -1, listed, found = 0;
    int64_t version;
    bool ok = false;

    *out = (struct client_file){.row = w->report->n};
    if ((row = client_row_new(w->report, name, e)) == NULL ||
        (listed = listed_find(w, name, &meta, e)) < 0)
        return -1;
    version = client_version(w, listed == 1 ? &meta : NULL);
    if (listed != 2)
        found = w->repo->fetch(w->repo->self, name, &version, &text, e);
    row->threshold = role->threshold;
    w->read += text.n;
    if (found == 0)
        rc = missing(w, row, listed == 1, e);
    else if (found > 0)
        rc = client_listed(w, row, listed == 1 ? &meta : NULL, bytes_span(&text), &ok, e);
    if (rc == 0 && ok)
        rc = file_check(w, row, role, keys, listed == 1 ? &meta : NULL, version, &text, out, e);
    bytes_clear(&text);
    if (rc != 0)
        client_file_clear(out);
    return rc;
}

static int visit(struct client_walk *w, const struct role *role, const struct keyring *keys,
                 const char *name, struct err *e)
{
    struct client_file file;
    struct client_row *row;
    size_t read = w->read;
    bool before;
    int rc = 0;

    if (seen(w, name, &before, e) != 0)
        return -1;
    if (before && w->again > AGAIN_MAX) {
        if (w->limit_reached)
            return 0;
        row = client_row_new(w->report, name, e);
        return row != NULL ? refuse_too_many(w, row) : -1;
    }
    if (client_fetch(w, name, role, keys, &file, e) != 0)
        return -1;
    w->again += before ? w->read - read : 0;
    if (file.accepted && !before && file.targets.n > 0)
        rc = w->depth < DEPTH_MAX ? visit_below(w, &file.targets, e)
                                  : client_note(&w->report->rows[file.row], e,
                                                "below here is out of clients' reach");
    client_file_clear(&file);
    return rc;
}

int client_targets(struct client_walk *w, struct err *e)
{
    int rc = visit(w, &w->root.roles[SIGNED_TARGETS], &w->root.keys, "targets", e);

    tdestroy(w->seen, name_kept);
    w->seen = NULL;
    return rc;
}
