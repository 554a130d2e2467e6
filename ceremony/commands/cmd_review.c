/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "ceremony/base/finding.h"
#include "ceremony/base/memory.h"
#include "ceremony/base/words.h"
#include "ceremony/cli/context.h"
#include "ceremony/cli/out.h"
#include "ceremony/review/delegation_review.h"
#include "ceremony/review/review.h"
#include "ceremony/rules/proposal_rules.h"
#include "metadata/base/plain.h"

/* Metadata does not say of which delegated role it is. */
static void print_role(const struct session *s, size_t group, const char *name)
{
    const struct proposal_group *g = &s->groups[group];

    if (s->plan->roles[g->role].delegation == NULL)
        return;
    if (name == NULL)
        out_line("Delegated role%s %s:", g->n == 1 ? "" : "s", session_group_name(s, group));
    else
        out_line("Delegated role %s, one of %s:", name, session_group_name(s, group));
}

static int show(const struct session *s, size_t group, struct err *e)
{
    const struct proposal_group *g = &s->groups[group];
    struct lines *lines;
    int rc = review_lines(s, group, &lines, e);

    if (rc == 0) {
        print_role(s, group, NULL);
        rc = out_lines(lines, e);
    }
    if (rc == 0) {
        out_line(g->n == 1 ? "SHA-256 of the bytes to be signed:"
                           : "SHA-256 of the list of files, a line each: \"<sha256>  "
                             "<version>.<role>\":");
        out_digest(g->digest, 4);
        out_line("%s", g->reviewed ? "reviewed" : "not reviewed yet");
        out_line("%s", "");
    }
    lines_free(lines);
    return rc;
}

/* One file of a role template. */
static int show_file(const struct session *s, size_t proposal, struct err *e)
{
    struct lines *lines;
    int rc = review_file_lines(s, proposal, &lines, e);

    if (rc == 0) {
        print_role(s, s->proposals[proposal].group, s->proposals[proposal].role);
        rc = out_lines(lines, e);
    }
    if (rc == 0) {
        out_line("SHA-256 of the bytes to be signed:");
        out_digest(s->proposals[proposal].digest, 4);
    }
    lines_free(lines);
    return rc;
}

/* What changes may be a line for each of 700,000 entries: printed one after the other. */
static int print_changes(const struct changes *c, struct err *e)
{
    struct bytes words = {0}, quoted = {0}, line = {0};
    bool failed;

    for (size_t i = 0; i < c->n; i++) {
        bytes_truncate(&words, 0);
        bytes_truncate(&quoted, 0);
        bytes_truncate(&line, 0);
        change_words(c, i, &words);
        json_put_string(&quoted, bytes_span(&words));
        plain_put_json(&line, bytes_span(&quoted));
        out_json_part("%s\n%s", i > 0 ? "," : "", memory_text(&line));
    }
    failed = bytes_failed(&words) || bytes_failed(&quoted) || bytes_failed(&line);
    bytes_clear(&words);
    bytes_clear(&quoted);
    bytes_clear(&line);
    return failed ? err_oom(e) : 0;
}

/* What the rules say stands with the first file of a role. */
static int put_findings_json(const struct session *s, size_t group, cJSON *item, struct err *e)
{
    struct findings f;

    if (proposal_rules_check(s, group, &f, e) != 0)
        return -1;
    cJSON_AddItemToObject(item, "findings", out_findings_json(&f));
    findings_clear(&f);
    return 0;
}

static cJSON *head_json(const struct session *s, const struct proposal *p)
{
    cJSON *item = cJSON_CreateObject();

    cJSON_AddStringToObject(item, "role", p->role);
    cJSON_AddNumberToObject(item, "version", (double)p->version);
    cJSON_AddStringToObject(item, "sha256", p->sha256);
    cJSON_AddBoolToObject(item, "reviewed", s->groups[p->group].reviewed);
    return item;
}

static int print_proposal(const struct session *s, const struct delegation_review *r, size_t i,
                          struct err *e)
{
    const struct proposal *p = &s->proposals[i];
    struct changes c = {0};
    cJSON *item = head_json(s, p), *delegations = delegation_review_json(r, i);
    struct bytes text = {0};
    int rc = review_changes(s, i, &c, e);

