/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "ceremony/act.h"
#include "metadata/client.h"

static const struct envelope *trusted_version(const struct trusted *t, const char *role,
                                              int64_t version)
{
    const struct trusted_file *file;

    if (t != NULL && strcmp(role, "root") == 0)
        for (size_t i = 0; i < t->nroots; i++)
            if (t->roots[i].version == version)
                return t->roots[i].envelope;
    if (t != NULL && strcmp(role, "targets") == 0 && t->targets_envelope != NULL &&
        (version <= 0 || version == t->targets.head.version))
        return t->targets_envelope;
    file = trusted_file(t, role);
    return file != NULL && (version <= 0 || version == file->version) ? file->envelope : NULL;
}

/* The proposals, and what stays in force beside them, as the files that a client would fetch. */
static int fetch_proposal(void *self, const char *role, int64_t version, struct bytes *out,
                          struct err *e)
{
    const struct session *s = self;
    long at = session_proposal_find(s, role);
    const struct envelope *env = NULL;

    if (at >= 0 && (version <= 0 || version == s->proposals[at].version))
        env = s->proposals[at].envelope;
    else if (at < 0 || version > 0)
        env = trusted_version(s->plan->trusted, role, version);
    if (env == NULL)
        return 0;
    envelope_put_canonical(env, out);
    return bytes_failed(out) ? err_oom(e) : 1;
}

static int journal_view(struct ceremony *c, const struct client_report *r, struct err *e)
{
    cJSON *data = cJSON_CreateObject(), *files;
    char name[1100];

    cJSON_AddBoolToObject(data, "accepted", true);
    files = cJSON_AddObjectToObject(data, "sha256");
    for (size_t i = 0; i < r->n; i++)
        if (r->rows[i].sha256[0] != '\0') {
            snprintf(name, sizeof name, "%" PRId64 ".%s", r->rows[i].version, r->rows[i].role);
            cJSON_AddStringToObject(files, name, r->rows[i].sha256);
        }
    return act_take(c, EVENT_CLIENT_VIEW, data, e);
}

/* One client, that was shipped with this root. */
static int view_from(const struct session *s, const struct envelope *root,
                     struct client_report *report, struct err *e)
{
    const struct session *const *view = &s;
    struct repository repo = {.fetch = fetch_proposal};
    struct bytes text;
    int rc;

    memcpy(&repo.self, view, sizeof repo.self); /* read only; the type has no const */
    bytes_init(&text);
    envelope_put_canonical(root, &text);
    rc =
        bytes_failed(&text) ? err_oom(e) : client_run(&repo, bytes_span(&text), s->date, report, e);
    bytes_clear(&text);
    return rc;
}

/* Each client that could still be out there by itself, the newest first; ends with the first one
 * that refuses, and says which. */
static int view_each(const struct session *s, struct client_report *report, struct err *e)
{
    const struct trusted *t = s->plan->trusted;

    for (size_t i = t->nroots; i-- > 0 && t->roots[i].follows;) {
        client_report_clear(report);
        if (view_from(s, t->roots[i].envelope, report, e) != 0)
            return -1;
        if (!report->accepted) {
            err_in(&report->err, "a client that was shipped with root v%" PRId64,
                   t->roots[i].version);
            return 0;
        }
    }
    return 0;
}

/* Did the client come as far as the newest root? It goes only so many steps at a time. */
static bool arrived(const struct session *s, const struct client_report *r)
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
static int view_all(const struct session *s, struct client_report *report, struct err *e)
{
    const struct trusted *t = s->plan->trusted;
    size_t oldest;

    if (t == NULL)
        return view_from(s, s->proposals[0].envelope, report, e);
    for (oldest = t->nroots; oldest > 0 && t->roots[oldest - 1].follows;)
        oldest--;
    if (oldest < t->nroots) {
        if (view_from(s, t->roots[oldest].envelope, report, e) != 0)
            return -1;
        if (arrived(s, report))
            return 0;
    }
    return view_each(s, report, e);
}

int act_client_view(struct ceremony *c, struct client_report *report, struct err *e)
{
    const struct session *s = ceremony_session(c);

    *report = (struct client_report){0};
    if (!session_complete(s) || s->closed) {
        err_set(e, ERR_INCOMPLETE,
                s->closed ? "the ceremony is closed" : "signatures are still missing");
        return err_todo(e, "look at 'status'");
    }
    if (view_all(s, report, e) != 0)
        return -1;
    if (report->accepted)
        return journal_view(c, report, e);
    *e = report->err;
    return -1;
}
