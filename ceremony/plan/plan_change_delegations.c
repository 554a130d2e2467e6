/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "ceremony/plan/plan_change.h"
#include "ceremony/plan/plan_moves.h"

/* What says now who signs for that role of "delegations"; NULL: it is not there. */
static const struct targets *delegator(const struct plan *p, const struct plan_role *r)
{
    return trusted_targets(p->trusted, p->roles[r->delegation->by].instances[0]);
}

const struct delegation *plan_delegation_in_force(const struct plan *p, const struct plan_role *r,
                                                  size_t instance)
{
    const struct targets *by = delegator(p, r);

    return by != NULL ? targets_delegation(by, r->instances[instance]) : NULL;
}

bool plan_delegation_changes(const struct plan *p, const struct plan_role *r)
{
    for (size_t i = 0; i < r->ninstances; i++) {
        const struct delegation *d = plan_delegation_in_force(p, r, i);

        if (d == NULL || plan_role_differs(p, r, &delegator(p, r)->keys, &d->role))
            return true;
    }
    return false;
}

/* The role in force and the keys beside it; NULL: it is not there. */
static const struct role *in_force(const struct plan *p, const struct plan_role *r, size_t instance,
                                   const struct keyring **keys)
{
    const struct delegation *d;

    if (r->delegation == NULL) {
        *keys = &p->trusted->root->keys;
        return &p->trusted->root->roles[r->type];
    }
    if ((d = plan_delegation_in_force(p, r, instance)) == NULL)
        return NULL;
    *keys = &delegator(p, r)->keys;
    return &d->role;
}

/* Only a file that is signed anew lists them otherwise. */
size_t plan_keyids_change(const struct plan *p, const struct plan_role *r)
{
    size_t by = r->delegation != NULL ? r->delegation->by : SIGNED_ROOT, most = 0;

    for (size_t m = 0; p->correct_keyids && p->roles[by].sign && m < r->ninstances; m++) {
        const struct keyring *keys;
        const struct role *role = in_force(p, r, m, &keys);
        size_t n = 0;

        for (size_t i = 0; role != NULL && i < role->n; i++) {
            const struct keyring_entry *entry = keyring_find(keys, role->keyids[i]);

            n += entry != NULL && entry->id_mismatch && plan_role_keeps(p, r, entry->key);
        }
        most = n > most ? n : most;
    }
    return most;
}

static void put_new(const struct plan *p, const struct plan_role *r, size_t fresh,
                    struct bytes *out)
{
    if (fresh == 0)
        return;
    bytes_printf(out, "    %s: ", r->name);
    if (fresh < r->ninstances)
        bytes_printf(out, "%zu of %zu roles are ", fresh, r->ninstances);
    bytes_printf(out, "new, delegated to by %s", p->roles[r->delegation->by].name);
    if (fresh == r->ninstances && fresh > 1)
        bytes_printf(out, ", %zu roles", fresh);
    bytes_put_u8(out, '\n');
}

static void put_added(const struct plan *p, const struct plan_role *r, const char *name,
                      const struct role *role, struct bytes *out)
{
    const struct keyring *keys = &delegator(p, r)->keys;

    for (size_t i = 0; i < r->nseats; i++) {
        const struct plan_seat *seat = &p->seats[r->seats[i]];

        if (!plan_signs_now(keys, role, seat->key))
            bytes_printf(out, "    %s: %s comes, with a key that is %s\n", name,
                         p->holders[seat->holder].name,
                         seat->key == NULL ? "enrolled here" : "there already");
    }
    for (size_t i = 0; i < r->nonline; i++)
        if (!plan_signs_now(keys, role, p->online[r->online[i]].key))
            bytes_printf(out, "    %s: online key '%s' comes\n", name,
                         p->online[r->online[i]].name);
}

static void put_removed(const struct plan *p, const struct plan_role *r, const char *name,
                        const struct role *role, struct bytes *out)
{
    for (size_t i = 0; i < role->n; i++) {
        const struct keyring_entry *entry = keyring_find(&delegator(p, r)->keys, role->keyids[i]);
        const char *holder = entry != NULL ? plan_key_holder(p, entry->key) : NULL;

        if (entry == NULL || !plan_role_keeps(p, r, entry->key))
            bytes_printf(out, "    %s: the key %.16s... of %s goes\n", name, role->keyids[i],
                         holder != NULL ? holder : "nobody known");
    }
}

static bool same_role(const struct role *a, const struct role *b)
{
    for (size_t i = 0; i < a->n; i++)
        if (!role_has(b, a->keyids[i]))
            return false;
    return a->n == b->n && a->threshold == b->threshold;
}

/* The instances of a role template mostly have the same keys: what is said of the first is said of
 * those. */
static void put_instance(const struct plan *p, const struct plan_role *r, size_t instance,
                         const struct role **first, struct bytes *out)
{
    const struct delegation *d = plan_delegation_in_force(p, r, instance);
    const char *name = *first == NULL ? r->name : r->instances[instance];

    if (d == NULL || (*first != NULL && same_role(*first, &d->role)))
        return;
    if (*first == NULL)
        *first = &d->role;
    put_added(p, r, name, &d->role, out);
    put_removed(p, r, name, &d->role, out);
    if (d->role.threshold != r->threshold)
        bytes_printf(out, "    %s: %u instead of %u signatures are needed\n", name, r->threshold,
                     d->role.threshold);
}

static void put_instances(const struct plan *p, const struct plan_role *r, struct bytes *out)
{
    const struct role *first = NULL;
    size_t fresh = 0;

    for (size_t i = 0; i < r->ninstances; i++)
        fresh += plan_delegation_in_force(p, r, i) == NULL;
    put_new(p, r, fresh, out);
    for (size_t i = 0; i < r->ninstances; i++)
        put_instance(p, r, i, &first, out);
}

static void put_count(struct bytes *out, const char *sign, size_t n, const char *one,
                      const char *many)
{
    if (n > 0)
        bytes_printf(out, "%s%zu %s", sign, n, n == 1 ? one : many);
}

/* What a list of moves says, before the review says it from the bytes. */
static void put_moves(const struct plan *p, const struct plan_role *r, struct bytes *out)
{
    size_t coming = 0, changing = 0, going = 0;

    for (size_t i = 0; i < r->ninstances; i++) {
        const struct move_changes *m = plan_moves_of(p, (size_t)(r - p->roles), i);
        const struct targets *now = trusted_targets(p->trusted, r->instances[i]);

        for (size_t k = 0; m != NULL && k < m->nset; k++) {
            bool there = now != NULL && targets_delegation(now, m->set[k].name) != NULL;

            changing += there;
            coming += !there;
        }
        going += m != NULL ? m->nremoved : 0;
    }
    if (coming + changing + going == 0)
        return;
    bytes_printf(out, "    %s: projects:", r->name);
    put_count(out, " ", coming, "comes", "come");
    put_count(out, coming > 0 ? ", " : " ", changing, "changes", "change");
    put_count(out, coming + changing > 0 ? ", " : " ", going, "goes", "go");
    bytes_put_u8(out, '\n');
}

void plan_delegation_words(const struct plan *p, struct bytes *out)
{
    for (size_t i = SIGNED_TARGETS; i < p->nroles; i++) {
        const struct plan_role *r = &p->roles[i];

        if (r->delegation != NULL)
            put_instances(p, r, out);
        put_moves(p, r, out);
        for (size_t k = 0; k < r->nremoved; k++)
            bytes_printf(out, "    %s: delegates to %s no more\n", r->name, r->removed[k]);
    }
}
