/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/rules/plan_rules_one_time.h"

/* Does another role have one of these seats? */
static bool shared(const struct plan *p, const struct plan_role *r)
{
    for (size_t i = 0; i < p->nroles; i++)
        for (size_t k = 0; &p->roles[i] != r && k < p->roles[i].nseats; k++)
            for (size_t j = 0; j < r->nseats; j++)
                if (p->roles[i].seats[k] == r->seats[j])
                    return true;
    return false;
}

static const char *fault(const struct plan *p, const struct plan_role *r)
{
    if (r->type == SIGNED_ROOT)
        return "root's keys must sign again: they can't be destroyed";
    if (r->nseats == 0 || !r->sign)
        return "keys that are used once belong to people, and to a role that is signed here";
    if (shared(p, r))
        return "another role has the same keys";
    for (size_t i = 0; i < r->nseats; i++)
        if (p->seats[r->seats[i]].key != NULL)
            return "a key that exists already would be destroyed";
    return NULL;
}

int plan_rules_one_time(const struct plan *p, struct findings *out)
{
    size_t from = out->n;

    for (size_t i = 0; i < p->nroles; i++) {
        const struct plan_role *r = &p->roles[i];
        const char *why = r->one_time ? fault(p, r) : NULL;

        if (why != NULL &&
            finding_add(out, FINDING_REFUSAL, "one-time-keys",
                        "give the role keys of its own, made here, or leave \"one_time\" out",
                        "the keys of '%s' are to be destroyed after this ceremony, but %s", r->name,
                        why) != 0)
            return -1;
        if (r->one_time && why == NULL &&
            finding_add(out, FINDING_NOTE, "one-time-keys", "see that this is meant",
                        "the keys of '%s' are destroyed after this ceremony: its next version "
                        "needs new keys, and the role above it signs them",
                        r->name) != 0)
            return -1;
    }
    findings_protect(out, from, "the roles whose keys go on: what is destroyed never signs again");
    return 0;
}
