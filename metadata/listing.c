/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "metadata/signed.h"

static int hash_read(struct json hashes, struct file_meta *out, struct err *e)
{
    struct json hex;
    struct bytes text, raw;
    int rc = 0;

    if (!json_get(hashes, "sha256", &hex))
        return 0;
    if (json_kind(hex) != JSON_STRING)
        return json_refuse(hex, e, "a hash is a string of hex digits");
    bytes_init(&text);
    bytes_init(&raw);
    json_text(hex, &text);
    if (hex_decode(bytes_span(&text), &raw) != 0 || raw.n != SHA256_SIZE)
        rc = json_refuse(hex, e, "a SHA-256 is 64 hex digits");
    else {
        memcpy(out->sha256, raw.p, SHA256_SIZE);
        out->has_sha256 = true;
    }
    bytes_clear(&text);
    bytes_clear(&raw);
    return rc;
}

static int meta_read(struct json entry, struct file_meta *out, struct err *e)
{
    struct json v;

    *out = (struct file_meta){.length = -1};
    if (json_need(entry, "version", JSON_INTEGER, &v, e) != 0)
        return -1;
    out->version = json_integer(v);
    if (out->version < 1)
        return json_refuse(v, e, "'version' is a number from 1");
    if (json_get(entry, "length", &v)) {
        if (json_kind(v) != JSON_INTEGER || json_integer(v) < 1)
            return json_refuse(v, e, "'length' is a number of bytes");
        out->length = json_integer(v);
    }
    if (!json_get(entry, "hashes", &v))
        return 0;
    if (json_kind(v) != JSON_OBJECT || json_count(v) == 0)
        return json_refuse(v, e, "'hashes' is an object with at least one hash");
    return hash_read(v, out, e);
}

int listing_read(struct json object, enum signed_type type, struct listing *out, struct err *e)
{
    struct listing l;
    struct json_iter it;
    struct json entry;
    struct file_meta meta;

    *out = (struct listing){0};
    if (signed_head_expect(object, type, &l.head, e) != 0 ||
        json_need(object, "meta", JSON_OBJECT, &l.meta, e) != 0)
        return -1;
    json_iter_init(&it, l.meta);
    while (json_next(&it, NULL, &entry))
        if (meta_read(entry, &meta, e) != 0)
            return -1;
    if (type == SIGNED_TIMESTAMP && !json_get(l.meta, "snapshot.json", &entry))
        return json_refuse(l.meta, e, "'snapshot.json' is not listed");
    if (type == SIGNED_SNAPSHOT && !json_get(l.meta, "targets.json", &entry))
        return json_refuse(l.meta, e, "'targets.json' is not listed");
    *out = l;
    return 0;
}

int listing_find(const struct listing *l, const char *file, struct file_meta *out, struct err *e)
{
    struct json entry;

    *out = (struct file_meta){.length = -1};
    if (!json_get(l->meta, file, &entry))
        return 0;
    return meta_read(entry, out, e) == 0 ? 1 : -1;
}
