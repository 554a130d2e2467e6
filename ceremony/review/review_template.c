/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdlib.h>

#include "ceremony/base/words.h"
#include "ceremony/plan/plan_words.h"
#include "ceremony/review/review_part.h"

/* What a file of a role template is to those who look at all of them. */
enum instance {
    INSTANCE_CHANGES, /* said by itself */
    INSTANCE_RENEWED, /* nothing but version and expiry */
    INSTANCE_EMPTY,   /* a first version that names nothing */
};

/* A role template that is looked at. */
struct template_review {
    const struct session *s;
    const struct proposal_group *g;
    struct delegation_review *delegations;
    struct changes *changes; /* by instance */
    enum instance *instances;
    size_t counts[INSTANCE_EMPTY + 1];
    bool in_force; /* one of them has a version in force */
};

static void template_clear(struct template_review *f)
{
    for (size_t i = 0; f->changes != NULL && i < f->g->n; i++)
        changes_clear(&f->changes[i]);
    free(f->changes);
    free(f->instances);
    delegation_review_free(f->delegations);
}

/* Nothing beyond what every file has: _type, expires, spec_version, targets, version. */
static bool is_empty(const struct proposal *p)
{
    return json_count(p->targets.targets) == 0 && json_count(p->targets.head.object) == 5;
}

static int compare_one(struct template_review *f, size_t instance, struct err *e)
{
    const struct proposal *p = &f->s->proposals[f->g->first + instance];
    bool in_force = review_in_force(f->s, p).n > 0;
    enum instance is = INSTANCE_CHANGES;

    if (review_changes(f->s, f->g->first + instance, &f->changes[instance], e) != 0)
        return -1;
    if (in_force && changes_only_renew(&f->changes[instance]))
        is = INSTANCE_RENEWED;
    else if (!in_force && is_empty(p))
        is = INSTANCE_EMPTY;
    f->instances[instance] = is;
    f->counts[is]++;
    f->in_force = f->in_force || in_force;
    return 0;
}

static int compare_all(struct template_review *f, struct err *e)
{
    f->changes = calloc(f->g->n, sizeof *f->changes);
    f->instances = calloc(f->g->n, sizeof *f->instances);
    if (f->changes == NULL || f->instances == NULL)
        return err_oom(e);
    for (size_t i = 0; i < f->g->n; i++)
        if (compare_one(f, i, e) != 0)
            return -1;
    return 0;
}

static void put_common(const struct template_review *f, struct bytes *out)
{
    size_t renewed = f->counts[INSTANCE_RENEWED], empty = f->counts[INSTANCE_EMPTY];
    char at[UTC_SIZE];

    utc_format(f->s->proposals[f->g->first].expires, at);
    bytes_printf(out, "%zu files, each signed by ", f->g->n);
    plan_role_words(f->s->plan, &f->s->plan->roles[f->g->role], out);
    bytes_printf(out, ", valid until %s\n\n", at);
    if (f->in_force)
        bytes_put_str(out, "What changes against the versions in force:\n");
    delegation_review_words(f->delegations, f->g->first, f->g->n, "    ", out);
    if (renewed > 0)
        bytes_printf(out, "    %zu file%s nothing but version and expiry\n", renewed,
                     renewed == 1 ? " changes" : "s change");
    if (empty > 0)
        bytes_printf(out, "%s%zu file%s new, without target files and delegations\n",
                     f->in_force ? "    " : "", empty, empty == 1 ? " is" : "s are");
    bytes_put_u8(out, '\n');
}

/* "targets/packages/2.7/A, version 3: 0 target files, 12 delegations, 9b07 393d 073d 7c3c" */
static int put_instance(const struct template_review *f, size_t instance, struct lines *l,
                        struct bytes *out, struct err *e)
{
    const struct proposal *p = &f->s->proposals[f->g->first + instance];
    struct changes *c = &f->changes[instance];
    size_t files = json_count(p->targets.targets);

    bytes_printf(out, "%s, version %" PRId64 ": %zu target file%s, %zu delegation%s, ", p->role,
                 p->version, files, files == 1 ? "" : "s", p->targets.n,
                 p->targets.n == 1 ? "" : "s");
    words_hex(p->digest, 0, 8, out);
    bytes_put_u8(out, '\n');
    delegation_review_words(f->delegations, f->g->first + instance, 1, "    ", out);
    if (c->n <= CHANGES_FEW) {
        review_put_changes(c, out);
        return 0;
    }
    changes_summary(c, "    ", out);
    return lines_add_text(l, out, e) == 0 ? review_add_changes(l, c, e) : -1;
}

int review_add_template(const struct session *s, size_t group, struct lines *l, struct err *e)
{
    struct template_review f = {.s = s, .g = &s->groups[group]};
    struct bytes text;
    int rc;

    bytes_init(&text);
    rc = delegation_review_new(s, &f.delegations, e);
    if (rc == 0)
        rc = compare_all(&f, e);
    if (rc == 0) {
        put_common(&f, &text);
        rc = review_put_findings(s, group, &text, e);
    }
    for (size_t i = 0; rc == 0 && i < f.g->n; i++)
        if (f.instances[i] == INSTANCE_CHANGES)
            rc = put_instance(&f, i, l, &text, e);
    if (rc == 0)
        rc = lines_add_text(l, &text, e);
    bytes_clear(&text);
    template_clear(&f);
    return rc;
}
