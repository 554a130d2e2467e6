/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/review.h"

#include <inttypes.h>

#include "ceremony/guard.h"
#include "ceremony/plan_words.h"
#include "ceremony/words.h"

/* `signed` of the version in force; n == 0: there is none. */
static struct json in_force(const struct session *s, const struct proposal *p)
{
    const struct trusted *t = s->plan->trusted;
    const struct targets *now;

    if (p->type == SIGNED_ROOT)
        return t != NULL ? t->root->head.object : (struct json){0};
    now = trusted_targets(t, p->role);
    return now != NULL ? now->head.object : (struct json){0};
}

int review_changes(const struct session *s, size_t proposal, struct changes *out, struct err *e)
{
    const struct proposal *p = &s->proposals[proposal];
    const struct describe_names names = describe_session(s);
    struct json old = in_force(s, p);

    *out = (struct changes){0};
    return old.n == 0 ? 0 : diff(old, envelope_object(p->envelope), &names, out, e);
}

static int put_changes(const struct session *s, size_t proposal, int indent, struct bytes *out,
                       struct err *e)
{
    struct changes c;

    if (review_changes(s, proposal, &c, e) != 0)
        return -1;
    for (size_t i = 0; i < c.n; i++)
        bytes_printf(out, "%*s%s\n", indent, "", c.items[i].words);
    changes_clear(&c);
    return 0;
}

static int put_findings(const struct session *s, size_t group, struct bytes *out, struct err *e)
{
    struct findings f;

    if (guard_check(s, group, &f, e) != 0)
        return -1;
    for (size_t i = 0; i < f.n; i++)
        bytes_printf(out, "%s: %s\n    %s\n",
                     f.items[i].level == FINDING_REFUSAL   ? "REFUSED"
                     : f.items[i].level == FINDING_WARNING ? "Attention"
                                                           : "Note",
                     f.items[i].text, f.items[i].todo);
    if (f.n > 0)
        bytes_put_u8(out, '\n');
    findings_clear(&f);
    return 0;
}

/* What changes, what the rules say of `group` (-1: not asked), and all of it. */
static int put_file(const struct session *s, size_t proposal, long group, struct bytes *out,
                    struct err *e)
{
    const struct describe_names names = describe_session(s);
    const struct proposal *p = &s->proposals[proposal];
    bool renewed = in_force(s, p).n > 0;

    if (renewed)
        bytes_printf(out, "What changes against version %" PRId64 ", which is in force:\n",
                     p->version - 1);
    if (put_changes(s, proposal, 4, out, e) != 0)
        return -1;
    if (renewed)
        bytes_put_u8(out, '\n');
    if (group >= 0 && put_findings(s, (size_t)group, out, e) != 0)
        return -1;
    if (renewed)
        bytes_put_str(out, "All of it:\n");
    return describe(envelope_object(p->envelope), &names, s->date, out, e);
}

int review_file_text(const struct session *s, size_t proposal, struct bytes *out, struct err *e)
{
    return put_file(s, proposal, -1, out, e);
}

/* "targets/packages/2.7/A, version 3: 0 target files, 12 delegations, 9b07 393d 073d 7c3c" */
static int put_member(const struct session *s, size_t proposal, struct bytes *out, struct err *e)
{
    const struct proposal *p = &s->proposals[proposal];
    size_t files = json_count(p->targets.targets);

    bytes_printf(out, "%s, version %" PRId64 ": %zu target file%s, %zu delegation%s, ", p->role,
                 p->version, files, files == 1 ? "" : "s", p->targets.n,
                 p->targets.n == 1 ? "" : "s");
    words_hex(p->digest, 0, 8, out);
    bytes_put_u8(out, '\n');
    return put_changes(s, proposal, 4, out, e);
}

static int put_family(const struct session *s, size_t group, struct bytes *out, struct err *e)
{
    const struct proposal_group *g = &s->groups[group];
    const struct plan_role *r = &s->plan->roles[g->role];
    char at[UTC_SIZE];

    utc_format(s->proposals[g->first].expires, at);
    bytes_printf(out, "%zu files, each signed by ", g->n);
    plan_role_words(s->plan, r, out);
    bytes_printf(out, ", valid until %s\n\n", at);
    for (size_t i = g->first; i < g->first + g->n; i++)
        if (put_member(s, i, out, e) != 0)
            return -1;
    return bytes_failed(out) ? err_oom(e) : 0;
}

int review_text(const struct session *s, size_t group, struct bytes *out, struct err *e)
{
    const struct proposal_group *g = &s->groups[group];

    if (g->n == 1)
        return put_file(s, g->first, (long)group, out, e);
    return put_findings(s, group, out, e) == 0 ? put_family(s, group, out, e) : -1;
}
