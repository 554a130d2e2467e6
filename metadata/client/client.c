/* SPDX-License-Identifier: Apache-2.0 */
#include "metadata/client/client.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "metadata/client/client_walk.h"

/* Stock clients follow this many new roots at a time (python-tuf's max_root_rotations). */
#define ROTATIONS_MAX 256

static struct client_row *last_row(struct client_walk *w)
{
    return &w->report->rows[w->report->n - 1];
}

/* Parses a root file into `env` and `root`; refuses the last row when it can't be read. */
static int root_parse(struct client_walk *w, struct bytes *text, const char *name,
                      struct envelope **env, struct root *root, struct err *e)
{
    struct err why;

    if (client_parse(w, last_row(w), text, name, env, e) != 0)
        return -1;
    if (*env == NULL)
        return 0;
    err_clear(&why);
    if (root_read(envelope_object(*env), root, &why) == 0)
        return 0;
    envelope_free(*env);
    *env = NULL;
    if (why.code == ERR_INTERNAL) {
        *e = why;
        return -1;
    }
    return client_refuse(w->report, last_row(w), &why);
}

/* A root's row; expiry is the caller's matter (only the last root's counts). */
static int root_row(struct client_walk *w, const struct root *root, const struct envelope *env,
                    struct err *e)
{
    struct client_row *row = last_row(w);

    row->version = root->head.version;
    row->expires = root->head.expires;
    if (sha256_hex(envelope_signed(env), row->sha256) != 0)
        return err_oom(e);
    if (client_rules_root(&w->report->stock, envelope_name(env), root, e) != 0)
        return -1;
    if (!root->consistent_snapshot)
        return client_note(row, e, "consistent_snapshot is not true");
    return 0;
}

static int trust_first(struct client_walk *w, struct span trusted, bool *ok, struct err *e)
{
    struct bytes text = {0};
    int rc;

    *ok = false;
    if (client_row_new(w->report, "root", e) == NULL)
        return -1;
    bytes_put_span(&text, trusted);
    if (bytes_failed(&text))
        return err_oom(e);
    rc = root_parse(w, &text, "the trusted root", &w->root_env, &w->root, e);
    if (rc != 0 || w->root_env == NULL)
        return rc;
    if (root_row(w, &w->root, w->root_env, e) != 0)
        return -1;
    return client_threshold(w, last_row(w), w->root_env, &w->root.roles[SIGNED_ROOT], &w->root.keys,
                            ok, e);
}

/* Is `next` signed by t_old of the keys in force, and does it carry the version asked for? */
static int root_follows(struct client_walk *w, const struct root *next, const struct envelope *env,
                        bool *ok, struct err *e)
{
    struct client_row *row = last_row(w);
    struct tally old;
    struct err why;
    char by[48];

    if (next->head.version != w->root.head.version + 1) {
        *ok = false;
        err_set(&why, ERR_VERSION, "'%s' carries version %" PRId64, envelope_name(env),
                next->head.version);
        err_todo(&why, "a file name and the version inside it must agree; do not use this file");
        return client_refuse(w->report, row, &why);
    }
    if (envelope_tally(env, &w->root.roles[SIGNED_ROOT], &w->root.keys, &old, e) != 0)
        return -1;
    row->old_threshold = old.threshold;
    row->old_valid = old.valid;
    if (*ok && !tally_reached(&old)) {
        *ok = false;
        snprintf(by, sizeof by, "root version %" PRId64, w->root.head.version);
        tally_refuse(&old, by, &why);
        err_in(&why, "%s", envelope_name(env));
        client_refuse(w->report, row, &why);
    }
    tally_clear(&old);
    return 0;
}

/* One new root; `*more` says whether to look for another. */
static int root_step(struct client_walk *w, bool *more, bool *ok, struct err *e)
{
    struct bytes text = {0};
    struct envelope *env = NULL;
    struct root next = {0};
    int64_t version = w->root.head.version + 1;
    char name[48];
    int rc = -1, found;

    *more = false;
    snprintf(name, sizeof name, "%" PRId64 ".root.json", version);
    found = w->repo->fetch(w->repo->self, "root", &version, &text, e);
    if (found <= 0) {
        rc = found;
        goto out;
    }
    *ok = false;
    if (client_row_new(w->report, "root", e) == NULL ||
        root_parse(w, &text, name, &env, &next, e) != 0)
        goto out;
    if (env != NULL &&
        (root_row(w, &next, env, e) != 0 ||
         client_threshold(w, last_row(w), env, &next.roles[SIGNED_ROOT], &next.keys, ok, e) != 0 ||
         root_follows(w, &next, env, ok, e) != 0))
        goto out;
    if (*ok) {
        root_clear(&w->root);
        envelope_free(w->root_env);
        w->root = next;
        w->root_env = env;
        next = (struct root){0};
        env = NULL;
        *more = true;
    }
    rc = 0;
out:
    root_clear(&next);
    envelope_free(env);
    bytes_clear(&text);
    return rc;
}

