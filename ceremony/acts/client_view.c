/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "ceremony/acts/act.h"
#include "ceremony/publication/publication.h"
#include "metadata/client/client.h"

/* A client at work over what will be published. */
struct playing {
    const struct session *s;
    struct store *store; /* the files in force as they are published: hashes are over those bytes */
    struct publication *files;
};

static const struct envelope *trusted_version(const struct trusted *t, const char *role,
                                              int64_t version)
{
    const struct trusted_file *file = trusted_file(t, role);

    if (strcmp(role, signed_type_name(SIGNED_ROOT)) == 0)
        for (size_t i = 0; i < t->nroots; i++)
            if (t->roots[i].version == version)
                return t->roots[i].envelope;
    if (strcmp(role, signed_type_name(SIGNED_TARGETS)) == 0)
        return version <= 0 || version == t->targets.head.version ? t->targets_envelope : NULL;
    if (strcmp(role, signed_type_name(SIGNED_SNAPSHOT)) == 0)
        return version <= 0 || version == t->snapshot.listing.head.version ? t->snapshot.envelope
                                                                           : NULL;
    if (strcmp(role, signed_type_name(SIGNED_TIMESTAMP)) == 0) /* useless without what it lists */
        return t->snapshot.envelope != NULL ? t->timestamp.envelope : NULL;
    return file != NULL && (version <= 0 || version == file->version) ? file->envelope : NULL;
}

/* Do keyholders of the plan sign it? Else it is not this room's. */
static bool is_ours(const struct session *s, const char *role)
{
    const struct plan_role *r;

    if (strcmp(role, signed_type_name(SIGNED_ROOT)) == 0 || session_proposal_find(s, role) >= 0)
        return true;
    r = plan_role_of(s->plan, role);
    return r != NULL && r->nseats > 0;
}

/* The bytes of a file in force; nothing of one that others must make anew. */
static int fetch_in_force(const struct playing *p, const char *role, int64_t version,
                          struct bytes *out, struct err *e)
{
    const struct trusted *t = p->s->plan->trusted;
    const struct envelope *env = t != NULL ? trusted_version(t, role, version) : NULL;
    const struct fitting *file = publication_find(p->files, role);

    if (env == NULL || (file != NULL && file->fit == FIT_ANEW && !is_ours(p->s, role)))
        return 0;
    return p->store->ops->read(p->store->self, envelope_name(env), STORE_MAX_FILE, out, e);
}

/* The proposals, and what stays in force beside them, as the files that a client would fetch. */
static int fetch_published(void *self, const char *role, int64_t *version, struct bytes *out,
                           struct err *e)
{
    const struct playing *p = self;
    long at = session_proposal_find(p->s, role);

    if (at < 0 || (*version > 0 && *version != p->s->proposals[at].version))
        return fetch_in_force(p, role, *version, out, e);
    envelope_put_canonical(p->s->proposals[at].envelope, out);
    return bytes_failed(out) ? err_oom(e) : 1;
}

static int journal_view(struct ceremony *c, struct err *e)
{
    uint8_t digest[SHA256_SIZE];
    char hex[SHA256_HEX_SIZE];

    if (session_digest(ceremony_session(c), digest, e) != 0)
        return -1;
    hex_of(digest, sizeof digest, hex);
    return act_take(c, EVENT_CLIENT_VIEW, act_data("sha256", hex, NULL), e);
}

/* A file that was not given is none that a client refuses; one of the online side that it refuses
 * must be made anew, and is no reason to refuse what is signed here. `*again`: such a one is added.
 */
static int classify_rows(struct playing *p, struct client_report *r, bool *again, struct err *e)
{
    *again = false;
    err_clear(&r->err);
    for (size_t i = 0; i < r->n; i++) {
        struct client_row *row = &r->rows[i];
        const struct fitting *file = publication_find(p->files, row->role);
        const struct fitting refused = {row->role, FIT_ANEW,      row->version,
                                        true,      row->err.what, false};

        if (row->verdict != CLIENT_REFUSED)
            continue;
        if (row->err.code == ERR_INCOMPLETE && file != NULL && file->fit == FIT_UNSEEN)
            row->verdict = CLIENT_ABSENT;
        else if (!is_ours(p->s, row->role) && (file == NULL || file->fit != FIT_ANEW)) {
            *again = true;
            if (publication_add(p->files, &refused, e) != 0)
                return -1;
        } else if (r->err.code == ERR_NONE)
            r->err = row->err;
    }
    publication_settle(p->files);
    r->accepted = r->n > 0 && r->err.code == ERR_NONE;
    return 0;
}

