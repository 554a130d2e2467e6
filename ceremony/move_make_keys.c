/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "ceremony/move_set.h"

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

static int keep(struct making *k, const struct key *key, const struct key **out)
{
    struct move_set *s = k->set;

    if (s->nkept == s->room) {
        size_t room = s->room > 0 ? 2 * s->room : 16;
        struct key **more = realloc(s->kept, room * sizeof *more);

        if (more == NULL)
            return err_oom(k->e);
        s->kept = more;
        s->room = room;
    }
    s->kept[s->nkept] = key_copy(key);
    *out = s->kept[s->nkept++];
    return 0;
}

/* Composing lists a key under its hash. One that is listed otherwise, or is not there, would not be
 * kept but change, and what its holder has signed would count no more. */
static int keep_all(struct making *k, const struct move *m, const struct moves_role *role,
                    const struct delegation *was, struct compose_role *out)
{
    for (size_t i = 0; i < was->role.n; i++) {
        const struct keyring_entry *found = keyring_find(&role->targets->keys, was->role.keyids[i]);

        if (found == NULL || found->id_mismatch) {
            move_refuse(k->list, m, k->e, "the keys of '%s' can't be kept: keyid '%.64s' %s",
                        m->project, was->role.keyids[i],
                        found == NULL ? "has no key in the file" : "is not the hash of its key");
            return err_todo(k->e, "say 'keys' and 'threshold' of this project anew");
        }
        if (keep(k, found->key, &out->keys[out->n++]) != 0)
            return -1;
    }
    return 0;
}

int move_make_keys(struct making *k, const struct move *m, const struct moves_role *role,
                   const struct delegation *was, struct compose_role *out)
{
    size_t n = m->nkeys > 0 ? m->nkeys : was->role.n;

    *out = (struct compose_role){.keys = pool_take(&k->set->pool, n, sizeof *out->keys)};
    if (out->keys == NULL)
        return err_oom(k->e);
    for (size_t i = 0; i < m->nkeys; i++)
        out->keys[out->n++] = move_keys_find(&k->set->keys, m->keys[i]);
    if (m->nkeys == 0 && keep_all(k, m, role, was, out) != 0)
        return -1;
    out->threshold = m->threshold > 0 ? m->threshold : was->role.threshold;
    if (out->threshold > out->n) {
        move_refuse(k->list, m, k->e, "'%s' would need %u signatures of %zu keys", m->project,
                    out->threshold, out->n);
        return err_todo(k->e, "give it a 'threshold' from 1 to the number of its keys");
    }
    return twice_check(k, m, out);
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
