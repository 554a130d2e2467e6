/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/review/review.h"

#include <inttypes.h>
#include <stdlib.h>

#include "ceremony/base/finding.h"
#include "ceremony/base/words.h"
#include "ceremony/plan/plan_words.h"
#include "ceremony/review/delegation_review.h"
#include "ceremony/rules/proposal_rules.h"
#include "metadata/base/plain.h"

static const char *holder_of(const void *self, const struct key *key)
{
    const struct session *s = self;
    long seat = session_seat_of(s, key);

    if (seat >= 0)
        return session_holder_name(s, (size_t)seat);
    for (size_t i = 0; i < s->plan->nonline; i++)
        if (key_same_material(s->plan->online[i].key, key))
            return s->plan->online[i].name;
    return NULL;
}

/* The people of the ceremony, as those who hold a file's keys. */
static struct describe_names people_of(const struct session *s)
{
    return (struct describe_names){s, holder_of, NULL};
}

/* `signed` of the version in force; n == 0: there is none. */
static struct json review_in_force(const struct session *s, const struct proposal *p)
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
    const struct describe_names names = people_of(s);
    struct json old = review_in_force(s, p);

    *out = (struct changes){0};
    return old.n == 0 ? 0 : diff(old, envelope_object(p->envelope), &names, out, e);
}

static void changes_part_free(void *self)
{
    changes_clear(self);
    free(self);
}

static void changes_part_put(const void *self, size_t line, struct lines_place *place,
                             struct bytes *out)
{
    (void)place;
    bytes_put_str(out, "    ");
    change_words(self, line, out);
}

static int review_add_changes(struct lines *l, struct changes *c, struct err *e)
{
    struct changes *self = malloc(sizeof *self);
    const struct lines_part part = {
        .self = self, .n = c->n, .put = changes_part_put, .free = changes_part_free};

    if (self == NULL) {
        changes_clear(c);
        return err_oom(e);
    }
    *self = *c;
    *c = (struct changes){0};
    return lines_add(l, &part, e);
}

/* A line for each change, as text or, for many, as a part that makes them when somebody looks;
 * there they are moved in, also on failure. */
static void review_put_changes(const struct changes *c, struct bytes *out)
{
    for (size_t i = 0; i < c->n; i++) {
        bytes_put_str(out, "    ");
        change_words(c, i, out);
        bytes_put_u8(out, '\n');
    }
}

/* What the rules say of the group, in words. */
static int review_put_findings(const struct session *s, size_t group, struct bytes *out,
                               struct err *e)
{
    struct findings f;

    if (proposal_rules_check(s, group, &f, e) != 0)
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

/* What a file of a role template is to those who look at all of them. */
enum instance {
    INSTANCE_CHANGES, /* printed by itself */
    INSTANCE_RENEWED, /* the next version with the expiry of all, and nothing else */
    INSTANCE_EMPTY,   /* a first version that names nothing, the same bytes as the first of them */
};

/* A role template that is looked at. */
struct template_review {
    const struct session *s;
    const struct proposal_group *g;
    struct delegation_review *delegations;
    struct changes *changes; /* by instance */
    enum instance *instances;
    size_t counts[INSTANCE_EMPTY + 1];
    const struct proposal *empty; /* the first of those; NULL: none */
    bool in_force;                /* one of them has a version in force */
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

static enum instance instance_of(struct template_review *f, size_t instance)
{
    const struct proposal *all = &f->s->proposals[f->g->first], *p = &all[instance];
    const struct targets *now = trusted_targets(f->s->plan->trusted, p->role);

