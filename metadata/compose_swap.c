/* SPDX-License-Identifier: Apache-2.0 */
/* One key in the place of another, in whatever delegations list it. */
#include <stdlib.h>
#include <string.h>

#include "metadata/compose_object.h"

/* The id of a key that goes, and the one that stands in its place. */
struct renamed {
    const char *from, *to;
};

struct swapping {
    struct keyring ring; /* the keys of the base */
    struct compose_key *keys;
    size_t nkeys;
    struct renamed *ids;
    size_t nids;
    size_t n; /* delegations that change */
    struct err *e;
};

static const char *new_id(const struct swapping *w, const char *keyid)
{
    for (size_t i = 0; i < w->nids; i++)
        if (strcmp(w->ids[i].from, keyid) == 0)
            return w->ids[i].to;
    return NULL;
}

static int sort_keys(struct swapping *w, const struct compose_swap *swaps, size_t nswaps)
{
    w->keys = calloc(w->ring.n + nswaps + 1, sizeof *w->keys);
    w->ids = calloc(w->ring.n + 1, sizeof *w->ids);
    if (w->keys == NULL || w->ids == NULL)
        return err_oom(w->e);
    for (size_t i = 0; i < w->ring.n; i++) {
        const struct keyring_entry *entry = &w->ring.entries[i], *there;
        const struct compose_swap *swap = NULL;

        for (size_t k = 0; k < nswaps && swap == NULL; k++)
            if (key_same_material(swaps[k].old, entry->key))
                swap = &swaps[k];
        if (swap == NULL) {
            w->keys[w->nkeys++] = (struct compose_key){entry->keyid, entry->key};
            continue;
        }
        there = keyring_find_key(&w->ring, swap->new);
        w->ids[w->nids++] =
            (struct renamed){entry->keyid, there != NULL ? there->keyid : key_id(swap->new)};
        if (there == NULL)
            w->keys[w->nkeys++] = (struct compose_key){key_id(swap->new), swap->new};
    }
    return compose_keys_sort(w->keys, &w->nkeys, w->e);
}

/* The keyids of a role, each once; `*changes` says whether one was swapped. */
static int put_keyids(const struct swapping *w, const struct role *role, bool *changes,
                      struct bytes *out)
{
    const char **ids = calloc(role->n + 1, sizeof *ids);
    size_t n = 0;

    *changes = false;
    if (ids == NULL)
        return err_oom(w->e);
    bytes_put_u8(out, '[');
    for (size_t i = 0; i < role->n; i++) {
        const char *to = new_id(w, role->keyids[i]), *id = to != NULL ? to : role->keyids[i];
        bool before = false;

        *changes = *changes || to != NULL;
        for (size_t k = 0; k < n; k++)
            before = before || strcmp(ids[k], id) == 0;
        if (before)
            continue;
        ids[n++] = id;
        compose_comma(out);
        compose_string(out, id);
    }
    bytes_put_u8(out, ']');
    free(ids);
    if (n >= role->threshold)
        return 0;
    err_set(w->e, ERR_INPUT,
            "'%.200s' would need %u signatures and have %zu keys, for it has both the key that "
            "goes and the one that comes",
            role->name, role->threshold, n);
    return err_todo(w->e, "set that delegation anew in the plan, or swap to another key");
}

/* A delegation, or the succinct one: as it is, or with other keyids. */
static int put_role(struct swapping *w, struct json base, const char *name, struct bytes *out)
{
    struct compose_member keyids = {.name = "keyids"};
    struct role role = {0};
    bool changes;
    int rc;

    if (role_read(base, name, &role, w->e) != 0)
        return -1;
    rc = put_keyids(w, &role, &changes, &keyids.value);
    role_clear(&role);
    if (rc != 0 || !changes) {
        bytes_clear(&keyids.value);
        bytes_put_span(out, json_span(base));
        return rc;
    }
    w->n++;
    return compose_object(base, &keyids, 1, out, w->e);
}

static int put_named(struct swapping *w, struct json base, const char *member, struct bytes *out)
{
    struct json name;
    char *text = NULL;
    int rc = -1;

    if (json_need(base, member, JSON_STRING, &name, w->e) == 0)
        rc = (text = json_strdup(name)) != NULL ? put_role(w, base, text, out) : err_oom(w->e);
    free(text);
    return rc;
}

static int put_roles(struct swapping *w, struct json base, struct bytes *out)
{
    struct json role;

    bytes_put_u8(out, '[');
    for (struct json_iter it = json_iter_of(base); json_next(&it, NULL, &role);) {
        compose_comma(out);
        if (put_named(w, role, "name", out) != 0)
            return -1;
    }
    bytes_put_u8(out, ']');
    return 0;
}

static void put_keys(const struct swapping *w, struct bytes *out)
{
    bytes_put_u8(out, '{');
    for (size_t i = 0; i < w->nkeys; i++) {
        compose_comma(out);
        compose_string(out, w->keys[i].id);
        bytes_put_u8(out, ':');
        bytes_put_span(out, key_object(w->keys[i].key));
    }
    bytes_put_u8(out, '}');
}

static int put_delegations(struct swapping *w, struct json base, struct bytes *out)
{
    struct compose_member members[] = {{.name = "keys"}, {.name = "roles"}};
    struct json roles;
    int rc;

    if (json_get(base, "succinct_roles", &roles)) {
        members[1].name = "succinct_roles";
        rc = put_named(w, roles, "name_prefix", &members[1].value);
    } else
        rc = json_need(base, "roles", JSON_ARRAY, &roles, w->e) == 0
                 ? put_roles(w, roles, &members[1].value)
                 : -1;
    put_keys(w, &members[0].value);
    if (rc == 0)
        return compose_object(base, members, 2, out, w->e);
    bytes_clear(&members[0].value);
    bytes_clear(&members[1].value);
    return -1;
}

int compose_swap(struct json base, const struct compose_swap *swaps, size_t nswaps,
                 struct bytes *out, size_t *n, struct err *e)
{
    struct compose_member delegations = {.name = "delegations"};
    struct swapping w = {.e = e};
    struct json before, keys;
    int rc = -1;

    *n = 0;
    if (nswaps == 0 || base.n == 0 || !json_get(base, "delegations", &before))
        return 0;
    if (json_need(before, "keys", JSON_OBJECT, &keys, e) == 0 &&
        keyring_read(keys, &w.ring, e) == 0 && sort_keys(&w, swaps, nswaps) == 0)
        rc = w.nids > 0 ? put_delegations(&w, before, &delegations.value) : 0;
    *n = w.n;
    if (rc == 0 && w.n > 0)
        rc = compose_object(base, &delegations, 1, out, e);
    else
        bytes_clear(&delegations.value);
    keyring_clear(&w.ring);
    free(w.keys);
    free(w.ids);
    return rc;
}
