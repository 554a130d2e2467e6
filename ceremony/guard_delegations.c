/* SPDX-License-Identifier: Apache-2.0 */
/* Rules over what a proposal delegates, held against the bytes that will be signed. */
#include <stdlib.h>
#include <string.h>

#include "ceremony/delegation_lint.h"
#include "ceremony/guard_rules.h"

#define DEEPEST 16 /* roles above one another */

/* The model of the role as it will be: proposed, or in force and kept. */
static const struct targets *model_of(const struct session *s, const char *role)
{
    long at = session_proposal_find(s, role);

    return at >= 0 ? &s->proposals[at].targets : trusted_targets(s->plan->trusted, role);
}

/* The entries by which clients come to the plan's role, that of targets first; 0: it is targets, or
 * what is above is not known. */
static size_t entries_above(const struct session *s, const struct plan_role *r, size_t member,
                            const struct delegation *out[DEEPEST])
{
    const struct delegation *up[DEEPEST];
    size_t n = 0;

    while (r->delegation != NULL && n < DEEPEST) {
        const struct plan_role *by = &s->plan->roles[r->delegation->by];
        const struct targets *above = model_of(s, by->members[0]);

        up[n] = above != NULL ? targets_delegation(above, r->members[member]) : NULL;
        if (up[n++] == NULL)
            return 0;
        r = by;
        member = 0;
    }
    for (size_t i = 0; i < n; i++)
        out[i] = up[n - 1 - i];
    return n;
}

int guard_delegations(const struct session *s, size_t group, struct findings *out, struct err *e)
{
    const struct proposal_group *g = &s->groups[group];
    const struct delegation *above[DEEPEST];

    for (size_t i = g->first; i < g->first + g->n; i++) {
        const struct proposal *p = &s->proposals[i];
        struct delegation_set set = {.role = p->role, .targets = &p->targets, .above = above};

        if (p->type != SIGNED_TARGETS || p->targets.n == 0)
            continue;
        set.own = p->obligations[p->nobligations - 1].role;
        set.nabove = entries_above(s, &s->plan->roles[g->role], p->member, above);
        if (delegation_lint(&set, out, e) != 0)
            return -1;
    }
    return 0;
}
