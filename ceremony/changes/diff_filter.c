/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/changes/diff_filter.h"

#include <stdlib.h>
#include <string.h>

#include "metadata/key.h"

struct json change_old(const struct changes *c, size_t i)
{
    const struct json none = {0};

    return c->items[i].old != NULL ? json_at(c->old.doc, c->items[i].old) : none;
}

struct json change_new(const struct changes *c, size_t i)
{
    const struct json none = {0};

    return c->items[i].new != NULL ? json_at(c->new.doc, c->items[i].new) : none;
}

size_t change_names(const struct changes *c, size_t i, struct json out[CHANGE_NAMES])
{
    const struct change *ch = &c->items[i];
    size_t n = ch->name != NULL, at;

    for (uint32_t in = ch->in; in != 0; in = c->places[in].in)
        n++;
    at = n;
    if (at > 0)
        out[--at] = json_at(ch->new != NULL ? c->new.doc : c->old.doc, ch->name);
    for (uint32_t in = ch->in; in != 0; in = c->places[in].in)
        out[--at] = json_at(c->places[in].gone ? c->old.doc : c->new.doc, c->places[in].name);
    return n;
}

static bool names_are(const struct json *names, size_t n, const char *first, const char *second)
{
    return n >= 2 && json_text_is(names[0], first) &&
           (second == NULL || json_text_is(names[1], second));
}

/* The keyids that a change says: its own below "keyids", or those of a role that comes or goes. */
static size_t keyids_of(const struct changes *c, size_t i, struct json *out)
{
    struct json names[CHANGE_NAMES], list, id;
    size_t n = change_names(c, i, names), found = 0;
    struct json value = c->items[i].new != NULL ? change_new(c, i) : change_old(c, i);

    if (n >= 2 && json_text_is(names[n - 2], "keyids")) {
        if (out != NULL)
            *out = names[n - 1];
        return 1;
    }
    if (n != 3 || !names_are(names, n, "delegations", "roles") ||
        (c->items[i].old != NULL && c->items[i].new != NULL) || !json_get(value, "keyids", &list) ||
        json_kind(list) != JSON_ARRAY)
        return 0;
    for (struct json_iter it = json_iter_of(list); json_next(&it, NULL, &id);)
        if (json_kind(id) == JSON_STRING) {
            if (out != NULL)
                out[found] = id;
            found++;
        }
    return found;
}

static int by_text(const void *a, const void *b)
{
    const struct json *x = a, *y = b;

    return json_text_cmp(*x, *y);
}

/* Is it a key object that comes or goes? `*id` is its keyid. */
static bool is_key(const struct changes *c, size_t i, struct json *id)
{
    struct json names[CHANGE_NAMES];
    size_t n;

    if (c->items[i].old != NULL && c->items[i].new != NULL)
        return false;
    if ((n = change_names(c, i, names)) == 0)
        return false;
    *id = names[n - 1];
    return (n == 2 && names_are(names, n, "keys", NULL)) ||
           (n == 3 && names_are(names, n, "delegations", "keys"));
}

/* What is of no kind that is counted by itself. */
static void count_others(struct changes *c)
{
    struct change_count *k = &c->counts[CHANGE_OTHER];

    for (size_t i = 0; i < c->n; i++) {
        struct json names[CHANGE_NAMES];
        size_t n = change_names(c, i, names);

        if (names_are(names, n, "targets", NULL) || names_are(names, n, "meta", NULL) ||
            (n >= 3 && (names_are(names, n, "delegations", "roles") ||
                        names_are(names, n, "delegations", "keys"))))
            continue;
        k->added += c->items[i].old == NULL;
        k->removed += c->items[i].new == NULL;
        k->changed += c->items[i].old != NULL && c->items[i].new != NULL;
    }
}

int changes_drop_printed(struct changes *c, struct err *e)
{
    struct json *said, id;
    size_t n = 0, at = 0, kept = 0;

    for (size_t i = 0; i < c->n; i++)
        n += keyids_of(c, i, NULL);
    if ((said = calloc(n + 1, sizeof *said)) == NULL)
        return err_oom(e);
    for (size_t i = 0; i < c->n; i++)
        at += keyids_of(c, i, said + at);
    qsort(said, n, sizeof *said, by_text);
    for (size_t i = 0; i < c->n; i++)
        if (!is_key(c, i, &id) || bsearch(&id, said, n, sizeof *said, by_text) == NULL)
            c->items[kept++] = c->items[i];
    c->n = kept;
    free(said);
    count_others(c);
    return 0;
}

/* A member whose name is a string of a document. */
static bool member(struct json object, struct json name, struct json *out)
{
    struct bytes text = {0};
    bool found;

    json_text(name, &text);
    found = !bytes_failed(&text) && json_get(object, bytes_str(&text), out);
    bytes_clear(&text);
    return found;
}

struct key *key_listed(struct json file, struct json keyid)
{
    struct json delegations, keys, object;
    struct key *key = NULL;
    struct err ignored;

    if (json_get(file, "delegations", &delegations))
        file = delegations;
    if (json_get(file, "keys", &keys) && member(keys, keyid, &object))
        (void)key_from_json(object, &key, &ignored);
    return key;
}

bool same_key_in(struct json from, struct json to, struct json role, struct json keyid,
                 struct json *out)
{
    struct key *key = key_listed(from, keyid);
    struct json roles, in, list;
    bool same = false;

    if (key != NULL && json_get(to, "roles", &roles) && member(roles, role, &in) &&
        json_get(in, "keyids", &list) && json_kind(list) == JSON_ARRAY) {
        for (struct json_iter it = json_iter_of(list); !same && json_next(&it, NULL, out);) {
            struct key *other = json_kind(*out) == JSON_STRING ? key_listed(to, *out) : NULL;

            same =
                other != NULL && key_same_material(key, other) && json_text_cmp(*out, keyid) != 0;
            key_free(other);
        }
    }
    key_free(key);
    return same;
}

bool changes_only_renew(const struct changes *c)
{
    for (size_t i = 0; i < c->n; i++) {
        struct json names[CHANGE_NAMES];
        size_t n = change_names(c, i, names);

        if (n != 1 || (!json_text_is(names[0], "version") && !json_text_is(names[0], "expires")))
            return false;
    }
    return true;
}
