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

/* Keyids in the order given: the plan's order of people means something to readers. */
static void put_role(const struct compose_role *role, const char *name, struct bytes *out)
{
    bytes_printf(out, "\"%s\":{\"keyids\":[", name);
    for (size_t i = 0; i < role->n; i++)
        bytes_printf(out, "%s\"%s\"", i > 0 ? "," : "", key_id(role->keys[i]));
    bytes_printf(out, "],\"threshold\":%u}", role->threshold);
}

static void put_expires(utc_t expires, struct bytes *out)
{
    char text[UTC_SIZE];

    utc_format(expires, text);
    bytes_printf(out, "\"expires\":\"%s\",", text);
}

int compose_root(const struct compose_root *root, struct bytes *out, struct err *e)
{
    /* canonical order of the members */
    static const enum signed_type order[] = {SIGNED_ROOT, SIGNED_SNAPSHOT, SIGNED_TARGETS,
                                             SIGNED_TIMESTAMP};
    size_t n = 0;
    const struct key **keys = all_keys(root, &n);

    if (keys == NULL)
        return err_oom(e);
    bytes_put_str(out, "{\"_type\":\"root\",\"consistent_snapshot\":true,");
    put_expires(root->expires, out);
    bytes_put_str(out, "\"keys\":{");
    for (size_t i = 0; i < n; i++) {
        bytes_printf(out, "%s\"%s\":", i > 0 ? "," : "", key_id(keys[i]));
        bytes_put_span(out, key_object(keys[i]));
    }
    bytes_put_str(out, "},\"roles\":{");
    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
        if (i > 0)
            bytes_put_u8(out, ',');
        put_role(&root->roles[order[i]], signed_type_name(order[i]), out);
    }
    bytes_printf(out, "},\"spec_version\":\"" COMPOSE_SPEC_VERSION "\",\"version\":%" PRId64 "}",
                 root->version);
    free(keys);
    return bytes_failed(out) ? err_oom(e) : 0;
}

int compose_targets(int64_t version, utc_t expires, struct bytes *out, struct err *e)
{
    bytes_put_str(out, "{\"_type\":\"targets\",");
    put_expires(expires, out);
    bytes_printf(out,
                 "\"spec_version\":\"" COMPOSE_SPEC_VERSION "\",\"targets\":{},\"version\":%" PRId64
                 "}",
                 version);
    return bytes_failed(out) ? err_oom(e) : 0;
}
