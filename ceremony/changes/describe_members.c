/* SPDX-License-Identifier: Apache-2.0 */
/* What is signed along with keys and roles, beyond what the specification names: owners' names,
 * members of other tools, keys that no role lists. */
#include <stdlib.h>

#include "ceremony/changes/describe_part.h"
#include "metadata/base/plain.h"

#define VALUE_MAX 200 /* bytes that are shown */

void describe_unknown_of(const struct describing *s, const char *kind, struct json of,
                         struct json object, const char *const *known)
{
    struct json_iter it;
    struct json name, value;

    json_iter_init(&it, object);
    while (json_kind(object) == JSON_OBJECT && json_next(&it, &name, &value)) {
        size_t i = 0;

        while (known[i] != NULL && !json_text_is(name, known[i]))
            i++;
        if (known[i] != NULL)
            continue;
        bytes_put_str(s->out, "unknown member ");
        plain_put(s->out, json_span(name));
        if (kind != NULL)
            bytes_printf(s->out, " of %s", kind);
        if (of.n > 0) {
            bytes_put_u8(s->out, ' ');
            plain_put(s->out, json_span(of));
        }
        bytes_put_str(s->out, ": ");
        plain_put(s->out, span_of(value.p, value.n < VALUE_MAX ? value.n : VALUE_MAX));
        bytes_put_str(s->out, value.n < VALUE_MAX ? "\n" : "...\n");
    }
}

/* The keyids that roles list, in order. */
struct listed {
    struct span *ids; /* as JSON has them */
    size_t n;
};

static int by_bytes(const void *a, const void *b)
{
    return span_cmp(*(const struct span *)a, *(const struct span *)b);
}

static int list(struct listed *l, struct json role, struct err *e)
{
    struct json_iter it;
    struct json keyids, id;
    struct span *more;

    if (!json_get(role, "keyids", &keyids) || json_kind(keyids) != JSON_ARRAY)
        return 0;
    more = realloc(l->ids, (l->n + json_count(keyids) + 1) * sizeof *more);
    if (more == NULL)
        return err_oom(e);
    l->ids = more;
    json_iter_init(&it, keyids);
    while (json_next(&it, NULL, &id))
        more[l->n++] = json_span(id);
    return 0;
}

/* One role, of root (`name` is the member's) or of delegations. */
static int describe_one(const struct describing *s, struct json name, struct json role,
                        struct listed *l, struct err *e)
{
    static const char *const known[] = {"keyids",      "threshold",          "name",
                                        "paths",       "path_hash_prefixes", "terminating",
                                        "name_prefix", "bit_length",         NULL};

    if (name.n == 0 && !json_get(role, "name", &name))
        (void)json_get(role, "name_prefix", &name);
    describe_unknown_of(s, "role", name, role, known);
    return list(l, role, e);
}

static int describe_roles(const struct describing *s, struct json roles, struct listed *l,
                          struct err *e)
{
    bool object = json_kind(roles) == JSON_OBJECT;
    struct json_iter it;
    struct json name = {0}, role;

    json_iter_init(&it, roles);
    while (json_next(&it, object ? &name : NULL, &role))
        if (describe_one(s, name, role, l, e) != 0)
            return -1;
    return 0;
}

static void describe_keys(const struct describing *s, struct json keys, const struct listed *l)
{
    static const char *const known[] = {"keytype", "scheme", "keyval", NULL};
    static const char *const known_val[] = {"public", NULL};
    struct json_iter it;
    struct json id, key, keyval;
    struct span name;

    json_iter_init(&it, keys);
    while (json_next(&it, &id, &key)) {
        describe_unknown_of(s, "key", id, key, known);
        if (json_get(key, "keyval", &keyval))
            describe_unknown_of(s, "the keyval of key", id, keyval, known_val);
        name = json_span(id);
        if (l->n == 0 || bsearch(&name, l->ids, l->n, sizeof *l->ids, by_bytes) == NULL) {
            bytes_put_str(s->out, "no role lists key ");
            plain_put(s->out, name);
            bytes_put_u8(s->out, '\n');
        }
    }
}

int describe_members(const struct describing *s, struct json in, struct err *e)
{
    struct listed l = {0};
    struct json keys, roles, succinct;
    int rc = 0;

    if (json_get(in, "roles", &roles))
        rc = describe_roles(s, roles, &l, e);
    if (rc == 0 && json_get(in, "succinct_roles", &succinct))
        rc = describe_one(s, (struct json){0}, succinct, &l, e);
    if (l.n > 0)
        qsort(l.ids, l.n, sizeof *l.ids, by_bytes);
    if (rc == 0 && json_get(in, "keys", &keys))
        describe_keys(s, keys, &l);
    free(l.ids);
    return rc;
}
