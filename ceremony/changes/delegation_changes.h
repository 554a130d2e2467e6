/* SPDX-License-Identifier: Apache-2.0 */
/*
 * delegation_changes.h - what becomes of the delegations of a role between two versions, computed
 * from the very bytes that are signed: never from the moves that made them.
 *
 * Keys are compared by their material, so that another key under the keyid of before is a change of
 * keys. Every difference between two delegations of one name is of some kind; what differs outside
 * the list of delegations (files, unknown members, keys that no delegation names) is diff's matter.
 */
#ifndef CEREMONY_DELEGATION_CHANGES_H
#define CEREMONY_DELEGATION_CHANGES_H

#include "metadata/key.h"
#include "metadata/signed.h"

enum delegation_kind {
    DELEGATION_HANDED_OVER, /* all keys were the repository's own, none is */
    DELEGATION_TAKEN_BACK,  /* none was, all are */
    DELEGATION_KEYS,        /* other keys, neither of the two above */
    DELEGATION_REMOVED,
    DELEGATION_ADDED,
    DELEGATION_THRESHOLD, /* but not of those handed over or taken back */
    DELEGATION_PATHS,     /* patterns, prefixes, number of bins */
    DELEGATION_OTHER,     /* terminating, keyids of the same keys, unknown members */
    DELEGATION_KINDS,
};

/* One delegation that changed; it can be of several kinds. Borrows both models. */
struct delegation_change {
    unsigned kinds;                     /* bits: 1 << delegation_kind */
    const struct delegation *old, *new; /* NULL: not there */
};

struct delegation_changes {
    const struct targets *before, *after; /* `before` may be NULL */
    struct delegation_change *items;      /* as the new list has them, then those removed */
    size_t n;
    size_t counts[DELEGATION_KINDS];
    size_t unchanged;
    bool reordered;  /* of those that stay; clients ask the first one first */
    size_t inserted; /* how many of those added stand before one that stays */
};

/* `old` may be NULL: all are added. `own`: the repository's own (online) keys. Time is n log n.
 * Errors: ERR_INTERNAL. */
int delegation_changes(const struct targets *old, const struct targets *new,
                       const struct key *const *own, size_t nown, struct delegation_changes *out,
                       struct err *e);
void delegation_changes_clear(struct delegation_changes *c);

/* The next change of a kind at or behind `*at`, which moves behind it; NULL: there is none. */
const struct delegation_change *delegation_changes_next(const struct delegation_changes *c,
                                                        enum delegation_kind kind, size_t *at);

/* "312 projects handed over to their developers, 4 changed keys, 1 removed", appended; `one` and
 * `many` are "project" and "projects", or "role" and "roles". */
void delegation_changes_words(const struct delegation_changes *c, const char *one, const char *many,
                              struct bytes *out);

#endif
