/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "metadata/base/array.h"
#include "metadata/signed.h"

struct listing_entry {
    char *name;
    struct json meta;
};

void listing_clear(struct listing *l)
{
    for (size_t i = 0; i < l->n; i++)
        free(l->entries[i].name);
    free(l->entries);
    *l = (struct listing){0};
}

/* Each is a string of hex digits; SHA-256 of the right length, whatever a client does with it. */
static int hashes_read(struct json hashes, struct err *e)
{
    struct json name, hex;
    bool is_hex;
    int rc = 0;

    for (struct json_iter it = json_iter_of(hashes); rc == 0 && json_next(&it, &name, &hex);) {
        struct bytes text = {0}, raw = {0};

        if (json_kind(hex) != JSON_STRING)
            return json_refuse(hex, e, "a hash is a string of hex digits");
        json_text(hex, &text);
        is_hex = hex_decode(bytes_span(&text), &raw) == 0;
        if (bytes_failed(&text) || bytes_failed(&raw))
            rc = err_oom(e);
        else if (!is_hex || (json_text_is(name, "sha256") && raw.n != SHA256_SIZE))
            rc = json_refuse(hex, e,
                             json_text_is(name, "sha256") ? "a SHA-256 is 64 hex digits"
                                                          : "a hash is a string of hex digits");
        bytes_clear(&text);
        bytes_clear(&raw);
    }
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
    out->hashes = v;
    return hashes_read(v, e);
}

/* A client looks up thousands of names. */
static int index_make(struct listing *l, struct err *e)
{
    struct file_meta meta;
    struct json name;

    if ((l->entries = calloc(json_count(l->meta) + 1, sizeof *l->entries)) == NULL)
        return err_oom(e);
    for (struct json_iter it = json_iter_of(l->meta);
         json_next(&it, &name, &l->entries[l->n].meta);) {
        if (meta_read(l->entries[l->n].meta, &meta, e) != 0)
            return -1;
        if ((l->entries[l->n].name = json_strdup(name)) == NULL)
            return err_oom(e);
        l->n++;
    }
    array_sort(l->entries, l->n, sizeof *l->entries);
    return 0;
}

static const struct listing_entry *entry_find(const struct listing *l, const char *file)
{
    return array_find(l->entries, l->n, sizeof *l->entries, file);
}

int listing_read(struct json object, enum signed_type type, struct listing *out, struct err *e)
{
    const char *needed = type == SIGNED_TIMESTAMP ? "snapshot.json" : "targets.json";
    struct listing l = {0};

    *out = l;
    if (signed_head_expect(object, type, &l.head, e) != 0 ||
        json_need(object, "meta", JSON_OBJECT, &l.meta, e) != 0)
        return -1;
    if (index_make(&l, e) != 0) {
        listing_clear(&l);
        return -1;
    }
    if (entry_find(&l, needed) == NULL) {
        json_refuse(l.meta, e, "'%s' is not listed", needed);
        listing_clear(&l);
        return -1;
    }
    *out = l;
    return 0;
}

int listing_find(const struct listing *l, const char *file, struct file_meta *out, struct err *e)
{
    const struct listing_entry *entry = entry_find(l, file);

    *out = (struct file_meta){.length = -1};
    if (entry == NULL)
        return 0;
    return meta_read(entry->meta, out, e) == 0 ? 1 : -1;
}
