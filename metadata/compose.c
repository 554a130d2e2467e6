/* SPDX-License-Identifier: Apache-2.0 */
#include "metadata/compose_object.h"

#include <inttypes.h>
#include <stdlib.h>

/* Every key of every role, each once, sorted by keyid: a heap array, `*n` long. NULL: error. */
static struct compose_key *all_keys(const struct compose_root *root, size_t *n, struct err *e)
{
    struct compose_key *keys;

    *n = 0;
    for (unsigned t = 0; t < SIGNED_TYPES; t++)
        *n += root->roles[t].n;
    if ((keys = calloc(*n + 1, sizeof *keys)) == NULL) {
        err_oom(e);
        return NULL;
    }
    *n = 0;
    for (unsigned t = 0; t < SIGNED_TYPES; t++)
        for (size_t i = 0; i < root->roles[t].n; i++)
            keys[(*n)++] = compose_key_at(&root->roles[t], i);
    if (compose_keys_sort(keys, n, e) == 0)
        return keys;
    free(keys);
    return NULL;
}

/* Keyids in the order given: the plan's order of people means something to readers. */
static int put_role(const struct compose_role *role, struct json base, struct bytes *out,
                    struct err *e)
{
    struct compose_member members[] = {{.name = "keyids"}, {.name = "threshold"}};

    compose_keyids(role, &members[0].value);
    bytes_printf(&members[1].value, "%u", role->threshold);
    return compose_object(base, members, 2, out, e);
}

static int put_roles(const struct compose_root *root, struct bytes *out, struct err *e)
{
    struct compose_member members[SIGNED_TYPES] = {{0}};
    struct json roles = {0}, base;

    if (root->base.n > 0)
        (void)json_get(root->base, "roles", &roles);
    for (unsigned t = 0; t < SIGNED_TYPES; t++) {
        members[t].name = signed_type_name((enum signed_type)t);
        if (roles.n == 0 || !json_get(roles, members[t].name, &base))
            base = (struct json){0};
        (void)put_role(&root->roles[t], base, &members[t].value, e); /* a failed buffer says so */
    }
    return compose_object((struct json){0}, members, SIGNED_TYPES, out, e);
}

static void put_keys(const struct compose_key *keys, size_t n, struct bytes *out)
{
    bytes_put_u8(out, '{');
    for (size_t i = 0; i < n; i++) {
        compose_comma(out);
        compose_string(out, keys[i].id);
        bytes_put_u8(out, ':');
        bytes_put_span(out, key_object(keys[i].key));
    }
    bytes_put_u8(out, '}');
}

int compose_root(const struct compose_root *root, struct bytes *out, struct err *e)
{
    struct compose_member members[7] = {{.name = "version"},
                                        {.name = "expires"},
                                        {.name = "keys"},
                                        {.name = "roles"},
                                        {.name = "_type"},
                                        {.name = "spec_version"},
                                        {.name = "consistent_snapshot"}};
    struct json ignored;
    bool first = root->base.n == 0;
    size_t n = 0, count = 4;
    struct compose_key *keys = all_keys(root, &n, e);

    if (keys == NULL)
        return -1;
    bytes_printf(&members[0].value, "%" PRId64, root->version);
    compose_utc(root->expires, &members[1].value);
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
    return compose_object(root->base, members, count, out, e);
}
