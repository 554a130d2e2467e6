/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/changes/describe.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "ceremony/base/words.h"
#include "ceremony/changes/value.h"
#include "metadata/base/plain.h"
#include "metadata/signed.h"

struct describing {
    struct describe_names names; /* holder NULL: nobody is known */
    utc_t now;
    struct bytes *out; /* text that waits to become a part */
    struct lines *lines;
};

/* The same, of something with a name: "unknown member x of key 'abc': ..."; `kind` may be NULL,
 * `of` empty. */
static void describe_unknown_of(const struct describing *s, const char *kind, struct json of,
                                struct json object, const char *const *known)
{
    struct json name, value;

    for (struct json_iter it = json_iter_of(object);
         json_kind(object) == JSON_OBJECT && json_next(&it, &name, &value);) {
        size_t i = 0;

        while (known[i] != NULL && !json_text_is(name, known[i]))
            i++;
        if (known[i] != NULL)
            continue;
        bytes_put_str(s->out, "unknown member ");
        plain_put_exact(s->out, json_span(name));
        if (kind != NULL)
            bytes_printf(s->out, " of %s", kind);
        if (of.n > 0) {
            bytes_put_u8(s->out, ' ');
            plain_put_exact(s->out, json_span(of));
        }
        bytes_put_str(s->out, ": ");
        value_put(name, value, s->out);
        bytes_put_u8(s->out, '\n');
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
    struct json keyids, id;
    struct span *more;

    if (!json_get(role, "keyids", &keyids) || json_kind(keyids) != JSON_ARRAY)
        return 0;
    more = realloc(l->ids, (l->n + json_count(keyids) + 1) * sizeof *more);
    if (more == NULL)
        return err_oom(e);
    l->ids = more;
    for (struct json_iter it = json_iter_of(keyids); json_next(&it, NULL, &id);)
        more[l->n++] = json_span(id);
    return 0;
}

/* One role, of root (`name` is the member's) or of delegations. */
static int describe_one(const struct describing *s, struct json name, struct json role,
                        const char *const *known, struct listed *l, struct err *e)
{
    if (name.n == 0 && !json_get(role, "name", &name))
        (void)json_get(role, "name_prefix", &name);
    describe_unknown_of(s, "role", name, role, known);
    return list(l, role, e);
}

static int describe_roles(const struct describing *s, struct json roles, struct listed *l,
                          struct err *e)
{
    static const char *const top[] = {"keyids", "threshold", NULL};
    static const char *const delegated[] = {
        "keyids", "threshold", "name", "paths", "path_hash_prefixes", "terminating", NULL};
    bool object = json_kind(roles) == JSON_OBJECT;
    struct json name = {0}, role;

    for (struct json_iter it = json_iter_of(roles); json_next(&it, object ? &name : NULL, &role);)
        if (describe_one(s, name, role, object ? top : delegated, l, e) != 0)
            return -1;
    return 0;
}

/* What the words of roles do not show of a key object: they have its id. */
static void put_object(const struct describing *s, struct json id, struct json key,
                       const struct keyring *ring)
{
    struct bytes text = {0};
    const struct keyring_entry *entry;
    char sha256[SHA256_HEX_SIZE];

    json_text(id, &text);
    entry = keyring_find(ring, bytes_str(&text));
    bytes_done(&text, s->out);
    if (entry != NULL && !entry->id_mismatch)
        return;
    if (sha256_hex(json_span(key), sha256) != 0)
        s->out->failed = true;
    bytes_put_str(s->out, "key ");
    plain_put_exact(s->out, json_span(id));
    bytes_printf(s->out, " is no hash of its object, whose SHA-256 is %s\n", sha256);
}

static void describe_keys(const struct describing *s, struct json keys, const struct keyring *ring,
                          const struct listed *l)
{
    static const char *const known[] = {"keytype", "scheme", "keyval", NULL};
    static const char *const known_val[] = {"public", NULL};
    struct json id, key, keyval;
    struct span name;

    for (struct json_iter it = json_iter_of(keys); json_next(&it, &id, &key);) {
        describe_unknown_of(s, "key", id, key, known);
        if (json_get(key, "keyval", &keyval))
            describe_unknown_of(s, "the keyval of key", id, keyval, known_val);
        put_object(s, id, key, ring);
        name = json_span(id);
        if (l->n == 0 || bsearch(&name, l->ids, l->n, sizeof *l->ids, by_bytes) == NULL) {
            bytes_put_str(s->out, "no role lists key ");
            plain_put_exact(s->out, name);
            bytes_put_u8(s->out, '\n');
        }
    }
}

/* The members of keys and roles that the specification does not name, and keys that no role lists:
 * of a root, or of delegations. */
static int describe_members(const struct describing *s, struct json in, const struct keyring *ring,
                            struct err *e)
{
    static const char *const known[] = {"keyids", "threshold", "name_prefix", "bit_length", NULL};
    struct listed l = {0};
    struct json keys, roles, succinct;
    int rc = 0;

