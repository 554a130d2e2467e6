/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "ceremony/plan_change.h"

const struct delegation *plan_delegation_in_force(const struct plan *p, const struct plan_role *r,
                                                  size_t member)
{
    const struct targets *by = trusted_targets(p->trusted, p->roles[r->delegation->by].members[0]);

    return by != NULL ? targets_delegation(by, r->members[member]) : NULL;
}

/* Is that key of the plan (NULL: one that is enrolled here) one that signs now? */
static bool signs_now(const struct plan *p, const struct plan_role *r, const struct delegation *d,
                      const struct key *key)
{
    const struct targets *by = trusted_targets(p->trusted, p->roles[r->delegation->by].members[0]);

    for (size_t i = 0; key != NULL && i < d->role.n; i++) {
        const struct keyring_entry *entry = keyring_find(&by->keys, d->role.keyids[i]);

        if (entry != NULL && key_same_material(entry->key, key))
            return true;
    }
    return false;
}

static bool keeps(const struct plan *p, const struct plan_role *r, const struct key *key)
{
    for (size_t i = 0; i < r->nseats; i++)
        if (p->seats[r->seats[i]].key != NULL && key_same_material(p->seats[r->seats[i]].key, key))
            return true;
    for (size_t i = 0; i < r->nonline; i++)
        if (key_same_material(p->online[r->online[i]].key, key))
            return true;
    return false;
}

static bool member_changes(const struct plan *p, const struct plan_role *r, size_t member)
{
    const struct delegation *d = plan_delegation_in_force(p, r, member);

    if (d == NULL || d->role.threshold != r->threshold || d->role.n != r->nseats + r->nonline)
        return true;
    for (size_t i = 0; i < r->nseats; i++)
        if (!signs_now(p, r, d, p->seats[r->seats[i]].key))
            return true;
    for (size_t i = 0; i < r->nonline; i++)
        if (!signs_now(p, r, d, p->online[r->online[i]].key))
            return true;
    return false;
}

bool plan_delegation_changes(const struct plan *p, const struct plan_role *r)
{
    for (size_t i = 0; i < r->nmembers; i++)
        if (member_changes(p, r, i))
            return true;
    return false;
}

static void put_new(const struct plan *p, const struct plan_role *r, struct bytes *out)
{
    bytes_printf(out, "    %s: new, delegated to by %s", r->name, p->roles[r->delegation->by].name);
    if (r->nmembers > 1)
        bytes_printf(out, ", %zu roles", r->nmembers);
    bytes_put_u8(out, '\n');
}

static void put_keys(const struct plan *p, const struct plan_role *r, const struct delegation *d,
                     struct bytes *out)
{
    const struct targets *by = trusted_targets(p->trusted, p->roles[r->delegation->by].members[0]);

    for (size_t i = 0; i < r->nseats; i++) {
        const struct plan_seat *seat = &p->seats[r->seats[i]];

        if (!signs_now(p, r, d, seat->key))
            bytes_printf(out, "    %s: %s comes, with a key that is %s\n", r->name,
                         p->holders[seat->holder].name,
                         seat->key == NULL ? "enrolled here" : "there already");
    }
    for (size_t i = 0; i < r->nonline; i++)
        if (!signs_now(p, r, d, p->online[r->online[i]].key))
            bytes_printf(out, "    %s: online key '%s' comes\n", r->name,
                         p->online[r->online[i]].name);
    for (size_t i = 0; i < d->role.n; i++) {
        const struct keyring_entry *entry = keyring_find(&by->keys, d->role.keyids[i]);
        const char *holder = entry != NULL ? plan_key_holder(p, entry->key) : NULL;

        if (entry == NULL || !keeps(p, r, entry->key))
            bytes_printf(out, "    %s: the key %.16s... of %s goes\n", r->name, d->role.keyids[i],
                         holder != NULL ? holder : "nobody known");
    }
    if (d->role.threshold != r->threshold)
        bytes_printf(out, "    %s: %u instead of %u signatures are needed\n", r->name, r->threshold,
                     d->role.threshold);
}

void plan_delegation_words(const struct plan *p, struct bytes *out)
{
    for (size_t i = SIGNED_TARGETS; i < p->nroles; i++) {
        const struct plan_role *r = &p->roles[i];
        const struct delegation *d =
            r->delegation != NULL ? plan_delegation_in_force(p, r, 0) : NULL;

        if (r->delegation != NULL && d == NULL)
            put_new(p, r, out);
        else if (d != NULL)
            put_keys(p, r, d, out);
        for (size_t k = 0; k < r->nremoved; k++)
            bytes_printf(out, "    %s: delegates to %s no more\n", r->name, r->removed[k]);
    }
}
