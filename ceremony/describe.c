/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/describe.h"

#include <inttypes.h>
#include <string.h>

#include "ceremony/session.h"
#include "ceremony/words.h"
#include "metadata/plain.h"

#define FEW 20 /* entries of a long list that are shown */

struct scene {
    const struct describe_names *names;
    utc_t now;
    struct bytes *out;
};

static const char *holder_of(const struct scene *s, const char *keyid)
{
    return s->names != NULL ? s->names->holder(s->names->self, keyid) : NULL;
}

static void put_head(const struct scene *s, const struct signed_head *h)
{
    char at[UTC_SIZE];

    utc_format(h->expires, at);
    bytes_printf(s->out, "%s, version %" PRId64 ", valid until %s (", signed_type_name(h->type),
                 h->version, at);
    utc_distance(s->now, h->expires, s->out);
    bytes_put_str(s->out, h->expires <= s->now ? ": EXPIRED)\n" : ")\n");
}

/* Members beyond those that the specification names. */
static void put_unknown(const struct scene *s, struct json object, const char *const *known)
{
    struct json_iter it;
    struct json name, value;

    json_iter_init(&it, object);
    while (json_next(&it, &name, &value)) {
        size_t i = 0;

        while (known[i] != NULL && !json_text_is(name, known[i]))
            i++;
        if (known[i] != NULL)
            continue;
        bytes_put_str(s->out, "unknown member ");
        plain_put(s->out, json_span(name));
        bytes_put_str(s->out, ": ");
        plain_put(s->out, span_of(value.p, value.n < 200 ? value.n : 200));
        bytes_put_str(s->out, value.n < 200 ? "\n" : "...\n");
    }
}

static void put_key(const struct scene *s, const struct keyring *keys, const char *keyid)
{
    const struct keyring_entry *entry = keyring_find(keys, keyid);
    const char *holder = holder_of(s, keyid);
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
    else
        bytes_printf(s->out, "  %s%s\n", key_type_words(key_type(entry->key)),
                     entry->id_mismatch ? ", under a wrong id" : "");
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

static void put_role(const struct scene *s, const struct role *r, const struct keyring *keys,
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

static int describe_root(const struct scene *s, struct json object, struct err *e)
{
    static const char *const known[] = {
        "_type", "spec_version", "consistent_snapshot", "version", "expires", "keys", "roles",
        NULL};
    static const enum signed_type order[] = {SIGNED_ROOT, SIGNED_TARGETS, SIGNED_SNAPSHOT,
                                             SIGNED_TIMESTAMP};
    struct root r;
    const struct role *said = NULL;

    if (root_read(object, &r, e) != 0)
        return -1;
    put_head(s, &r.head);
    for (size_t i = 0; i < SIGNED_TYPES; i++) {
        put_role(s, &r.roles[order[i]], &r.keys, said);
        if (order[i] != SIGNED_TARGETS)
            said = &r.roles[order[i]];
    }
    if (!r.consistent_snapshot)
        bytes_put_str(s->out, "no consistent snapshots: some clients refuse this root\n");
    put_unknown(s, object, known);
    root_clear(&r);
    return 0;
}

static void put_share(const struct scene *s, const struct delegation *d)
{
    struct json list = d->paths.n > 0 ? d->paths : d->prefixes, item;
    struct json_iter it;
    size_t n = 0;

    if (d->bit_length > 0) {
        bytes_printf(s->out, "    2^%u bins by hash\n", d->bit_length);
        return;
    }
    json_iter_init(&it, list);
    while (json_next(&it, NULL, &item)) {
        if (n++ >= FEW)
            continue;
        bytes_put_str(s->out, d->paths.n > 0 ? "    path " : "    hash prefix ");
        plain_put(s->out, json_span(item));
        bytes_put_u8(s->out, '\n');
    }
    if (n > FEW)
        bytes_printf(s->out, "    ... and %zu more\n", n - FEW);
    if (d->terminating)
        bytes_put_str(s->out, "    terminating: nothing behind it is asked\n");
}

static void put_files(const struct scene *s, struct json targets)
{
    struct json_iter it;
    struct json path, file, length;
    size_t n = json_count(targets), shown = 0;

    bytes_printf(s->out, "%zu target file%s\n", n, n == 1 ? "" : "s");
    json_iter_init(&it, targets);
    while (shown++ < FEW && json_next(&it, &path, &file)) {
        bytes_put_str(s->out, "    ");
        plain_put(s->out, json_span(path));
        if (json_get(file, "length", &length))
            bytes_printf(s->out, "  %" PRId64 " bytes", json_integer(length));
        bytes_put_u8(s->out, '\n');
    }
    if (n > FEW)
        bytes_printf(s->out, "    ... and %zu more\n", n - FEW);
}

static int describe_targets(const struct scene *s, struct json object, struct err *e)
{
    static const char *const known[] = {"_type",   "spec_version", "version", "expires",
                                        "targets", "delegations",  NULL};
    struct targets t;

    if (targets_read(object, &t, e) != 0)
        return -1;
    put_head(s, &t.head);
    put_files(s, t.targets);
    bytes_printf(s->out, "%zu delegation%s\n", t.n, t.n == 1 ? "" : "s");
    for (size_t i = 0; i < t.n && i < FEW; i++) {
        put_role(s, &t.delegations[i].role, &t.keys, NULL);
        put_share(s, &t.delegations[i]);
    }
    if (t.n > FEW)
        bytes_printf(s->out, "... and %zu more\n", t.n - FEW);
    put_unknown(s, object, known);
    targets_clear(&t);
    return 0;
}

static int describe_listing(const struct scene *s, struct json object, enum signed_type type,
                            struct err *e)
{
    static const char *const known[] = {"_type",   "spec_version", "version",
                                        "expires", "meta",         NULL};
    struct listing l;
    struct json_iter it;
    struct json name, entry, version;
    size_t n, shown = 0;

    if (listing_read(object, type, &l, e) != 0)
        return -1;
    put_head(s, &l.head);
    n = l.n;
    json_iter_init(&it, l.meta);
    while (shown++ < FEW && json_next(&it, &name, &entry)) {
        bytes_put_str(s->out, "    ");
        plain_put(s->out, json_span(name));
        if (json_get(entry, "version", &version))
            bytes_printf(s->out, "  version %" PRId64, json_integer(version));
        bytes_put_u8(s->out, '\n');
    }
    if (n > FEW)
        bytes_printf(s->out, "    ... and %zu more\n", n - FEW);
    listing_clear(&l);
    put_unknown(s, object, known);
    return 0;
}

int describe(struct json object, const struct describe_names *names, utc_t now, struct bytes *out,
             struct err *e)
{
    struct scene s = {names, now, out};
    struct signed_head head;
    int rc = -1;

    if (signed_head_read(object, &head, e) != 0)
        return -1;
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
    return rc == 0 && bytes_failed(out) ? err_oom(e) : rc;
}

static const char *session_holder(const void *self, const char *keyid)
{
    const struct session *s = self;

    for (size_t i = 0; i < s->plan->nseats; i++)
        if (s->seats[i].key != NULL && strcmp(key_id(s->seats[i].key), keyid) == 0)
            return session_holder_name(s, i);
    for (size_t i = 0; i < s->plan->nonline; i++)
        if (strcmp(key_id(s->plan->online[i].key), keyid) == 0)
            return s->plan->online[i].name;
    return NULL;
}

struct describe_names describe_session(const struct session *s)
{
    return (struct describe_names){s, session_holder};
}
