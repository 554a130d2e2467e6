/* SPDX-License-Identifier: Apache-2.0 */
#include "metadata/role.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* The first bytes of an id as a number, whose order is that of strcmp: nearly every search in a
 * ring of 100,000 is decided by it, without going to where the id lies. */
static uint64_t head_of(const char *keyid)
{
    uint64_t head = 0;

    for (unsigned i = 0; i < 8; i++) {
        head = head << 8 | (uint8_t)*keyid;
        keyid += *keyid != '\0';
    }
    return head;
}

void keyring_clear(struct keyring *r)
{
    for (size_t i = 0; i < r->n; i++) {
        free(r->entries[i].foreign);
        key_free(r->entries[i].key);
    }
    free(r->entries);
    *r = (struct keyring){0};
}

/* `id` (moved in) is listed for the entry's key. */
static void entry_take_id(struct keyring_entry *entry, char *id)
{
    entry->head = head_of(id);
    entry->id_mismatch = strcmp(id, key_id(entry->key)) != 0;
    entry->foreign = entry->id_mismatch ? id : NULL;
    entry->keyid = entry->id_mismatch ? id : key_id(entry->key);
    if (!entry->id_mismatch)
        free(id);
}

static int entry_read(struct json name, struct json object, struct keyring_entry *out,
                      struct err *e)
{
    char *id;
    int rc;

    if (json_kind(object) != JSON_OBJECT)
        return json_refuse(object, e, "a key is an object, this is %s",
                           json_kind_name(json_kind(object)));
    if ((id = json_strdup(name)) == NULL)
        return err_oom(e);
    rc = id[0] == '\0' ? json_refuse(object, e, "a keyid is empty")
                       : key_from_json(object, &out->key, e);
    if (rc == 0)
        entry_take_id(out, id);
    else
        free(id);
    return rc;
}

int keyring_read(struct json keys, struct keyring *out, struct err *e)
{
    struct keyring r = {0};
    struct json name, value;
    size_t n = json_count(keys);

    *out = r;
    if ((r.entries = calloc(n + 1, sizeof *r.entries)) == NULL)
        return err_oom(e);
    for (struct json_iter it = json_iter_of(keys); json_next(&it, &name, &value);)
        if (entry_read(name, value, &r.entries[r.n++], e) != 0) {
            keyring_clear(&r);
            return -1;
        }
    *out = r;
    return 0;
}

void keyring_share(struct keyring *r, const struct keyring *with)
{
    size_t k = 0;

    for (size_t i = 0; i < r->n; i++) {
        struct keyring_entry *own = &r->entries[i];

        while (k < with->n && strcmp(with->entries[k].keyid, own->keyid) < 0)
            k++;
        if (k == with->n || strcmp(with->entries[k].keyid, own->keyid) != 0 ||
            !span_eq(key_object(with->entries[k].key), key_object(own->key)))
            continue;
        key_free(own->key);
        own->key = key_copy(with->entries[k].key);
        own->keyid = own->id_mismatch ? own->foreign : key_id(own->key);
    }
}

const struct keyring_entry *keyring_find(const struct keyring *r, const char *keyid)
{
    const uint64_t head = head_of(keyid);
    size_t from = 0, to = r->n;

    while (from < to) { /* entries are in canonical order, that is strcmp's for text */
        size_t middle = from + (to - from) / 2;
        const struct keyring_entry *entry = &r->entries[middle];
        int order = entry->head != head ? (entry->head > head) - (entry->head < head)
                                        : strcmp(entry->keyid, keyid);

        if (order == 0)
            return entry;
        if (order < 0)
            from = middle + 1;
        else
            to = middle;
    }
    return NULL;
}

const struct keyring_entry *keyring_find_key(const struct keyring *r, const struct key *key)
{
    for (size_t i = 0; i < r->n; i++)
        if (key_same_material(r->entries[i].key, key))
            return &r->entries[i];
    return NULL;
}

void role_clear(struct role *r)
{
    free(r->name);
    for (size_t i = 0; i < r->n; i++)
        free(r->keyids[i]);
    free(r->keyids);
    *r = (struct role){0};
}