    if (delegations != NULL)
        cJSON_AddItemToObject(item, "delegations", delegations);
    if (rc == 0 && s->groups[p->group].first == i)
        rc = put_findings_json(s, p->group, item, e);
    if (rc == 0)
        rc = out_put_json(item, &text, e);
    if (rc == 0) {
        out_json_part("%.*s,\n\"changes\": [", (int)text.n - 2,
                      memory_text(&text)); /* without "\n}" */
        rc = print_changes(&c, e);
        out_json_part("]}");
    }
    bytes_clear(&text);
    cJSON_Delete(item);
    changes_clear(&c);
    return rc;
}

/* All proposals, or those from `first` to before `end`. */
static int show_json(const struct session *s, size_t first, size_t end, struct err *e)
{
    struct delegation_review *r;
    int rc = delegation_review_new(s, &r, e);

    if (rc != 0)
        return -1;
    out_json_part("{\"proposals\": [");
    for (size_t i = first; rc == 0 && i < end; i++) {
        out_json_part("%s", i > first ? ",\n" : "");
        rc = print_proposal(s, r, i, e);
    }
    if (rc == 0)
        out_json_part("]}\n");
    delegation_review_free(r);
    return rc;
}

static int accept(struct context *d, size_t group, const char *word, struct err *e)
{
    const struct session *s = ceremony_session(d->c);

    if (strcasecmp(word, word_of(s->groups[group].digest[0], 0)) != 0) {
        err_set(e, ERR_PLAN, "'%s' is not the first word of the digest of '%s'", word,
                session_group_name(s, group));
        return err_todo(e, "compare the digest, then type its first word");
    }
    return act_review(d->c, group, e);
}

/* A role of the plan, or one file of a role template. */
static int review_role(struct context *d, const struct invocation *in, struct err *e)
{
    const struct session *s = ceremony_session(d->c);
    const char *role = in->args[1], *word = in_value(in, "accept");
    long group = session_group_find(s, role);
    long file = group < 0 ? session_proposal_find(s, role) : -1;

    if ((group < 0 && file < 0) || (group < 0 && word != NULL)) {
        err_set(e, ERR_USAGE, "this ceremony does not propose '%s'", role);
        return err_todo(e, "'review DIR' shows what it proposes");
    }
    if (word != NULL && accept(d, (size_t)group, word, e) != 0)
        return -1;
    s = ceremony_session(d->c);
    if (file >= 0)
        return in_has(in, "json") ? show_json(s, (size_t)file, (size_t)file + 1, e)
                                  : show_file(s, (size_t)file, e);
    return in_has(in, "json") ? show_json(s, s->groups[group].first,
                                          s->groups[group].first + s->groups[group].n, e)
                              : show(s, (size_t)group, e);
}

static int review(struct context *d, const struct invocation *in, struct err *e)
{
    const struct session *s = ceremony_session(d->c);

    if (s->ngroups == 0) {
        err_set(e, ERR_INCOMPLETE, "there is nothing to review yet");
        return err_todo(e, "do '%s' first", station_title(session_station(s)));
    }
    if (in->nargs > 1)
        return review_role(d, in, e);
    if (in_has(in, "accept")) {
        err_set(e, ERR_USAGE, "--accept needs the role");
        return err_todo(e, "write: review DIR root --accept WORD");
    }
    if (in_has(in, "json"))
        return show_json(s, 0, s->nproposals, e);
    for (size_t i = 0; i < s->ngroups; i++)
        if (show(s, i, e) != 0)
            return -1;
    return 0;
}

static int run(const struct invocation *in, struct err *e)
{
    bool work = in_has(in, "accept");
    struct context d;
    int rc = context_open(&d, in, in->args[0], work ? CEREMONY_WORK : CEREMONY_READ, e);

    if (rc == 0)
        rc = review(&d, in, e);
    context_close(&d);
    return rc;
}

const struct command cmd_review = {
    .name = "review",
    .args = "DIR [ROLE]",
    .summary = "what will be signed, in words, with its digest",
    .options = {{"accept", "WORD", "record the review, by the digest's first word"}},
    .run = run,
};