    if (json_get(in, "roles", &roles))
        rc = describe_roles(s, roles, &l, e);
    if (rc == 0 && json_get(in, "succinct_roles", &succinct))
        rc = describe_one(s, (struct json){0}, succinct, known, &l, e);
    if (l.n > 0)
        qsort(l.ids, l.n, sizeof *l.ids, by_bytes);
    if (rc == 0 && json_get(in, "keys", &keys))
        describe_keys(s, keys, ring, &l);
    free(l.ids);
    return rc;
}

/* "root, version 1, valid until ..." */
static void describe_head(const struct describing *s, const struct signed_head *h)
{
    char at[UTC_SIZE];
    struct json written;

    utc_format(h->expires, at);
    plain_put_str(s->out, s->names.role != NULL ? s->names.role : signed_type_name(h->type));
    bytes_printf(s->out, ", version %" PRId64 ", ", h->version);
    utc_put_expiry_seen(s->now, h->expires, s->out);
    bytes_put_u8(s->out, '\n');
    if (json_get(h->object, "expires", &written) && !json_text_is(written, at)) {
        bytes_put_str(s->out, "'expires' is written in an old form, which python-tuf refuses: ");
        plain_put_exact(s->out, json_span(written));
        bytes_put_u8(s->out, '\n');
    }
}

/* The specification that a file follows, and members beyond those that it names. */
static void describe_unknown(const struct describing *s, struct json object,
                             const char *const *known)
{
    struct json version;

    if (json_get(object, "spec_version", &version)) {
        bytes_put_str(s->out, "TUF specification ");
        plain_put_exact(s->out, json_inside(version));
        bytes_put_u8(s->out, '\n');
    }
    describe_unknown_of(s, NULL, (struct json){0}, object, known);
}

static void put_key(const struct describing *s, const struct keyring *keys, const char *keyid)
{
    const struct keyring_entry *entry = keyring_find(keys, keyid);
    const char *holder = entry != NULL && s->names.holder != NULL
                             ? s->names.holder(s->names.self, entry->key)
                             : NULL;

    bytes_put_str(s->out, "    ");
    value_put_key(holder, keyid, s->out);
    if (entry == NULL)
        bytes_put_str(s->out, "  NOT THERE");
    else {
        bytes_printf(s->out, "  %s", key_type_words(key_type(entry->key)));
        if (key_type(entry->key) == KEY_UNKNOWN) {
            bytes_put_str(s->out, ": scheme ");
            plain_put_str(s->out, key_scheme(entry->key));
        }
        if (entry->id_mismatch)
            bytes_put_str(s->out, ", under an id that is not its hash");
        if (key_old_form(entry->key) != NULL)
            bytes_printf(s->out, "; %s", key_old_form(entry->key));
    }
    bytes_put_u8(s->out, '\n');
}

static bool same_list(const struct role *a, const struct role *b)
{
    for (size_t i = 0; i < a->n; i++)
        if (a->n != b->n || strcmp(a->keyids[i], b->keyids[i]) != 0)
            return false;
    return a->n == b->n;
}

/* Who signs: a line, and one for each key. `said` (or NULL): a role whose keys were said before. */
static void describe_role(const struct describing *s, const struct role *r,
                          const struct keyring *keys, const struct role *said)
{
    plain_put_str(s->out, r->name);
    if (r->n == 1)
        bytes_put_str(s->out, " is signed by one key");
    else
        bytes_printf(s->out, " is signed by any %u of %zu keys", r->threshold, r->n);
    if (said != NULL && said != r && same_list(said, r)) {
        bytes_printf(s->out, ", %s of %s\n", r->n == 1 ? "that" : "those", said->name);
        return;
    }
    bytes_put_str(s->out, ":\n");
    for (size_t i = 0; i < r->n; i++)
        put_key(s, keys, r->keyids[i]);
}

/* Delegated roles, several lines each. */
struct roles {
    const struct targets *targets;
    struct targets own; /* when nobody else holds them */
    struct describe_names names;
    size_t *starts; /* the first line of each role */
};

static void roles_free(void *self)
{
    struct roles *x = self;

    targets_clear(&x->own);
    free(x->starts);
    free(x);
}

static void put_share(struct bytes *out, const struct delegation *d)
{
    struct json list = d->paths.n > 0 ? d->paths : d->prefixes, item;
    struct json_iter it;

    if (d->bit_length > 0) {
        bytes_printf(out, "    2^%u bins by hash\n", d->bit_length);
        return;
    }
    it = json_iter_of(list);
    while (json_next(&it, NULL, &item)) {
        bytes_put_str(out, d->paths.n > 0 ? "    path " : "    hash prefix ");
        plain_put_exact(out, json_span(item));
        bytes_put_u8(out, '\n');
    }
    if (d->terminating)
        bytes_put_str(out, "    terminating: nothing behind it is asked\n");
}

/* As many as describe_role and put_share write. */
static size_t lines_of(const struct delegation *d)
{
    return 1 + d->role.n +
           (d->bit_length > 0
                ? 1
                : json_count(d->paths.n > 0 ? d->paths : d->prefixes) + (d->terminating ? 1 : 0));
}

static size_t role_at(const struct roles *x, size_t line)
{
    size_t from = 0, to = x->targets->n;

    while (to - from > 1) {
        size_t middle = from + (to - from) / 2;

        if (x->starts[middle] <= line)
            from = middle;
        else
            to = middle;
    }
    return from;
}

/* The text of that role in the reader's place; `at` begins the line. */
static void role_open(const struct roles *x, size_t role, struct lines_place *place)
{
    const struct delegation *d = &x->targets->delegations[role];
    struct describing s = {.names = x->names, .out = &place->text};

    bytes_truncate(&place->text, 0);
    describe_role(&s, &d->role, &x->targets->keys, NULL);
    put_share(&place->text, d);
    place->there = true;
    place->entry = role;
    place->at = 0;
    place->line = x->starts[role];
}

static size_t line_end(const struct lines_place *place)
{
    const uint8_t *end = memchr(place->text.p + place->at, '\n', place->text.n - place->at);

    return end != NULL ? (size_t)(end - place->text.p) : place->text.n;
}

static void roles_put(const void *self, size_t line, struct lines_place *place, struct bytes *out)
{
    const struct roles *x = self;
    size_t end;

    if (!place->there || place->line != line || place->at >= place->text.n)
        role_open(x, role_at(x, line), place);
    for (; place->line < line && place->at < place->text.n; place->line++)
        place->at = line_end(place) + 1;
    if (place->at >= place->text.n) { /* out of memory */
        out->failed = true;
        return;
    }
    end = line_end(place);
    bytes_put(out, place->text.p + place->at, end - place->at);
    place->at = end + 1;
    place->line++;
}

static size_t roles_line(const void *self, size_t entry)
{
    const struct roles *x = self;

    return x->starts[entry];
}

/* Roles stand in the order in which clients ask them, not in that of their names. */
static size_t roles_find(const void *self, struct span text, bool *begins)
{
    const struct roles *x = self;

    for (size_t i = 0; i < x->targets->n; i++)
        if (strncmp(x->targets->delegations[i].role.name, (const char *)text.p, text.n) == 0) {
            *begins = true;
            return i;
        }
    *begins = false;
    return 0;
}

/* `own` (NULL: somebody else holds it) is moved in, also on failure. */
static int add_roles(const struct describing *s, const struct targets *t, struct targets *own,
                     struct err *e)
{
    struct roles *x = calloc(1, sizeof *x);
    struct lines_part part = {x, 0, roles_put, roles_free, t->n, roles_line, roles_find};