    if (now != NULL)
        return changes_only_renew(&f->changes[instance]) && p->expires == all->expires &&
                       p->version == now->head.version + 1
                   ? INSTANCE_RENEWED
                   : INSTANCE_CHANGES;
    if (!is_empty(p) || p->version != 1 || p->expires != all->expires)
        return INSTANCE_CHANGES;
    if (f->empty == NULL)
        f->empty = p;
    return span_eq(envelope_signed(p->envelope), envelope_signed(f->empty->envelope))
               ? INSTANCE_EMPTY
               : INSTANCE_CHANGES;
}

static int compare_one(struct template_review *f, size_t instance, struct err *e)
{
    if (review_changes(f->s, f->g->first + instance, &f->changes[instance], e) != 0)
        return -1;
    f->instances[instance] = instance_of(f, instance);
    f->counts[f->instances[instance]]++;
    f->in_force =
        f->in_force || review_in_force(f->s, &f->s->proposals[f->g->first + instance]).n > 0;
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
    struct json spec;

    bytes_printf(out, "%zu files, each signed by ", f->g->n);
    plan_role_words(f->s->plan, &f->s->plan->roles[f->g->role], out);
    bytes_put_str(out, ", ");
    utc_put_expiry(f->s->proposals[f->g->first].expires, out);
    bytes_put_str(out, "\n\n");
    if (f->in_force)
        bytes_put_str(out, "What changes against the versions in force:\n");
    delegation_review_words(f->delegations, f->g->first, f->g->n, "    ", out);
    if (renewed > 0)
        bytes_printf(out, "    %zu file%s nothing but version and expiry\n", renewed,
                     renewed == 1 ? " changes" : "s change");
    if (empty > 0) {
        bytes_printf(out,
                     "%s%zu file%s new, without target files and delegations, by TUF "
                     "specification ",
                     f->in_force ? "    " : "", empty, empty == 1 ? " is" : "s are");
        (void)json_get(f->empty->targets.head.object, "spec_version", &spec);
        plain_put_exact(out, json_inside(spec));
        bytes_put_u8(out, '\n');
    }
    bytes_put_u8(out, '\n');
}

/* "targets/packages/2.7/A, version 3: 0 target files, 12 delegations, 9b07 393d 073d 7c3c", and
 * what changes; a first version is shown whole. */
static int put_instance(const struct template_review *f, size_t instance, struct lines *l,
                        struct bytes *out, struct err *e)
{
    const struct proposal *p = &f->s->proposals[f->g->first + instance];
    struct describe_names names = people_of(f->s);
    struct changes *c = &f->changes[instance];
    size_t files = json_count(p->targets.targets);

    bytes_printf(out, "%s, version %" PRId64 ": %zu target file%s, %zu delegation%s, ", p->role,
                 p->version, files, files == 1 ? "" : "s", p->targets.n,
                 p->targets.n == 1 ? "" : "s");
    words_hex(p->digest, 0, 8, out);
    bytes_put_u8(out, '\n');
    if (review_in_force(f->s, p).n == 0) {
        names.role = p->role;
        return lines_add_text(l, out, e) == 0
                   ? describe_read(&p->targets, &names, f->s->today, l, e)
                   : -1;
    }
    delegation_review_words(f->delegations, f->g->first + instance, 1, "    ", out);
    if (c->n <= CHANGES_FEW) {
        review_put_changes(c, out);
        return 0;
    }
    changes_summary(c, "    ", out);
    return lines_add_text(l, out, e) == 0 ? review_add_changes(l, c, e) : -1;
}

/* The files of a role template: what is common to all, what becomes of delegations, how many change
 * nothing but version and expiry, what the rules say, and each of the others. */
static int review_add_template(const struct session *s, size_t group, struct lines *l,
                               struct err *e)
{
    struct template_review f = {.s = s, .g = &s->groups[group]};
    struct bytes text = {0};
    int rc;

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

/* What changes, what becomes of `delegations` (in words) before all else, and what the rules say of
 * `group` (-1: not asked). Where much changes, its counts come first, then what the rules say, then
 * each change. */
static int add_beginning(const struct session *s, size_t proposal, long group,
                         struct span delegations, struct lines *l, struct bytes *text,
                         struct changes *c, struct err *e)
{
    bool renewed = review_in_force(s, &s->proposals[proposal]).n > 0, many = c->n > CHANGES_FEW;

