/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/plan/plan_change.h"

#include <string.h>

#include "ceremony/plan/plan_moves.h"
#include "metadata/base/plain.h"

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

/* Has the plan's role other keys or another threshold than the one in force? */
static bool plan_role_differs(const struct plan *p, const struct plan_role *r,
                              const struct keyring *keys, const struct role *role)
{
    for (size_t i = 0; i < r->nseats; i++)
        if (!plan_signs_now(keys, role, p->seats[r->seats[i]].key))
            return true;
    for (size_t i = 0; i < r->nonline; i++)
        if (!plan_signs_now(keys, role, p->online[r->online[i]].key))
            return true;
    for (size_t i = 0; i < role->n; i++) {
        const struct keyring_entry *entry = keyring_find(keys, role->keyids[i]);

        if (entry != NULL && !plan_role_keeps(p, r, entry->key))
            return true;
    }
    return r->threshold != role->threshold;
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
static const struct role *role_in_force(const struct plan *p, const struct plan_role *r,
                                        size_t instance, const struct keyring **keys)
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
        const struct role *role = role_in_force(p, r, m, &keys);
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

static void delegation_put_added(const struct plan *p, const struct plan_role *r, const char *name,
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

static void delegation_put_removed(const struct plan *p, const struct plan_role *r,
                                   const char *name, const struct role *role, struct bytes *out)
{
    for (size_t i = 0; i < role->n; i++) {
        const struct keyring_entry *entry = keyring_find(&delegator(p, r)->keys, role->keyids[i]);
        const char *holder = entry != NULL ? plan_key_holder(p, entry->key) : NULL;

        if (entry == NULL || !plan_role_keeps(p, r, entry->key))
            bytes_printf(out, "    %s: the key %.16s... of %s goes\n", name, role->keyids[i],
                         holder != NULL ? holder : "nobody known");
    }
}

/* The instances of a role template mostly have the same keys: what is said of the first is said of
 * those. */
static void put_instance(const struct plan *p, const struct plan_role *r, size_t instance,
                         const struct role **first, struct bytes *out)
{
    const struct delegation *d = plan_delegation_in_force(p, r, instance);
    const char *name = *first == NULL ? r->name : r->instances[instance];
    const struct keyring *keys = d != NULL ? &delegator(p, r)->keys : NULL;

    if (d == NULL || (*first != NULL && (*first)->threshold == d->role.threshold &&
                      role_same_keys(*first, keys, &d->role, keys)))
        return;
    if (*first == NULL)
        *first = &d->role;
    delegation_put_added(p, r, name, &d->role, out);
    delegation_put_removed(p, r, name, &d->role, out);
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

#define SHOWN_ROLES 8

/* Where the online side signs what a role of people delegates, a replaced key goes there, too. */
static void put_swapped(const struct plan *p, const char *name, const struct plan_online *key,
                        struct bytes *out)
{
    const struct targets *now = trusted_targets(p->trusted, name);
    size_t n = 0;

    for (size_t i = 0; now != NULL && i < now->n; i++) {
        const struct delegation *d = &now->delegations[i];

        if (role_find_key(&d->role, &now->keys, key->old) == NULL ||
            plan_role_of(p, d->role.name) != NULL)
            continue;
        if (n++ >= SHOWN_ROLES)
            continue;
        bytes_put_str(out, n == 1 ? "    " : ", ");
        plain_put_str(out, d->role.name); /* as another tool wrote it */
        bytes_put_str(out, d->bit_length > 0 ? "-*" : "");
    }
    if (n > SHOWN_ROLES)
        bytes_printf(out, " and %zu more", n - SHOWN_ROLES);
    if (n > 0)
        bytes_printf(out, ", delegated to by %s: online key '%s' comes, the key %.16s... goes\n",
                     name, key->name, key_id(key->old));
}

static void put_swaps(const struct plan *p, const struct plan_role *r, struct bytes *out)
{
    for (size_t k = 0; r->sign && k < p->nonline; k++)
        for (size_t i = 0; p->online[k].old != NULL && i < r->ninstances; i++)
            put_swapped(p, r->instances[i], &p->online[k], out);
}

/* What changes in delegations, in words: a line for each; appended. */
static void plan_delegation_words(const struct plan *p, struct bytes *out)
{
    for (size_t i = SIGNED_TARGETS; i < p->nroles; i++) {
        const struct plan_role *r = &p->roles[i];

        if (r->delegation != NULL)
            put_instances(p, r, out);
        put_moves(p, r, out);
        put_swaps(p, r, out);
        for (size_t k = 0; k < r->nremoved; k++)
            bytes_printf(out, "    %s: delegates to %s no more\n", r->name, r->removed[k]);
    }
}

static const struct key *listed(const struct plan *p, enum signed_type type, size_t i)
{
    return trusted_key(p->trusted, p->trusted->root->roles[type].keyids[i]);
}

bool plan_role_keeps(const struct plan *p, const struct plan_role *r, const struct key *key)
{
    for (size_t i = 0; i < r->nseats; i++)
        if (p->seats[r->seats[i]].key != NULL && key_same_material(p->seats[r->seats[i]].key, key))
            return true;
    for (size_t i = 0; i < r->nonline; i++)
        if (key_same_material(p->online[r->online[i]].key, key))
            return true;
    return false;
}

/* By the keyids that the plan gives to a holder, also where the holder has no seat any more. */
static bool holder_has(const struct plan *p, const struct plan_holder *h, const struct key *key)
{
    for (unsigned t = 0; t < SIGNED_TYPES; t++)
        if (h->keyids[t] != NULL && key_same_material(trusted_key(p->trusted, h->keyids[t]), key))
            return true;
    for (size_t i = 0; i < h->nheld; i++) {
        const struct key *held = trusted_any_key(p->trusted, h->held[i].keyid);

        if (held != NULL && key_same_material(held, key))
            return true;
    }
    return false;
}

const char *plan_key_holder(const struct plan *p, const struct key *key)
{
    for (size_t i = 0; i < p->nseats; i++)
        if (p->seats[i].key != NULL && key_same_material(p->seats[i].key, key))
            return p->holders[p->seats[i].holder].name;
    for (size_t i = 0; i < p->nholders; i++)
        if (holder_has(p, &p->holders[i], key))
            return p->holders[i].name;
    for (size_t i = 0; i < p->nonline; i++)
        if (key_same_material(p->online[i].key, key))
            return p->online[i].name;
    return NULL;
}

bool plan_signs_now(const struct keyring *keys, const struct role *role, const struct key *key)
{
    return key != NULL && role_find_key(role, keys, key) != NULL;
}

static bool in_force(const struct plan *p, enum signed_type type, const struct key *key)
{
    const struct root *root = p->trusted->root;

    return plan_signs_now(&root->keys, &root->roles[type], key);
}

bool plan_role_changes(const struct plan *p, enum signed_type type)
{
    const struct root *root = p->trusted->root;

    return plan_role_differs(p, &p->roles[type], &root->keys, &root->roles[type]);
}

bool plan_root_changes(const struct plan *p)
{
    for (unsigned t = 0; t < SIGNED_TYPES; t++)
        if (plan_role_changes(p, (enum signed_type)t))
            return true;
    return false;
}

size_t plan_old_signers(const struct plan *p)
{
    const struct role *role = &p->trusted->root->roles[SIGNED_ROOT];
    size_t n = 0;

    for (size_t i = 0; i < role->n; i++) {
        const struct key *key = listed(p, SIGNED_ROOT, i);

        if (key == NULL || !role_first(role, &p->trusted->root->keys, i))
            continue;
        for (size_t k = 0; k < p->nseats; k++)
            if (p->seats[k].key != NULL && !p->seats[k].lost &&
                key_same_material(p->seats[k].key, key)) {
                n++;
                break;
            }
    }
    return n;
}

static bool same_list(const size_t *a, size_t n, const size_t *b, size_t m)
{
    for (size_t i = 0; i < n && i < m; i++)
        if (a[i] != b[i])
            return false;
    return n == m;
}

/* Have both roles the same keys, before and after? Then what changes is said once. */
static bool same_keys(const struct plan *p, enum signed_type a, enum signed_type b)
{
    const struct plan_role *x = &p->roles[a], *y = &p->roles[b];
    const struct root *old = p->trusted->root;

    return role_same_keys(&old->roles[a], &old->keys, &old->roles[b], &old->keys) &&
           same_list(x->seats, x->nseats, y->seats, y->nseats) &&
           same_list(x->online, x->nonline, y->online, y->nonline);
}

static const enum signed_type order[] = {SIGNED_ROOT, SIGNED_TARGETS, SIGNED_SNAPSHOT,
                                         SIGNED_TIMESTAMP};

/* "    root and targets: " */
static void put_roles(const struct plan *p, enum signed_type type, struct bytes *out)
{
    bytes_printf(out, "    %s", signed_type_name(type));
    for (size_t i = 0; i < SIGNED_TYPES; i++)
        if (order[i] != type && same_keys(p, type, order[i]))
            bytes_printf(out, " and %s", signed_type_name(order[i]));
    bytes_put_str(out, ": ");
}

/* Was it said with a role before? */
static bool is_said(const struct plan *p, size_t at)
{
    for (size_t i = 0; i < at; i++)
        if (same_keys(p, order[i], order[at]))
            return true;
    return false;
}

static void put_added(const struct plan *p, enum signed_type type, struct bytes *out)
{
    const struct plan_role *r = &p->roles[type];

    for (size_t i = 0; i < r->nseats; i++) {
        const struct plan_seat *seat = &p->seats[r->seats[i]];
        const struct plan_holder *h = &p->holders[seat->holder];

        if (in_force(p, type, seat->key))
            continue;
        put_roles(p, type, out);
        bytes_printf(out, "%s %s\n", h->name,
                     h->fate == KEY_LOST       ? "has lost the key in force, and gets a new one"
                     : h->keyids[type] != NULL ? "gets a new key, in place of the one in force"
                     : seat->key == NULL       ? "joins, with a key that is enrolled here"
                                               : "joins, with a key that is there already");
    }
    for (size_t i = 0; i < r->nonline; i++)
        if (!in_force(p, type, p->online[r->online[i]].key)) {
            put_roles(p, type, out);
            bytes_printf(out, "online key '%s' comes\n", p->online[r->online[i]].name);
        }
}

/* Does the holder of that key have another seat in the role? That was said. */
static bool stays(const struct plan *p, enum signed_type type, const char *holder)
{
    const struct plan_role *r = &p->roles[type];

    for (size_t i = 0; i < r->nseats; i++)
        if (strcmp(p->holders[p->seats[r->seats[i]].holder].name, holder) == 0)
            return true;
    return false;
}

static void put_removed(const struct plan *p, enum signed_type type, struct bytes *out)
{
    const struct role *role = &p->trusted->root->roles[type];

    for (size_t i = 0; i < role->n; i++) {
        const struct key *key = listed(p, type, i);
        const char *holder = key != NULL ? plan_key_holder(p, key) : NULL;

        if ((key != NULL && plan_role_keeps(p, &p->roles[type], key)) ||
            (holder != NULL && stays(p, type, holder)))
            continue;
        put_roles(p, type, out);
        if (holder != NULL)
            bytes_printf(out, "the key of %s goes\n", holder);
        else
            bytes_printf(out, "the key %.16s... goes\n", role->keyids[i]);
    }
}

void plan_change_words(const struct plan *p, struct bytes *out)
{
    size_t before = out->n;

    for (size_t i = 0; i < SIGNED_TYPES; i++) {
        unsigned was = p->trusted->root->roles[order[i]].threshold;
        unsigned is = p->roles[order[i]].threshold;

        if (!is_said(p, i)) {
            put_added(p, order[i], out);
            put_removed(p, order[i], out);
        }
        if (was != is)
            bytes_printf(out, "    %s: %u instead of %u signatures are needed\n",
                         signed_type_name(order[i]), is, was);
    }
    plan_delegation_words(p, out);
    for (size_t i = 0; i < p->nroles; i++) {
        const struct plan_role *r = plan_role_at(p, i);
        size_t n = plan_keyids_change(p, r);

        if (n > 0)
            bytes_printf(out, "    %s: %zu key%s the keyid%s of the specification\n", r->name, n,
                         n == 1 ? " gets" : "s get", n == 1 ? "" : "s");
    }
    if (out->n == before)
        bytes_put_str(out, "    no key and no threshold changes\n");
    for (size_t i = 0; i < p->trusted->nnotes; i++)
        bytes_printf(out, "    history: %s\n", p->trusted->notes[i].text);
}
