/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <string.h>
#include <strings.h>

#include "ceremony/cli/desk.h"
#include "ceremony/cli/out.h"
#include "ceremony/guard.h"
#include "ceremony/review.h"
#include "ceremony/words.h"

static int show(const struct session *s, size_t proposal, struct err *e)
{
    const struct proposal *p = &s->proposals[proposal];
    struct bytes text;
    int rc;

    bytes_init(&text);
    rc = review_text(s, proposal, &text, e);
    if (rc == 0) {
        out_text(bytes_span(&text));
        out_line("SHA-256 of the bytes to be signed:");
        out_digest(p->digest, 4);
        out_line("%s", p->reviewed ? "reviewed" : "not reviewed yet");
        out_line("%s", "");
    }
    bytes_clear(&text);
    return rc;
}

static int show_json(const struct session *s, long only, struct err *e)
{
    cJSON *tree = cJSON_CreateObject(), *list = cJSON_AddArrayToObject(tree, "proposals");

    for (size_t i = 0; i < s->nproposals; i++) {
        const struct proposal *p = &s->proposals[i];
        cJSON *item, *lines;
        struct changes c;
        struct findings f;

        if (only >= 0 && (size_t)only != i)
            continue;
        if (review_changes(s, i, &c, e) != 0 || guard_check(s, i, &f, e) != 0) {
            changes_clear(&c);
            cJSON_Delete(tree);
            return -1;
        }
        item = cJSON_CreateObject();
        cJSON_AddItemToArray(list, item);
        cJSON_AddStringToObject(item, "role", p->role);
        cJSON_AddNumberToObject(item, "version", (double)p->version);
        cJSON_AddStringToObject(item, "sha256", p->sha256);
        cJSON_AddBoolToObject(item, "reviewed", p->reviewed);
        lines = cJSON_AddArrayToObject(item, "changes");
        for (size_t k = 0; k < c.n; k++)
            cJSON_AddItemToArray(lines, cJSON_CreateString(c.items[k].words));
        cJSON_AddItemToObject(item, "findings", out_findings_json(&f));
        changes_clear(&c);
        findings_clear(&f);
    }
    return out_json(tree, e);
}

static int too_early(const struct session *s, struct err *e)
{
    err_set(e, ERR_INCOMPLETE, "there is nothing to review yet");
    return err_todo(e, "do '%s' first", station_title(session_station(s)));
}

static int accept(struct desk *d, size_t at, const char *word, struct err *e)
{
    const struct proposal *p = &ceremony_session(d->c)->proposals[at];

    if (strcasecmp(word, word_of(p->digest[0], 0)) != 0) {
        err_set(e, ERR_PLAN, "'%s' is not the first word of the digest of '%s'", word, p->role);
        return err_todo(e, "compare the digest, then type its first word");
    }
    return act_review(d->c, at, e);
}

static int review(struct desk *d, const struct invocation *in, struct err *e)
{
    const struct session *s = ceremony_session(d->c);
    const char *word = in_value(in, "accept");
    long at = -1;

    if (s->nproposals == 0)
        return too_early(s, e);
    if (in->nargs > 1 && (at = session_proposal_find(s, in->args[1])) < 0) {
        err_set(e, ERR_USAGE, "this ceremony does not propose '%s'", in->args[1]);
        return err_todo(e, "'review DIR' shows what it proposes");
    }
    if (word != NULL && at < 0) {
        err_set(e, ERR_USAGE, "--accept needs the role");
        return err_todo(e, "write: review DIR root --accept WORD");
    }
    if (word != NULL && accept(d, (size_t)at, word, e) != 0)
        return -1;
    s = ceremony_session(d->c);
    if (in_has(in, "json"))
        return show_json(s, at, e);
    for (size_t i = 0; i < s->nproposals; i++)
        if ((at < 0 || (size_t)at == i) && show(s, i, e) != 0)
            return -1;
    return 0;
}

static int run(const struct invocation *in, struct err *e)
{
    bool work = in_has(in, "accept");
    struct desk d;
    int rc = desk_open(&d, in, in->args[0], work ? CEREMONY_WORK : CEREMONY_READ, e);

    if (rc == 0)
        rc = review(&d, in, e);
    desk_close(&d);
    return rc;
}

const struct command cmd_review = {
    .name = "review",
    .args = "DIR [ROLE]",
    .summary = "what will be signed, in words, with its digest",
    .min = 1,
    .max = 2,
    .options = {{"accept", "WORD", "record the review, by the digest's first word"}},
    .run = run,
};