    if (x == NULL || (x->starts = calloc(t->n + 1, sizeof *x->starts)) == NULL) {
        if (own != NULL)
            targets_clear(own);
        free(x);
        return err_oom(e);
    }
    x->names = s->names;
    x->targets = t;
    if (own != NULL) {
        x->own = *own;
        x->targets = &x->own;
        *own = (struct targets){0};
    }
    for (size_t i = 0; i < x->targets->n; i++) {
        x->starts[i] = part.n;
        part.n += lines_of(&x->targets->delegations[i]);
    }
    return lines_add(s->lines, &part, e);
}

static void put_entry(struct json name, struct json entry, struct bytes *out)
{
    bytes_put_str(out, "    ");
    plain_put_exact(out, json_span(name));
    value_put_entry(entry, out);
}

/* Adds all; `own` as in add_roles. */
static int describe_model(const struct describing *s, const struct targets *t, struct targets *own,
                          struct err *e)
{
    static const char *const known[] = {"_type",   "spec_version", "version", "expires",
                                        "targets", "delegations",  NULL};
    static const char *const known_below[] = {"keys", "roles", "succinct_roles", NULL};
    struct json object = t->head.object, below;
    size_t n = json_count(t->targets);
    int rc;

    describe_head(s, &t->head);
    bytes_printf(s->out, "%zu target file%s\n", n, n == 1 ? "" : "s");
    rc = lines_add_text(s->lines, s->out, e);
    if (rc == 0)
        rc = lines_add_entries(s->lines, t->targets, put_entry, e);
    bytes_printf(s->out, "%zu delegation%s\n", t->n, t->n == 1 ? "" : "s");
    if (rc == 0)
        rc = lines_add_text(s->lines, s->out, e);
    if (rc == 0)
        rc = add_roles(s, t, own, e);
    else if (own != NULL)
        targets_clear(own);
    if (rc == 0)
        describe_unknown(s, object, known);
    if (rc == 0 && json_get(object, "delegations", &below)) {
        describe_unknown_of(s, "delegations", (struct json){0}, below, known_below);
        rc = describe_members(s, below, &t->keys, e);
    }
    return rc;
}

static int describe_targets(const struct describing *s, struct json object, struct err *e)
{
    struct targets t;

    return targets_read(object, &t, e) == 0 ? describe_model(s, &t, &t, e) : -1;
}

int describe_read(const struct targets *t, const struct describe_names *names, utc_t now,
                  struct lines *out, struct err *e)
{
    struct bytes text = {0};
    const struct describing s = {.names = *names, .now = now, .out = &text, .lines = out};
    int rc;

    rc = describe_model(&s, t, NULL, e);
    if (rc == 0)
        rc = lines_add_text(out, &text, e);
    bytes_clear(&text);
    return rc;
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
    int rc;

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
    rc = describe_members(s, object, &r.keys, e);
    root_clear(&r);
    return rc;
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
        rc = lines_add_entries(s->lines, l.meta, put_entry, e);
    listing_clear(&l);
    if (rc == 0)
        describe_unknown(s, object, known);
    return rc;
}

int describe(struct json object, const struct describe_names *names, utc_t now, struct lines *out,
             struct err *e)
{
    struct bytes text = {0};
    struct describing s = {.now = now, .out = &text, .lines = out};
    struct signed_head head;
    int rc = -1;

    if (signed_head_read(object, &head, e) != 0)
        return -1;
    if (names != NULL)
        s.names = *names;
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
