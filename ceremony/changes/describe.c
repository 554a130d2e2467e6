/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/changes/describe.h"

#include <inttypes.h>
#include <string.h>

#include "ceremony/base/words.h"
#include "ceremony/changes/describe_part.h"
#include "metadata/base/plain.h"

void describe_head(const struct describing *s, const struct signed_head *h)
{
    char at[UTC_SIZE];

    struct json written;

    utc_format(h->expires, at);
    plain_put_str(s->out, s->names.role != NULL ? s->names.role : signed_type_name(h->type));
    bytes_printf(s->out, ", version %" PRId64 ", valid until %s (", h->version, at);
    utc_distance(s->now, h->expires, s->out);
    bytes_put_str(s->out, h->expires <= s->now ? ": EXPIRED)\n" : ")\n");
    if (json_get(h->object, "expires", &written) && !json_text_is(written, at)) {
        bytes_put_str(s->out, "'expires' is written in an old form, which python-tuf refuses: ");
        plain_put(s->out, json_span(written));
        bytes_put_u8(s->out, '\n');
    }
}

/* Members beyond those that the specification names. */
void describe_unknown(const struct describing *s, struct json object, const char *const *known)
{
    describe_unknown_of(s, NULL, (struct json){0}, object, known);
}

static void put_key(const struct describing *s, const struct keyring *keys, const char *keyid)
{
    const struct keyring_entry *entry = keyring_find(keys, keyid);
    const char *holder = entry != NULL && s->names.holder != NULL
                             ? s->names.holder(s->names.self, entry->key)
                             : NULL;
    struct bytes raw;

    bytes_init(&raw);
    bytes_put_str(s->out, "    ");
    plain_put_str(s->out, holder != NULL ? holder : "key");
    bytes_put_str(s->out, "  ");
    if (hex_decode(span_str(keyid), &raw) == 0 && raw.n == SHA256_SIZE) {
        words_hex(raw.p, 0, 8, s->out);
        bytes_put_str(s->out, " ... ");
        words_text(raw.p, 0, 3, s->out);
    } else
        plain_put_str(s->out, keyid);
    bytes_clear(&raw);
    if (entry == NULL)
        bytes_put_str(s->out, "  NOT THERE\n");
    else {
        bytes_printf(s->out, "  %s", key_type_words(key_type(entry->key)));
        if (key_type(entry->key) == KEY_UNKNOWN) {
            bytes_put_str(s->out, ": scheme ");
            plain_put_str(s->out, key_scheme(entry->key));
        }
        bytes_put_str(s->out, entry->id_mismatch ? ", under an id that is not its hash\n" : "\n");
        if (key_old_form(entry->key) != NULL)
            bytes_printf(s->out, "        %s\n", key_old_form(entry->key));
    }
}

static bool same_keys(const struct role *a, const struct role *b)
{
    if (a->n != b->n)
        return false;
    for (size_t i = 0; i < a->n; i++)
        if (!role_has(b, a->keyids[i]))
            return false;
    return true;
}

void describe_role(const struct describing *s, const struct role *r, const struct keyring *keys,
                   const struct role *said)
{
    plain_put_str(s->out, r->name);
    if (r->n == 1)
        bytes_put_str(s->out, " is signed by one key");
    else
        bytes_printf(s->out, " is signed by any %u of %zu keys", r->threshold, r->n);
    if (said != NULL && said != r && same_keys(said, r)) {
        bytes_printf(s->out, ", those of %s\n", said->name);
        return;
    }
    bytes_put_str(s->out, ":\n");
    for (size_t i = 0; i < r->n; i++)
        put_key(s, keys, r->keyids[i]);
}

static int describe_root(const struct describing *s, struct json object, struct err *e)
{
    static const char *const known[] = {
        "_type", "spec_version", "consistent_snapshot", "version", "expires", "keys", "roles",
        NULL};
    static const enum signed_type order[] = {SIGNED_ROOT, SIGNED_TARGETS, SIGNED_SNAPSHOT,
                                             SIGNED_TIMESTAMP};
    struct json consistent;
    struct root r;
    const struct role *said = NULL;

    if (root_read(object, &r, e) != 0)
        return -1;
    describe_head(s, &r.head);
    for (size_t i = 0; i < SIGNED_TYPES; i++) {
        describe_role(s, &r.roles[order[i]], &r.keys, said);
        if (order[i] != SIGNED_TARGETS)
            said = &r.roles[order[i]];
    }
    if (!json_get(object, "consistent_snapshot", &consistent))
        bytes_put_str(s->out, "'consistent_snapshot' is not there, an old form: tuf-js, go-tuf and "
                              "tough refuse this root\n");
    else if (!r.consistent_snapshot)
        bytes_put_str(s->out, "no consistent snapshots: clients ask for files without versions in "
                              "their names\n");
    describe_unknown(s, object, known);
    root_clear(&r);
    return describe_members(s, object, e);
}

static void put_listed(struct json name, struct json entry, struct bytes *out)
{
    struct json version;

    bytes_put_str(out, "    ");
    plain_put(out, json_span(name));
    if (json_get(entry, "version", &version))
        bytes_printf(out, "  version %" PRId64, json_integer(version));
}

static int describe_listing(const struct describing *s, struct json object, enum signed_type type,
                            struct err *e)
{
    static const char *const known[] = {"_type",   "spec_version", "version",
                                        "expires", "meta",         NULL};
    struct listing l;
    int rc;

    if (listing_read(object, type, &l, e) != 0)
        return -1;
    describe_head(s, &l.head);
    rc = lines_add_text(s->lines, s->out, e);
    if (rc == 0)
        rc = lines_add_entries(s->lines, l.meta, put_listed, e);
    listing_clear(&l);
    if (rc == 0)
        describe_unknown(s, object, known);
    return rc;
}

int describe(struct json object, const struct describe_names *names, utc_t now, struct lines *out,
             struct err *e)
{
    struct bytes text;
    struct describing s = {.now = now, .out = &text, .lines = out};
    struct signed_head head;
    int rc = -1;

    if (signed_head_read(object, &head, e) != 0)
        return -1;
    if (names != NULL)
        s.names = *names;
    bytes_init(&text);
    switch (head.type) {
    case SIGNED_ROOT:
        rc = describe_root(&s, object, e);
        break;
    case SIGNED_TARGETS:
        rc = describe_targets(&s, object, e);
        break;
    case SIGNED_SNAPSHOT:
    case SIGNED_TIMESTAMP:
        rc = describe_listing(&s, object, head.type, e);
        break;
    case SIGNED_TYPES:
        break;
    }
    if (rc == 0)
        return lines_add_text(out, &text, e);
    bytes_clear(&text);
    return -1;
}
