/* SPDX-License-Identifier: Apache-2.0 */
/* Changes of delegations, in words. */
#include <assert.h>
#include <string.h>

#include "ceremony/changes/delegation_changes.h"
#include "metadata/base/plain.h"

#define SHOWN_KEYS  6
#define SHOWN_PATHS 120 /* bytes */

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

static void put_keys(const struct targets *t, const struct role *r, struct bytes *out)
{
    bytes_printf(out, "%u of %zu %s", r->threshold, r->n, r->n == 1 ? "key" : "keys");
    for (size_t i = 0; i < r->n && i < SHOWN_KEYS; i++) {
        const struct keyring_entry *found = keyring_find(&t->keys, r->keyids[i]);

        bytes_put_str(out, i > 0 ? ", " : " ");
        plain_put(out, span_of(r->keyids[i], strnlen(r->keyids[i], 8)));
        if (found == NULL)
            bytes_put_str(out, " (no key)");
        else if (found->id_mismatch)
            bytes_put_str(out, " (not its hash)");
    }
    if (r->n > SHOWN_KEYS)
        bytes_printf(out, " and %zu more", r->n - SHOWN_KEYS);
}

static void put_share(const struct delegation *d, struct bytes *out)
{
    struct json share = d->paths.n > 0 ? d->paths : d->prefixes;

    if (d->bit_length > 0)
        bytes_printf(out, "2^%u bins", d->bit_length);
    else
        plain_put(out, span_of(share.p, share.n < SHOWN_PATHS ? share.n : SHOWN_PATHS));
    if (d->bit_length == 0 && share.n > SHOWN_PATHS)
        bytes_put_str(out, "...");
}

static void put_whole(const struct targets *t, const struct delegation *d, struct bytes *out)
{
    put_keys(t, &d->role, out);
    bytes_put_str(out, ", for ");
    put_share(d, out);
    if (d->terminating && d->bit_length == 0)
        bytes_put_str(out, ", terminating");
}

static void put_changed(const struct delegation_changes *c, const struct delegation_change *ch,
                        struct bytes *out)
{
    static const struct {
        enum delegation_kind kind;
        const char *words;
    } heads[] = {{DELEGATION_HANDED_OVER, "handed over to its developers, "},
                 {DELEGATION_TAKEN_BACK, "taken back by the repository, "}};
    const unsigned who = 1U << DELEGATION_HANDED_OVER | 1U << DELEGATION_TAKEN_BACK |
                         1U << DELEGATION_KEYS | 1U << DELEGATION_THRESHOLD;
    const char *gap = "";

    for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++)
        if (ch->kinds >> heads[i].kind & 1)
            bytes_put_str(out, heads[i].words);
    if (ch->kinds & who) {
        put_keys(c->after, &ch->new->role, out);
        bytes_put_str(out, ", it was ");
        put_keys(c->before, &ch->old->role, out);
        gap = "; ";
    }
    if (ch->kinds >> DELEGATION_PATHS & 1) {
        bytes_printf(out, "%sfor ", gap);
        put_share(ch->new, out);
        bytes_put_str(out, ", it was for ");
        put_share(ch->old, out);
        gap = "; ";
    }
    if (ch->kinds >> DELEGATION_OTHER & 1)
        bytes_printf(out, "%s%s", gap,
                     ch->new->terminating == ch->old->terminating ? "its other members changed"
                     : ch->new->terminating                       ? "terminating, it was not"
                                                                  : "not terminating any more");
}

void delegation_change_words(const struct delegation_changes *c, const struct delegation_change *ch,
                             struct bytes *out)
{
    plain_put_str(out, ch->new != NULL ? ch->new->role.name : ch->old->role.name);
    bytes_put_str(out, ": ");
    if (ch->old == NULL) {
        bytes_put_str(out, "added, ");
        put_whole(c->after, ch->new, out);
    } else if (ch->new == NULL) {
        bytes_put_str(out, "removed, it was ");
        put_whole(c->before, ch->old, out);
    } else
        put_changed(c, ch, out);
}
