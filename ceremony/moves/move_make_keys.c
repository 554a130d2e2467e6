/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "metadata/base/array.h"

#include "ceremony/moves/move_set.h"

bool move_key_own(const struct moves_wish *w, const struct key *key)
{
    for (size_t i = 0; i < w->nown; i++)
        if (key_same_material(w->own[i], key))
            return true;
    return false;
}

static int by_material(const void *a, const void *b)
{
    const struct key *const *x = a, *const *y = b;

    return memcmp(key_material(*x), key_material(*y), SHA256_SIZE);
}

/* A heap array, sorted by material. */
static const struct key **sorted(const struct key *const *keys, size_t n)
{
    const struct key **copy = calloc(n + 1, sizeof *copy);

    if (copy == NULL)
        return NULL;
    for (size_t i = 0; i < n; i++)
        copy[i] = keys[i];
    qsort(copy, n, sizeof(const struct key *), by_material);
    return copy;
}

/* Two files can hold one key. */
static int twice_check(struct making *k, const struct move *m, const struct compose_role *who)
{
    const struct key **keys = sorted(who->keys, who->n);
    size_t i = 1;

    if (keys == NULL)
        return err_oom(k->e);
    while (i < who->n && !key_same_material(keys[i - 1], keys[i]))
        i++;
    free(keys);
    if (i >= who->n)
        return 0;
    move_refuse(k->list, m, k->e, "'%s' has one key twice", m->project);
    return err_todo(k->e, "name each developer's own key once: a key counts once, however often it "
                          "is named");
}

static int keep(struct making *k, const struct keyring_entry *entry, struct compose_role *out)
{
    struct move_set *s = k->set;

    if (array_grow(&s->kept, s->nkept, sizeof *s->kept, k->e) != 0)
        return -1;
    if ((out->keyids[out->n] = pool_str(&s->pool, span_str(entry->keyid))) == NULL)
        return err_oom(k->e);
    s->kept[s->nkept] = key_copy(entry->key);
    out->keys[out->n++] = s->kept[s->nkept++];
    return 0;
}

/* Under the ids that the file has: what their holders have signed goes on counting. */
static int keep_all(struct making *k, const struct move *m, const struct moves_role *role,
                    const struct delegation *was, struct compose_role *out)
{
    for (size_t i = 0; i < was->role.n; i++) {
        const struct keyring_entry *found = keyring_find(&role->targets->keys, was->role.keyids[i]);

        if (found == NULL) {
            move_refuse(k->list, m, k->e,
                        "the keys of '%s' can't be kept: keyid '%.64s' has no key in the file",
                        m->project, was->role.keyids[i]);
            return err_todo(k->e, "give 'keys' and 'threshold' of this project again");
        }
        if (keep(k, found, out) != 0)
            return -1;
    }
    return 0;
}

/* A key that the project has stays as the file lists it. */
static int name_key(struct making *k, const struct key *key, const struct moves_role *role,
                    const struct delegation *was, struct compose_role *out)
{
    const struct keyring_entry *found =
        was != NULL ? role_find_key(&was->role, &role->targets->keys, key) : NULL;

    if (found != NULL)
        return keep(k, found, out);
    out->keys[out->n++] = key;
    return 0;
}

int move_make_keys(struct making *k, const struct move *m, const struct moves_role *role,
                   const struct delegation *was, struct compose_role *out)
{
    size_t n = m->nkeys > 0 ? m->nkeys : was->role.n;

    *out = (struct compose_role){.keys = pool_take(&k->set->pool, n, sizeof *out->keys),
                                 .keyids = pool_take(&k->set->pool, n, sizeof *out->keyids)};
    if (out->keys == NULL || out->keyids == NULL)
        return err_oom(k->e);
    for (size_t i = 0; i < m->nkeys; i++)
        if (name_key(k, move_keys_find(&k->set->keys, m->keys[i]), role, was, out) != 0)
            return -1;
    if (m->nkeys == 0 && keep_all(k, m, role, was, out) != 0)
        return -1;
    out->threshold = m->threshold > 0 ? m->threshold : was->role.threshold;
    if (out->threshold > out->n) {
        move_refuse(k->list, m, k->e, "'%s' would need %u signatures of %zu keys", m->project,
                    out->threshold, out->n);
        return err_todo(k->e, "give it a 'threshold' from 1 to the number of its keys");
    }
    return m->nkeys > 0 ? twice_check(k, m, out) : 0;
}

bool move_keys_same(const struct moves_role *role, const struct delegation *was,
                    const struct compose_role *who)
{
    if (was->role.n != who->n)
        return false;
    for (size_t i = 0; i < who->n; i++) { /* which has no key twice; what is in force may */
        size_t j = 0;

        for (; j < was->role.n; j++) {
            const struct keyring_entry *found =
                keyring_find(&role->targets->keys, was->role.keyids[j]);

            if (found != NULL && key_same_material(found->key, who->keys[i]))
                break;
        }
        if (j == was->role.n)
            return false;
    }
    return true;
}
