/* SPDX-License-Identifier: Apache-2.0 */
#include "metadata/compose.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static int by_keyid(const void *a, const void *b)
{
    const struct key *const *x = a, *const *y = b;

    return strcmp(key_id(*x), key_id(*y));
}

/* Every key of every role, each once, sorted by keyid: a heap array, `*n` long. */
static const struct key **all_keys(const struct compose_root *root, size_t *n)
{
    const struct key **keys;
    size_t count = 0, kept = 0;

    for (unsigned t = 0; t < SIGNED_TYPES; t++)
        count += root->roles[t].n;
    if ((keys = calloc(count + 1, sizeof *keys)) == NULL)
        return NULL;
    count = 0;
    for (unsigned t = 0; t < SIGNED_TYPES; t++)
        for (size_t i = 0; i < root->roles[t].n; i++)
            keys[count++] = root->roles[t].keys[i];
    qsort(keys, count, sizeof(const struct key *), by_keyid);
    for (size_t i = 0; i < count; i++)
        if (kept == 0 || strcmp(key_id(keys[kept - 1]), key_id(keys[i])) != 0)
            keys[kept++] = keys[i];
    *n = kept;
    return keys;
}

/* Members of an object being written: those of `base` (n == 0: none) and new ones in their place,
 * in canonical order, which for the names that we write is strcmp's. */
struct member {
    const char *name;
    struct bytes value; /* canonical bytes */
};

static int by_member(const void *a, const void *b)
{
    const struct member *x = a, *y = b;

    return strcmp(x->name, y->name);
}

/* Where `name` (a string with its quotes) stands to a plain member name, as strcmp. */
static int compare_name(struct json name, const char *plain)
{
    struct bytes text;
    int order;

    bytes_init(&text);
    json_text(name, &text);
    order = bytes_failed(&text) ? 0 : strcmp(bytes_str(&text), plain);
    bytes_clear(&text);
    return order;
}

static void put_comma(struct bytes *out)
{
    if (out->n > 0 && out->p[out->n - 1] != '{')
        bytes_put_u8(out, ',');
}

static void put_member(const struct member *m, struct bytes *out)
{
    put_comma(out);
    bytes_printf(out, "\"%s\":", m->name);
    bytes_put_span(out, bytes_span(&m->value));
}

/* Writes the object and clears the members' values. */
static int put_object(struct json base, struct member *members, size_t n, struct bytes *out,
                      struct err *e)
{
    struct json_iter it;
    struct json name, value;
    size_t next = 0;
    bool failed = false;

    qsort(members, n, sizeof *members, by_member);
    bytes_put_u8(out, '{');
    if (base.n > 0) {
        json_iter_init(&it, base);
        while (json_next(&it, &name, &value)) {
            while (next < n && compare_name(name, members[next].name) > 0)
                put_member(&members[next++], out);
            if (next < n && json_text_is(name, members[next].name))
                continue; /* the new one takes its place */
            put_comma(out);
            bytes_put_span(out, json_span(name));
            bytes_put_u8(out, ':');
            bytes_put_span(out, json_span(value));
        }
    }
    while (next < n)
        put_member(&members[next++], out);
    bytes_put_u8(out, '}');
    for (size_t i = 0; i < n; i++) {
        failed = failed || bytes_failed(&members[i].value);
        bytes_clear(&members[i].value);
    }
    return failed || bytes_failed(out) ? err_oom(e) : 0;
}

/* Keyids in the order given: the plan's order of people means something to readers. */
static int put_role(const struct compose_role *role, struct json base, struct bytes *out,
                    struct err *e)
{
    struct member members[] = {{.name = "keyids"}, {.name = "threshold"}};

    bytes_put_u8(&members[0].value, '[');
    for (size_t i = 0; i < role->n; i++)
        bytes_printf(&members[0].value, "%s\"%s\"", i > 0 ? "," : "", key_id(role->keys[i]));
    bytes_put_u8(&members[0].value, ']');
    bytes_printf(&members[1].value, "%u", role->threshold);
    return put_object(base, members, 2, out, e);
}

static int put_roles(const struct compose_root *root, struct bytes *out, struct err *e)
{
    struct member members[SIGNED_TYPES] = {{0}};
    struct json roles = {0}, base;

    if (root->base.n > 0)
        (void)json_get(root->base, "roles", &roles);
    for (unsigned t = 0; t < SIGNED_TYPES; t++) {
        members[t].name = signed_type_name((enum signed_type)t);
        if (roles.n == 0 || !json_get(roles, members[t].name, &base))
            base = (struct json){0};
        (void)put_role(&root->roles[t], base, &members[t].value, e); /* a failed buffer says so */
    }
    return put_object((struct json){0}, members, SIGNED_TYPES, out, e);
}

static void put_expires(utc_t expires, struct bytes *out)
{
    char text[UTC_SIZE];

    utc_format(expires, text);
    bytes_printf(out, "\"%s\"", text);
}

int compose_renewed(struct json base, int64_t version, utc_t expires, struct bytes *out,
                    struct err *e)
{
    struct member members[] = {{.name = "version"}, {.name = "expires"}};

    bytes_printf(&members[0].value, "%" PRId64, version);
    put_expires(expires, &members[1].value);
    return put_object(base, members, 2, out, e);
}

static void put_keys(const struct key *const *keys, size_t n, struct bytes *out)
{
    bytes_put_u8(out, '{');
    for (size_t i = 0; i < n; i++) {
        bytes_printf(out, "%s\"%s\":", i > 0 ? "," : "", key_id(keys[i]));
        bytes_put_span(out, key_object(keys[i]));
    }
    bytes_put_u8(out, '}');
}

int compose_root(const struct compose_root *root, struct bytes *out, struct err *e)
{
    struct member members[7] = {{.name = "version"},
                                {.name = "expires"},
                                {.name = "keys"},
                                {.name = "roles"},
                                {.name = "_type"},
                                {.name = "spec_version"},
                                {.name = "consistent_snapshot"}};
    struct json ignored;
    bool first = root->base.n == 0;
    size_t n = 0, count = 4;
    const struct key **keys = all_keys(root, &n);

    if (keys == NULL)
        return err_oom(e);
    bytes_printf(&members[0].value, "%" PRId64, root->version);
    put_expires(root->expires, &members[1].value);
    put_keys(keys, n, &members[2].value);
    free(keys);
    if (put_roles(root, &members[3].value, e) != 0) {
        for (size_t i = 0; i < count; i++)
            bytes_clear(&members[i].value);
        return -1;
    }
    if (first) {
        bytes_put_str(&members[count++].value, "\"root\"");
        bytes_put_str(&members[count++].value, "\"" COMPOSE_SPEC_VERSION "\"");
        bytes_put_str(&members[count++].value, "true");
    } else if (!json_get(root->base, "consistent_snapshot", &ignored)) {
        members[count].name = "consistent_snapshot";
        bytes_put_str(&members[count++].value, "false");
    }
    return put_object(root->base, members, count, out, e);
}

int compose_targets(int64_t version, utc_t expires, struct bytes *out, struct err *e)
{
    struct bytes head;

    bytes_init(&head);
    put_expires(expires, &head);
    bytes_printf(out, "{\"_type\":\"targets\",\"expires\":%s,", bytes_str(&head));
    bytes_printf(out,
                 "\"spec_version\":\"" COMPOSE_SPEC_VERSION "\",\"targets\":{},\"version\":%" PRId64
                 "}",
                 version);
    bytes_clear(&head);
    return bytes_failed(out) ? err_oom(e) : 0;
}
