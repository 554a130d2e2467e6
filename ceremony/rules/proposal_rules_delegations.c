/* SPDX-License-Identifier: Apache-2.0 */
/* Rules over what a proposal delegates, held against the bytes that will be signed. */
#include <stdlib.h>
#include <string.h>

#include "ceremony/base/finding.h"
#include "ceremony/rules/delegation_rules.h"
#include "ceremony/rules/proposal_rules_delegations.h"

#define DEEPEST 16 /* roles above one another */

/* The model of the role as it will be: proposed, or in force and kept. */
static const struct targets *model_of(const struct session *s, const char *role)
{
    long at = session_proposal_find(s, role);

    return at >= 0 ? &s->proposals[at].targets : trusted_targets(s->plan->trusted, role);
}

/* The entries by which clients come to the plan's role, that of targets first, as they will be or
 * are in force; 0: it is targets, or what is above is not known. */
static size_t entries_above(const struct session *s, const struct plan_role *r, size_t instance,
                            bool in_force, const struct delegation *out[DEEPEST])
{
    const struct delegation *up[DEEPEST];
    size_t n = 0;

    while (r->delegation != NULL && n < DEEPEST) {
        const struct plan_role *by = &s->plan->roles[r->delegation->by];
        const struct targets *above = in_force ? trusted_targets(s->plan->trusted, by->instances[0])
                                               : model_of(s, by->instances[0]);

        up[n] = above != NULL ? targets_delegation(above, r->instances[instance]) : NULL;
        if (up[n++] == NULL)
            return 0;
        r = by;
        instance = 0;
    }
    for (size_t i = 0; i < n; i++)
        out[i] = up[n - 1 - i];
    return n;
}

/* By entry of the keyring: the seat that has that key, plus 1; 0: none. NULL: out of memory. */
static size_t *seats_of(const struct session *s, const struct keyring *keys, bool *any)
{
    size_t *seats = calloc(keys->n + 1, sizeof *seats);

    *any = false;
    for (size_t i = 0; seats != NULL && i < keys->n; i++)
        for (size_t k = 0; k < s->plan->nseats && seats[i] == 0; k++)
            if (s->seats[k].key != NULL &&
                key_same_material(s->seats[k].key, keys->entries[i].key)) {
                seats[i] = k + 1;
                *any = true;
            }
    return seats;
}

/* Is it a role of the plan, whose keyholders the plan names? */
static bool is_planned(const struct session *s, const char *role)
{
    return session_proposal_find(s, role) >= 0 || plan_role_of(s->plan, role) != NULL;
}

static int report_committee(const struct session *s, const struct delegation *d, size_t seat,
                            size_t more, struct findings *out)
{
    char rest[60] = "";

    if (more > 0)
        snprintf(rest, sizeof rest, ", and %zu more such keys", more);
    return finding_add(out, FINDING_WARNING, "committee-key",
                       "ask whose key that is: developers sign for their projects with their own",
                       "role '%.60s' would be signed by the key of '%.60s' for %.60s%s",
                       d->role.name, session_holder_name(s, seat),
                       s->plan->roles[s->plan->seats[seat].role].name, rest);
}

/* A project's developer who brings a key of the committee's. What is in force is known. */
static int committee_keys(const struct session *s, const struct proposal *p, struct findings *out,
                          struct err *e)
{
    const struct delegation *first = NULL;
    size_t *seats, n = 0, whose = 0;
    bool any;
    int rc = 0;

    if ((seats = seats_of(s, &p->targets.keys, &any)) == NULL)
        return err_oom(e);
    for (size_t i = 0; any && i < p->targets.n; i++) {
        const struct delegation *d = &p->targets.delegations[i];

        for (size_t k = 0; k < d->role.n; k++) {
            const struct keyring_entry *entry = keyring_find(&p->targets.keys, d->role.keyids[k]);
            size_t seat = entry != NULL ? seats[entry - p->targets.keys.entries] : 0;

            if (seat == 0 || is_planned(s, d->role.name) ||
                trusted_delegated_key(s->plan->trusted, p->role, d->role.name, d->role.keyids[k]) !=
                    NULL)
                continue;
            if (n++ == 0) {
                first = d;
                whose = seat - 1;
            }
        }
    }
    if (n > 0 && report_committee(s, first, whose, n - 1, out) != 0)
        rc = err_oom(e);
    free(seats);
    return rc;
}

/* Each finding of the file in force, where there is one that delegates. */
static int check_in_force(const struct session *s, const struct plan_role *r,
                          const struct proposal *p, struct findings *out, struct err *e)
{
    const struct delegation *above[DEEPEST];
    struct delegation_set set = {.role = p->role, .above = above, .all = true};

    set.targets = trusted_targets(s->plan->trusted, p->role);
    if (set.targets == NULL || set.targets->n == 0)
        return 0;
    set.nabove = entries_above(s, r, p->instance, true, above);
    return delegation_rules_check(&set, out, e);
}

/* What is refused is compared with the file in force; a check_file at that costs as much again. */
static int check_file(const struct session *s, const struct plan_role *r, const struct proposal *p,
                      struct findings *out, struct err *e)
{
    const struct delegation *above[DEEPEST];
    struct delegation_set set = {.role = p->role, .targets = &p->targets, .above = above};
    struct findings in_force = {0};
    size_t from = out->n;
    int rc;

    set.own = p->obligations[p->nobligations - 1].role;
    set.nabove = entries_above(s, r, p->instance, false, above);
    if (delegation_rules_check(&set, out, e) != 0)
        return -1;
    if (!findings_refused(&(struct findings){out->items + from, out->n - from}))
        return 0;
    out->n = from;
    set.in_force = &in_force;
    rc = check_in_force(s, r, p, &in_force, e);
    if (rc == 0)
        rc = delegation_rules_check(&set, out, e);
    findings_clear(&in_force);
    return rc;
}

int proposal_rules_delegations(const struct session *s, size_t group, struct findings *out,
                               struct err *e)
{
    const struct proposal_group *g = &s->groups[group];

    for (size_t i = g->first; i < g->first + g->n; i++) {
        const struct proposal *p = &s->proposals[i];

        if (p->type != SIGNED_TARGETS || p->targets.n == 0)
            continue;
        if (check_file(s, &s->plan->roles[g->role], p, out, e) != 0 ||
            committee_keys(s, p, out, e) != 0)
            return -1;
    }
    return 0;
}
