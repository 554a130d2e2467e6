/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "ceremony/act.h"
#include "metadata/client.h"

/* The proposals as the files that a client would fetch. */
static int fetch_proposal(void *self, const char *role, int64_t version, struct bytes *out,
                          struct err *e)
{
    const struct session *s = self;
    long at = session_proposal_find(s, role);

    if (at < 0 || (version != 0 && version != s->proposals[at].version))
        return 0;
    return envelope_write(s->proposals[at].envelope, out, e) == 0 ? 1 : -1;
}

static int journal_view(struct ceremony *c, const struct client_report *r, struct err *e)
{
    cJSON *data = cJSON_CreateObject(), *files;

    cJSON_AddBoolToObject(data, "accepted", true);
    files = cJSON_AddObjectToObject(data, "sha256");
    for (size_t i = 0; i < r->n; i++)
        if (r->rows[i].sha256[0] != '\0')
            cJSON_AddStringToObject(files, r->rows[i].role, r->rows[i].sha256);
    return act_take(c, EVENT_CLIENT_VIEW, data, e);
}

int act_client_view(struct ceremony *c, struct client_report *report, struct err *e)
{
    const struct session *s = ceremony_session(c);
    const struct session *const *view = &s;
    struct repository repo = {.fetch = fetch_proposal};
    struct bytes root;
    int rc = -1;

    *report = (struct client_report){0};
    if (!session_complete(s) || s->closed) {
        err_set(e, ERR_INCOMPLETE,
                s->closed ? "the ceremony is closed" : "signatures are still missing");
        return err_todo(e, "look at 'status'");
    }
    memcpy(&repo.self, view, sizeof repo.self); /* read only; the type has no const */
    bytes_init(&root);
    if (envelope_write(s->proposals[0].envelope, &root, e) == 0 &&
        client_run(&repo, bytes_span(&root), s->date, report, e) == 0) {
        if (report->accepted)
            rc = journal_view(c, report, e);
        else
            *e = report->err;
    }
    bytes_clear(&root);
    return rc;
}