static int root_chain(struct client_walk *w, struct span trusted, bool *ok, struct err *e)
{
    bool more = true;
    int rc = trust_first(w, trusted, ok, e);

    for (unsigned i = 0; rc == 0 && *ok && more && i < ROTATIONS_MAX; i++)
        rc = root_step(w, &more, ok, e);
    if (rc != 0 || !*ok)
        return rc;
    return client_head(w, last_row(w), &w->root.head, w->root_env, ok, e);
}

int64_t client_version(const struct client_walk *w, const struct file_meta *listed)
{
    if (!w->root.consistent_snapshot)
        return 0;
    return listed != NULL ? listed->version : REPOSITORY_NEWEST;
}

/* timestamp or snapshot: a signed listing of other files. `*out` stays NULL when it is absent or
 * refused. */
static int listing_step(struct client_walk *w, enum signed_type type,
                        const struct file_meta *listed, struct listing *out,
                        struct envelope **out_env, struct err *e)
{
    const char *name = signed_type_name(type);
    struct client_row *row = client_row_new(w->report, name, e);
    struct bytes text = {0};
    int64_t version = type == SIGNED_TIMESTAMP ? 0 : client_version(w, listed);
    struct err why;
    bool ok;
    int rc = -1, found;

    if (row == NULL)
        return -1;
    found = w->repo->fetch(w->repo->self, name, &version, &text, e);
    if (found <= 0) {
        row->verdict = CLIENT_ABSENT;
        rc = found;
        if (found == 0 && listed != NULL) {
            err_set(&why, ERR_INCOMPLETE, "'%s' version %" PRId64 " is listed but not there", name,
                    listed->version);
            err_todo(&why, "complete the folder; a client that asks for the file gets an error");
            rc = client_refuse(w->report, row, &why);
        }
        goto out;
    }
    if (client_listed(w, row, listed, bytes_span(&text), &ok, e) != 0 ||
        (ok && client_parse(w, row, &text, name, out_env, e) != 0))
        goto out;
    rc = 0;
    if (!ok || *out_env == NULL)
        goto out;
    err_clear(&why);
    if (listing_read(envelope_object(*out_env), type, out, &why) != 0)
        ok = client_refuse(w->report, row, &why) != 0;
    else if (!client_version_fits(row, &out->head, listed, version, &why))
        ok = client_refuse(w->report, row, &why) != 0;
    else {
        rc = client_threshold(w, row, *out_env, &w->root.roles[type], &w->root.keys, &ok, e);
        if (rc == 0 && ok)
            rc = client_head(w, row, &out->head, *out_env, &ok, e);
    }
    if (rc != 0 || !ok) {
        envelope_free(*out_env);
        *out_env = NULL;
        listing_clear(out);
    }
out:
    bytes_clear(&text);
    return rc;
}

static int listings(struct client_walk *w, bool *go_on, struct err *e)
{
    struct listing timestamp = {0};
    struct envelope *env = NULL;
    struct file_meta meta;
    size_t row = w->report->n;
    int rc, found = 0;

    rc = listing_step(w, SIGNED_TIMESTAMP, NULL, &timestamp, &env, e);
    if (rc == 0 && env != NULL)
        rc = (found = listing_find(&timestamp, "snapshot.json", &meta, e)) < 0 ? -1 : 0;
    *go_on = rc == 0 && w->report->rows[row].verdict != CLIENT_REFUSED;
    if (*go_on) {
        row = w->report->n;
        rc = listing_step(w, SIGNED_SNAPSHOT, found > 0 ? &meta : NULL, &w->snapshot,
                          &w->snapshot_env, e);
        *go_on = rc == 0 && w->report->rows[row].verdict != CLIENT_REFUSED;
        w->report->complete = env != NULL && w->snapshot_env != NULL;
        if (rc == 0 && *go_on && env == NULL && w->snapshot_env != NULL)
            w->report->rows[row].verdict = CLIENT_UNBOUND;
    }
    listing_clear(&timestamp);
    envelope_free(env);
    return rc;
}

int client_follow(struct client_walk *w, struct span trusted_root, client_below *below,
                  struct err *e)
{
    bool ok = false;
    int rc;

    *w->report = (struct client_report){0};
    rc = root_chain(w, trusted_root, &ok, e);
    if (rc == 0 && ok)
        rc = listings(w, &ok, e);
    if (rc == 0 && ok)
        rc = below(w, e);
    w->report->accepted = rc == 0 && w->report->err.code == ERR_NONE;
    root_clear(&w->root);
    envelope_free(w->root_env);
    listing_clear(&w->snapshot);
    envelope_free(w->snapshot_env);
    if (rc != 0)
        client_report_clear(w->report);
    return rc;
}

int client_run(const struct repository *repo, struct span trusted_root, utc_t now,
               struct client_report *out, struct err *e)
{
    struct client_walk w = {.repo = repo, .now = now, .report = out};

    return client_follow(&w, trusted_root, client_targets, e);
}
