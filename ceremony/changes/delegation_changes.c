/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/changes/delegation_changes.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct comparing {
    struct delegation_changes *out;
    const struct key *const *own;
    size_t nown;
    size_t behind;  /* the old index behind the last one that stays */
    size_t waiting; /* added ones since the last one that stays */
};

static bool is_own(const struct comparing *c, const struct key *key)
{
    for (size_t i = 0; i < c->nown; i++)
        if (key_same_material(c->own[i], key))
            return true;
    return false;
}

static const struct key *key_at(const struct targets *t, const struct role *r, size_t i)
{
    const struct keyring_entry *found = keyring_find(&t->keys, r->keyids[i]);

    return found != NULL ? found->key : NULL;
}

/* How many of a role's keys are the repository's own. */
static size_t own_count(const struct comparing *c, const struct targets *t, const struct role *r)
{
    size_t n = 0;

    for (size_t i = 0; i < r->n; i++) {
        const struct key *key = key_at(t, r, i);

        n += key != NULL && is_own(c, key);
    }
    return n;
}

/* Whether each keyid stands for the same key object, as it does unless a keyid is no hash. */
static bool same_objects(const struct targets *old, const struct targets *new, const struct role *r)
{
    for (size_t i = 0; i < r->n; i++) {
        const struct key *a = key_at(old, r, i), *b = key_at(new, r, i);

        if ((a == NULL) != (b == NULL) || (a != NULL && !span_eq(key_object(a), key_object(b))))
            return false;
    }
    return true;
}

static bool same_span(struct json a, struct json b)
{
    return a.n == b.n && (a.n == 0 || span_eq(json_span(a), json_span(b)));
}

/* The next member that is not of a kind of its own. */
static bool next_other(struct json_iter *it, struct json *name, struct json *value)
{
    static const char *const known[] = {"keyids", "threshold", "paths", "path_hash_prefixes",
                                        "bit_length"};

    while (json_next(it, name, value)) {
        size_t i = 0;

        while (i < sizeof known / sizeof known[0] && !json_text_is(*name, known[i]))
            i++;
        if (i == sizeof known / sizeof known[0])
            return true;
    }
    return false;
}

/* "terminating", and what this program does not know; both in canonical order. */
static bool same_others(struct json a, struct json b)
{
    struct json an, av, bn, bv;
    struct json_iter x, y;

    x = json_iter_of(a);
    y = json_iter_of(b);
    while (next_other(&x, &an, &av))
        if (!next_other(&y, &bn, &bv) || !same_span(an, bn) || !same_span(av, bv))
            return false;
    return !next_other(&y, &bn, &bv);
}

static bool same_keyids(const struct role *a, const struct role *b)
{
    if (a->n != b->n)
        return false;
    for (size_t i = 0; i < a->n; i++)
        if (strcmp(a->keyids[i], b->keyids[i]) != 0)
            return false;
    return true;
}

static void key_kind(const struct comparing *c, const struct delegation *a,
                     const struct delegation *b, unsigned *kinds)
{
    const struct targets *old = c->out->before, *new = c->out->after;
    size_t was, is;

    if (role_same_keys(&a->role, &old->keys, &b->role, &new->keys)) {
        if (!same_keyids(&a->role, &b->role) || !same_objects(old, new, &b->role))
            *kinds |= 1U << DELEGATION_OTHER;
        return;
    }
    was = own_count(c, old, &a->role);
    is = own_count(c, new, &b->role);
    *kinds |= was == a->role.n && is == 0   ? 1U << DELEGATION_HANDED_OVER
              : was == 0 && is == b->role.n ? 1U << DELEGATION_TAKEN_BACK
                                            : 1U << DELEGATION_KEYS;
}

static void compare(const struct comparing *c, const struct delegation *a,
                    const struct delegation *b, unsigned *kinds)
{
    const unsigned whole = 1U << DELEGATION_HANDED_OVER | 1U << DELEGATION_TAKEN_BACK;

    *kinds = 0;
    if (same_span(a->object, b->object) && same_objects(c->out->before, c->out->after, &b->role))
        return;
    key_kind(c, a, b, kinds);
    if (a->role.threshold != b->role.threshold && (*kinds & whole) == 0)
        *kinds |= 1U << DELEGATION_THRESHOLD;
    if (!same_span(a->paths, b->paths) || !same_span(a->prefixes, b->prefixes) ||
        a->bit_length != b->bit_length)
        *kinds |= 1U << DELEGATION_PATHS;
    if (!same_others(a->object, b->object))
        *kinds |= 1U << DELEGATION_OTHER;
}

static void add(struct delegation_changes *out, const struct delegation *old,
                const struct delegation *new, unsigned kinds)
{
    out->items[out->n++] = (struct delegation_change){kinds, old, new};
    for (unsigned k = 0; k < DELEGATION_KINDS; k++)
        out->counts[k] += kinds >> k & 1;
}