    if (renewed)
        bytes_printf(text, "What changes against version %" PRId64 ", which is in force:\n",
                     s->proposals[proposal].version - 1);
    bytes_put_span(text, delegations);
    if (renewed && many)
        changes_summary(c, "    ", text);
    else if (renewed)
        review_put_changes(c, text);
    if (renewed || delegations.n > 0)
        bytes_put_u8(text, '\n');
    if (group >= 0 && review_put_findings(s, (size_t)group, text, e) != 0)
        return -1;
    if (!many)
        return 0;
    bytes_put_str(text, "Each change:\n");
    if (lines_add_text(l, text, e) != 0 || review_add_changes(l, c, e) != 0)
        return -1;
    bytes_put_u8(text, '\n');
    return 0;
}

/* What becomes of the file's delegations, in words. */
static int put_delegations(const struct session *s, size_t proposal, struct bytes *out,
                           struct err *e)
{
    struct delegation_review *r;

    if (s->proposals[proposal].type != SIGNED_TARGETS)
        return 0;
    if (delegation_review_new(s, &r, e) != 0)
        return -1;
    delegation_review_words(r, proposal, 1, "    ", out);
    delegation_review_free(r);
    return bytes_failed(out) ? err_oom(e) : 0;
}

static int add_file(const struct session *s, size_t proposal, long group, struct lines *l,
                    struct err *e)
{
    struct describe_names names = people_of(s);
    const struct proposal *p = &s->proposals[proposal];
    struct changes c = {0};
    struct bytes text = {0}, delegations = {0};
    int rc;

    names.role = p->role;
    rc = put_delegations(s, proposal, &delegations, e);
    if (rc == 0)
        rc = review_changes(s, proposal, &c, e);
    if (rc == 0)
        rc = add_beginning(s, proposal, group, bytes_span(&delegations), l, &text, &c, e);
    changes_clear(&c);
    bytes_clear(&delegations);
    if (rc == 0 && review_in_force(s, p).n > 0)
        bytes_put_str(&text, "All of it:\n");
    if (rc == 0)
        rc = lines_add_text(l, &text, e);
    bytes_clear(&text);
    if (rc != 0)
        return -1;
    return p->type == SIGNED_TARGETS
               ? describe_read(&p->targets, &names, s->today, l, e)
               : describe(envelope_object(p->envelope), &names, s->today, l, e);
}

static int add_raw(const struct session *s, size_t group, struct lines *l, struct err *e)
{
    const struct proposal_group *g = &s->groups[group];

    for (size_t i = g->first; i < g->first + g->n; i++)
        if (lines_add_json(l, envelope_signed(s->proposals[i].envelope), e) != 0)
            return -1;
    return 0;
}

/* `l` when `rc` says that it was filled. */
static int filled(struct lines *l, int rc, struct lines **out)
{
    *out = rc == 0 ? l : NULL;
    if (rc != 0)
        lines_free(l);
    return rc;
}

int review_lines(const struct session *s, size_t group, struct lines **out, struct err *e)
{
    const struct proposal_group *g = &s->groups[group];
    struct lines *l = lines_new();

    *out = NULL;
    if (l == NULL)
        return err_oom(e);
    return filled(l,
                  g->n == 1 ? add_file(s, g->first, (long)group, l, e)
                            : review_add_template(s, group, l, e),
                  out);
}

int review_file_lines(const struct session *s, size_t proposal, struct lines **out, struct err *e)
{
    struct lines *l = lines_new();

    *out = NULL;
    return l != NULL ? filled(l, add_file(s, proposal, -1, l, e), out) : err_oom(e);
}

int review_raw(const struct session *s, size_t group, struct lines **out, struct err *e)
{
    struct lines *l = lines_new();

    *out = NULL;
    return l != NULL ? filled(l, add_raw(s, group, l, e), out) : err_oom(e);
}
