/* SPDX-License-Identifier: Apache-2.0 */
/* Rules about patterns of several roles that match the same paths: who is asked first, and who is
 * never asked. */
#include <stdlib.h>
#include <string.h>

#include "ceremony/base/finding.h"
#include "ceremony/rules/delegation_check.h"
#include "metadata/client/lookup.h"

#define LOOKED_AT 128 /* overlaps of one pattern; what has more is counted as so many */
#define SAMPLES   64  /* patterns that overlap very many others, of which one path is followed */

struct overlaps {
    struct pattern_index *all;
    struct pattern_index *terminating; /* made when it is first asked */
    struct pattern_item got[LOOKED_AT];
    size_t roles[LOOKED_AT]; /* of got: distinct, in order of the list */
    size_t nroles;
    size_t *hidden, *count; /* by role: patterns that are hidden, and all that can match */
    size_t sampled;
    bool too_many;     /* one path leads to more delegations than clients visit */
    struct bytes path; /* that one, or the sample before */
    size_t crowded;    /* patterns that overlap more roles than clients visit */
    size_t unsure;     /* patterns of which not all overlaps were looked at */
};

static int size_cmp(const void *a, const void *b)
{
    const size_t *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

/* Looks up what overlaps `p`: got, and its roles. Returns how many patterns. */
static size_t find_overlaps(const struct delegation_check *l, struct overlaps *o,
                            const struct pattern_index *ix, const struct pattern *p)
{
    bool all;
    size_t n = pattern_index_overlaps(ix, p, o->got, LOOKED_AT, &all);

    o->unsure += !all && n < LOOKED_AT;

    for (size_t i = 0; i < n; i++)
        o->roles[i] = l->patterns[o->got[i].tag].role;
    qsort(o->roles, n, sizeof *o->roles, size_cmp);
    o->nroles = 0;
    for (size_t i = 0; i < n; i++)
        if (o->nroles == 0 || o->roles[o->nroles - 1] != o->roles[i])
            o->roles[o->nroles++] = o->roles[i];
    return n;
}

static int index_make(struct delegation_check *l, bool terminating, struct pattern_index **out)
{
    struct pattern_item *items = calloc(l->npatterns + 1, sizeof *items);
    size_t n = 0;
    int rc;

    if (items == NULL)
        return err_oom(l->e);
    for (size_t i = 0; i < l->npatterns; i++)
        if (!l->patterns[i].never &&
            (!terminating || checked_role(l, l->patterns[i].role)->terminating))
            items[n++] = (struct pattern_item){&l->patterns[i].p, i};
    rc = pattern_index_new(items, n, out, l->e);
    free(items);
    return rc;
}

/* Says with which earlier role a pattern shares paths; those of the same text have been named. */
static int report_overlap(struct delegation_check *l, const struct overlaps *o, size_t n,
                          const struct checked_pattern *lp)
{
    const struct checked_pattern *first = NULL;
    char more[48] = "";
    size_t others = 0;

    for (size_t i = 0; i < n; i++) {
        const struct checked_pattern *other = &l->patterns[o->got[i].tag];

        if (other->role >= lp->role || strcmp(other->p.text, lp->p.text) == 0)
            continue;
        others++;
        if (first == NULL || other->role < first->role)
            first = other;
    }
    if (first == NULL)
        return 0;
    if (others > 1)
        snprintf(more, sizeof more, " and %zu%s more", others - 1, n == LOOKED_AT ? " or" : "");
    return rule_found(l, FINDING_WARNING, "overlap", "see that the order is meant",
                      "'%.50s' of '%.50s'%s and '%.50s' of '%.50s' may match the same paths: "
                      "clients ask '%.50s' first",
                      first->p.text, checked_role(l, first->role)->role.name, more, lp->p.text,
                      checked_role(l, lp->role)->role.name,
                      checked_role(l, first->role)->role.name);
}

/* Is all that the pattern matches also matched by a terminating role in front of its own? */
static int hidden_by(struct delegation_check *l, struct overlaps *o,
                     const struct checked_pattern *lp)
{
    const struct checked_pattern *by = NULL;
    bool all = false;
    size_t n;

    o->count[lp->role]++;
    if (o->terminating == NULL && index_make(l, true, &o->terminating) != 0)
        return -1;
    n = find_overlaps(l, o, o->terminating, &lp->p);
    for (size_t i = 0; i < n && !all; i++)
        if (l->patterns[o->got[i].tag].role < lp->role) {
            by = &l->patterns[o->got[i].tag];
            all = pattern_covers(&by->p, &lp->p);
        }
    if (by == NULL)
        return 0;
    o->hidden[lp->role] += all;
    return rule_found(
        l, FINDING_WARNING, "hidden-in-part",
        "see that this is meant, or move the role to the front",
        "%s of what '%.60s' of role '%.60s' matches %s hidden by terminating roles in "
        "front of it, such as '%.60s'",
        all ? "all" : "some", lp->p.text, checked_role(l, lp->role)->role.name,
        all ? "is" : "may be", checked_role(l, by->role)->role.name);
}

/* Follows a path that this pattern matches: does it lead a client to more delegations than it
 * visits? */
static int follow(struct delegation_check *l, struct overlaps *o, const struct checked_pattern *lp)
{
    const struct checked_pattern *last = NULL;
    size_t visits = 0;

    bytes_truncate(&o->path, 0);
    pattern_sample(&lp->p, &o->path);
    if (bytes_failed(&o->path))
        return err_oom(l->e);
    for (size_t i = 0; i < l->npatterns; i++) {
        const struct checked_pattern *p = &l->patterns[i];

        if ((last != NULL && last->role == p->role) ||
            !pattern_matches(&p->p, bytes_span(&o->path)))
            continue;
        last = p;
        visits++;
        if (checked_role(l, p->role)->terminating)
            break;
    }
    o->too_many = visits + l->set->nabove > LOOKUP_MAX;
    return 0;
}

/* At most so many of the roles looked up are visited for one path: one that is terminating is the
 * last. */
static size_t most_visits(const struct delegation_check *l, const struct overlaps *o)
{
    size_t n = 0, terminating = 0;

    for (size_t i = 0; i < o->nroles; i++)
        if (checked_role(l, o->roles[i])->terminating)
            terminating = 1;
        else
            n++;
    return n + terminating;
}

static int look_at(struct delegation_check *l, struct overlaps *o, const struct checked_pattern *lp)
{
    size_t n = find_overlaps(l, o, o->all, &lp->p);
    bool crowded = most_visits(l, o) + l->set->nabove > LOOKUP_MAX;

    o->crowded += crowded;
    if (crowded && !o->too_many && o->sampled++ < SAMPLES && follow(l, o, lp) != 0)
        return -1;
    if (n == 1) { /* itself, as it should be */
        o->count[lp->role]++;
        return 0;
    }
    return report_overlap(l, o, n, lp) == 0 ? hidden_by(l, o, lp) : -1;
}

static int report_hidden(struct delegation_check *l, const struct overlaps *o)
{
    for (size_t i = 0; i < l->set->targets->n; i++)
        if (o->hidden[i] > 0 && o->hidden[i] == o->count[i] &&
            rule_found(l, FINDING_REFUSAL, "hidden", "move it in front of them, or take it out",
                       "role '%.60s' is never asked: terminating roles in front of it match "
                       "everything that it does",
                       checked_role(l, i)->role.name) != 0)
            return -1;
    return 0;
}

static int report_many(struct delegation_check *l, const struct overlaps *o)
{
    if (o->too_many)
        return rule_found(l, FINDING_REFUSAL, "too-many",
                          "share paths among roles so that fewer match one, or make roles "
                          "terminating",
                          "more roles match '%.100s' than a client visits: it gives up after %d "
                          "delegations, and never asks the rest",
                          bytes_str(&o->path), LOOKUP_MAX);
    if (o->unsure > 0 &&
        rule_found(l, FINDING_WARNING, "overlap-unknown",
                   "let patterns begin with characters, and share paths by what they begin with",
                   "%zu times it was too hard to decide with which other patterns one shares paths",
                   o->unsure) != 0)
        return -1;
    if (o->crowded + l->set->nabove <= LOOKUP_MAX)
        return 0;
    return rule_found(l, FINDING_WARNING, "too-many",
                      "share paths among roles so that fewer match one",
                      "%zu patterns each share paths with more than %d roles: a path may lead a "
                      "client to more delegations than it visits",
                      o->crowded, LOOKUP_MAX);
}

int delegation_check_overlaps(struct delegation_check *l)
{
    struct overlaps *o = calloc(1, sizeof *o);
    size_t n = l->set->targets->n;
    int rc = -1;

    if (o == NULL)
        return err_oom(l->e);
    o->hidden = calloc(n + 1, sizeof *o->hidden);
    o->count = calloc(n + 1, sizeof *o->count);
    if (o->hidden == NULL || o->count == NULL)
        err_oom(l->e);
    else
        rc = index_make(l, false, &o->all);
    for (size_t i = 0; rc == 0 && i < l->npatterns; i++)
        if (!l->patterns[i].never)
            rc = look_at(l, o, &l->patterns[i]);
    if (rc == 0 && (report_hidden(l, o) != 0 || report_many(l, o) != 0))
        rc = -1;
    pattern_index_free(o->all);
    pattern_index_free(o->terminating);
    bytes_clear(&o->path);
    free(o->hidden);
    free(o->count);
    free(o);
    return rc;
}