/* One client, that was shipped with this root. */
static int view_from(struct playing *p, const struct envelope *root, struct client_report *report,
                     struct err *e)
{
    struct repository repo = {.self = p, .fetch = fetch_published};
    bool again = true;
    struct bytes text = {0};
    int rc = 0;

    envelope_put_canonical(root, &text);
    if (bytes_failed(&text))
        rc = err_oom(e);
    while (rc == 0 && again) {
        client_report_clear(report);
        rc = client_run(&repo, bytes_span(&text), p->s->today, report, e);
        rc = rc == 0 ? classify_rows(p, report, &again, e) : rc;
    }
    bytes_clear(&text);
    return rc;
}

/* Did the client come as far as the newest root? It goes only so many steps at a time. */
static bool reached_newest_root(const struct session *s, const struct client_report *r)
{
    long at = session_proposal_find(s, "root");
    int64_t newest = at >= 0 ? s->proposals[at].version : s->plan->trusted->root->head.version;

    for (size_t i = 0; i < r->n; i++)
        if (strcmp(r->rows[i].role, "root") == 0 && r->rows[i].version == newest)
            return r->accepted;
    return false;
}

/* Every client that could still be out there: one for each root that leads to the one in force.
 * The oldest speaks for all when it arrives: on its way it checks every later root by that root's
 * own keys, which is all that a client shipped with it does at first, and goes on from there over
 * the same files, by the same date, to the same newest root. When it refuses, or gives up on the
 * way, it says nothing about the others, and each is asked. */
static int view_all(struct playing *p, struct client_report *report, struct err *e)
{
    const struct trusted *t = p->s->plan->trusted;
    size_t oldest;

    if (plan_followed_root(p->s->plan) == NULL)
        return view_from(p, p->s->proposals[session_proposal_find(p->s, "root")].envelope, report,
                         e);
    for (oldest = t->nroots; oldest > 0 && t->roots[oldest - 1].follows;)
        oldest--;
    if (oldest < t->nroots) {
        if (view_from(p, t->roots[oldest].envelope, report, e) != 0)
            return -1;
        if (reached_newest_root(p->s, report))
            return 0;
    }
    /* Each client that could still be out there by itself, the newest first; ends with the first
     * one that refuses, and says which. */
    for (size_t i = t->nroots; i-- > 0 && t->roots[i].follows;) {
        if (view_from(p, t->roots[i].envelope, report, e) != 0)
            return -1;
        if (!report->accepted) {
            err_in(&report->err, "a client that was shipped with root v%" PRId64,
                   t->roots[i].version);
            return 0;
        }
    }
    return 0;
}

int client_view_play(const struct ceremony *c, struct client_report *report,
                     struct publication *files, struct err *e)
{
    const struct session *s = ceremony_session(c);
    struct playing p = {s, ceremony_store(c), files};

    *report = (struct client_report){0};
    *files = (struct publication){0};
    if (!session_complete(s)) {
        err_set(e, ERR_INCOMPLETE, "signatures are still missing");
        return err_todo(e, "look at 'status'");
    }
    if (publication_check(s, files, e) != 0 || view_all(&p, report, e) != 0)
        return -1;
    if (report->accepted)
        return 0;
    *e = report->err;
    return -1;
}

int client_view_check(const struct ceremony *c, struct err *e)
{
    struct client_report report;
    struct publication files;
    int rc = client_view_play(c, &report, &files, e);

    client_report_clear(&report);
    publication_clear(&files);
    return rc;
}

int act_client_view(struct ceremony *c, struct client_report *report, struct publication *files,
                    struct err *e)
{
    *report = (struct client_report){0};
    *files = (struct publication){0};
    if (ceremony_session(c)->closed) {
        err_set(e, ERR_INCOMPLETE, "the ceremony is closed");
        return err_todo(e, "look at 'status'");
    }
    return client_view_play(c, report, files, e) == 0 ? journal_view(c, e) : -1;
}