bool role_has(const struct role *r, const char *keyid)
{
    for (size_t i = 0; i < r->n; i++)
        if (strcmp(r->keyids[i], keyid) == 0)
            return true;
    return false;
}

const struct keyring_entry *role_find_key(const struct role *r, const struct keyring *keys,
                                          const struct key *key)
{
    for (size_t i = 0; i < r->n; i++) {
        const struct keyring_entry *entry = keyring_find(keys, r->keyids[i]);

        if (entry != NULL && key_same_material(entry->key, key))
            return entry;
    }
    return NULL;
}

static bool is_within(const struct role *a, const struct keyring *a_keys, const struct role *b,
                      const struct keyring *b_keys)
{
    for (size_t i = 0; i < a->n; i++) {
        const struct keyring_entry *key = keyring_find(a_keys, a->keyids[i]), *same;

        same = i < b->n ? keyring_find(b_keys, b->keyids[i]) : NULL; /* most have the same order */
        if (key == NULL ? !role_has(b, a->keyids[i]) || keyring_find(b_keys, a->keyids[i]) != NULL
                        : (same == NULL || !key_same_material(same->key, key->key)) &&
                              role_find_key(b, b_keys, key->key) == NULL)
            return false;
    }
    return true;
}

bool role_same_keys(const struct role *a, const struct keyring *a_keys, const struct role *b,
                    const struct keyring *b_keys)
{
    return is_within(a, a_keys, b, b_keys) && is_within(b, b_keys, a, a_keys);
}

bool role_all(const struct role *r, const struct keyring *keys,
              bool (*is)(const void *self, const struct key *key), const void *self)
{
    for (size_t i = 0; i < r->n; i++) {
        const struct keyring_entry *entry = keyring_find(keys, r->keyids[i]);

        if (entry == NULL || !is(self, entry->key))
            return false;
    }
    return true;
}

bool role_first(const struct role *r, const struct keyring *keys, size_t i)
{
    const struct keyring_entry *entry = keyring_find(keys, r->keyids[i]);

    return entry != NULL && role_find_key(r, keys, entry->key) == entry;
}

static int keyids_read(struct json list, struct role *r, struct err *e)
{
    struct json id;
    char *text;

    size_t n = json_count(list);

    if (n > ROLE_KEYIDS_MAX)
        return json_refuse(list, e, "role '%s' has %zu keyids; %d are read at most", r->name, n,
                           ROLE_KEYIDS_MAX);
    if ((r->keyids = calloc(n + 1, sizeof *r->keyids)) == NULL)
        return err_oom(e);
    for (struct json_iter it = json_iter_of(list); json_next(&it, NULL, &id);) {
        if (json_kind(id) != JSON_STRING)
            return json_refuse(id, e, "a keyid is a string, this is %s",
                               json_kind_name(json_kind(id)));
        if ((text = json_strdup(id)) == NULL)
            return err_oom(e);
        if (role_has(r, text)) {
            free(text);
            return json_refuse(id, e, "a keyid is there twice");
        }
        r->keyids[r->n++] = text;
    }
    return r->n > 0 ? 0 : json_refuse(list, e, "role '%s' has no keys", r->name);
}

int role_read(struct json object, const char *name, struct role *out, struct err *e)
{
    struct role r = {0};
    struct json keyids, threshold;
    int64_t t;

    *out = r;
    if ((r.name = strdup(name)) == NULL)
        return err_oom(e);
    if (json_need(object, "keyids", JSON_ARRAY, &keyids, e) != 0 ||
        json_need(object, "threshold", JSON_INTEGER, &threshold, e) != 0 ||
        keyids_read(keyids, &r, e) != 0)
        goto fail;
    t = json_integer(threshold);
    if (t < 1 || t > UINT_MAX || (uint64_t)t > r.n) {
        json_refuse(threshold, e, "role '%s' has %zu keys, so its threshold is 1 to %zu", name, r.n,
                    r.n);
        goto fail;
    }
    r.threshold = (unsigned)t;
    *out = r;
    return 0;
fail:
    role_clear(&r);
    return -1;
}
