/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/publication/old_keys.h"

#include <stdlib.h>

static const struct old_key *find(const struct old_keys *old, const struct key *key)
{
    for (size_t i = 0; i < old->n; i++)
        if (key_same_material(old->keys[i].key, key))
            return &old->keys[i];
    return NULL;
}

static void add(struct old_keys *old, const struct key *key, bool stolen)
{
    if (key != NULL && find(old, key) == NULL)
        old->keys[old->n++] = (struct old_key){key, stolen};
}

int old_keys_find(const struct session *s, struct old_keys *out, struct err *e)
{
    static const enum signed_type online[] = {SIGNED_SNAPSHOT, SIGNED_TIMESTAMP};
    const struct trusted *t = s->plan->trusted;
    size_t room =
        s->plan->nonline + t->root->roles[SIGNED_SNAPSHOT].n + t->root->roles[SIGNED_TIMESTAMP].n;

    *out = (struct old_keys){.keys = calloc(room + 1, sizeof *out->keys)};
    if (out->keys == NULL)
        return err_oom(e);
    for (size_t i = 0; i < s->plan->nonline; i++)
        add(out, s->plan->online[i].old, s->plan->online[i].stolen);
    for (size_t i = 0; i < 2; i++)
        for (size_t k = 0; k < t->root->roles[online[i]].n; k++) {
            const struct key *key = trusted_key(t, t->root->roles[online[i]].keyids[k]);

            if (key != NULL && keyring_find_key(&s->next->keys, key) == NULL)
                add(out, key, false);
        }
    return 0;
}

void old_keys_clear(struct old_keys *old)
{
    free(old->keys);
    *old = (struct old_keys){0};
}

bool old_keys_has(const struct old_keys *old, const struct key *key)
{
    return find(old, key) != NULL;
}

/* The first of the role's keys that goes, or NULL. */
static const struct old_key *find_in(const struct old_keys *old, const struct role *role,
                                     const struct keyring *keys)
{
    const struct old_key *found = NULL;

    for (size_t i = 0; i < role->n && found == NULL; i++) {
        const struct keyring_entry *entry = keyring_find(keys, role->keyids[i]);

        found = entry != NULL ? find(old, entry->key) : NULL;
    }
    return found;
}

size_t old_keys_trusted(const struct old_keys *old, const struct targets *t,
                        const struct delegation **first, bool *stolen)
{
    size_t n = 0;

    *stolen = false;
    for (size_t i = 0; old->n > 0 && i < t->n; i++) {
        const struct old_key *key = find_in(old, &t->delegations[i].role, &t->keys);

        if (key != NULL && n++ == 0)
            *first = &t->delegations[i];
        *stolen = *stolen || (key != NULL && key->stolen);
    }
    return n;
}