/* The delegation of that name, mostly the one at `next`; that of succinct bins has their prefix. */
static const struct delegation *find(const struct targets *t, const char *name, size_t next)
{
    if (t == NULL || t->n == 0)
        return NULL;
    if (next < t->n && strcmp(t->delegations[next].role.name, name) == 0)
        return &t->delegations[next];
    if (t->delegations[0].bit_length > 0)
        return strcmp(t->delegations[0].role.name, name) == 0 ? &t->delegations[0] : NULL;
    return targets_delegation(t, name);
}

/* One delegation of the new list. */
static void compare_one(struct comparing *c, size_t j, bool *stays)
{
    const struct targets *old = c->out->before;
    const struct delegation *b = &c->out->after->delegations[j];
    const struct delegation *a = find(old, b->role.name, c->behind);
    unsigned kinds;
    size_t i;

    if (a == NULL) {
        add(c->out, NULL, b, 1U << DELEGATION_ADDED);
        c->waiting++;
        return;
    }
    i = (size_t)(a - old->delegations);
    stays[i] = true;
    c->out->reordered = c->out->reordered || i < c->behind;
    c->behind = i + 1 > c->behind ? i + 1 : c->behind;
    c->out->inserted += c->waiting;
    c->waiting = 0;
    compare(c, a, b, &kinds);
    if (kinds == 0)
        c->out->unchanged++;
    else
        add(c->out, a, b, kinds);
}

static void compare_all(struct comparing *c, bool *stays)
{
    struct delegation_changes *out = c->out;

    for (size_t j = 0; j < out->after->n; j++)
        compare_one(c, j, stays);
    for (size_t i = 0; out->before != NULL && i < out->before->n; i++)
        if (!stays[i])
            add(out, &out->before->delegations[i], NULL, 1U << DELEGATION_REMOVED);
}

int delegation_changes(const struct targets *old, const struct targets *new,
                       const struct key *const *own, size_t nown, struct delegation_changes *out,
                       struct err *e)
{
    struct comparing c = {.out = out, .own = own, .nown = nown};
    size_t before = old != NULL ? old->n : 0;
    bool *stays = calloc(before + 1, sizeof *stays);

    *out = (struct delegation_changes){.before = old, .after = new};
    out->items = calloc(before + new->n + 1, sizeof *out->items);
    if (stays == NULL || out->items == NULL) {
        free(stays);
        delegation_changes_clear(out);
        return err_oom(e);
    }
    compare_all(&c, stays);
    free(stays);
    return 0;
}

void delegation_changes_clear(struct delegation_changes *c)
{
    free(c->items);
    *c = (struct delegation_changes){.before = NULL};
}

const struct delegation_change *delegation_changes_next(const struct delegation_changes *c,
                                                        enum delegation_kind kind, size_t *at)
{
    while (*at < c->n) {
        const struct delegation_change *ch = &c->items[(*at)++];

        if (ch->kinds >> kind & 1)
            return ch;
    }
    return NULL;
}

/* Changes of delegations, in words. */

/* "312 projects ..." for the kind that is said first, "4 ..." for the others. */
static const struct saying {
    const char *first_one, *first_many, *one, *many;
} sayings[] = {
    [DELEGATION_HANDED_OVER] = {"handed over to its developers", "handed over to their developers",
                                "handed over to its developers", "handed over to their developers"},
    [DELEGATION_TAKEN_BACK] = {"taken back by the repository", "taken back by the repository",
                               "taken back by the repository", "taken back by the repository"},
    [DELEGATION_KEYS] = {"changed keys", "changed keys", "changed keys", "changed keys"},
    [DELEGATION_REMOVED] = {"removed", "removed", "removed", "removed"},
    [DELEGATION_ADDED] = {"added", "added", "added", "added"},
    [DELEGATION_THRESHOLD] = {"with another threshold", "with other thresholds",
                              "threshold changed", "thresholds changed"},
    [DELEGATION_PATHS] = {"with other paths", "with other paths", "changed paths", "changed paths"},
    [DELEGATION_OTHER] = {"changed otherwise", "changed otherwise", "changed otherwise",
                          "changed otherwise"},
};
static_assert(sizeof sayings / sizeof sayings[0] == DELEGATION_KINDS, "every kind has its words");

void delegation_changes_words(const struct delegation_changes *c, const char *one, const char *many,
                              struct bytes *out)
{
    bool first = true;

    for (unsigned k = 0; k < DELEGATION_KINDS; k++) {
        size_t n = c->counts[k];

        if (n == 0)
            continue;
        if (first)
            bytes_printf(out, "%zu %s %s", n, n == 1 ? one : many,
                         n == 1 ? sayings[k].first_one : sayings[k].first_many);
        else
            bytes_printf(out, ", %zu %s", n, n == 1 ? sayings[k].one : sayings[k].many);
        first = false;
    }
    if (first)
        bytes_printf(out, "no %s changed", one);
    if (c->reordered)
        bytes_put_str(out, "; those that stay are in another order");
    if (c->inserted > 0)
        bytes_printf(out, "; %zu added before others, and asked before them", c->inserted);
}
