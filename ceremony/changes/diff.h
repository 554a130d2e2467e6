/* SPDX-License-Identifier: Apache-2.0 */
/*
 * diff.h - two versions of a metadata file, in words: nothing that differs is hidden.
 *
 * The comparison is generic, member by member over the canonical bytes; words that people use
 * (keys that come and go, thresholds) are put to the places that the specification names, and any
 * other difference is said with its path.
 *
 * It takes one pass over both. A change is kept as four pointers into the two documents, and its
 * words are made when somebody looks at it: all of 700,000 entries may differ. Both documents
 * outlive the changes.
 */
#ifndef CEREMONY_DIFF_H
#define CEREMONY_DIFF_H

#include "ceremony/changes/describe.h"

/* Of more changes the counts are said before each of them; a transcript has the counts alone. */
#define CHANGES_FEW 100

struct change {
    const uint8_t *name;      /* its last name: a string in the new document, else in the old */
    const uint8_t *old, *new; /* values in canonical bytes; NULL: not there */
    uint32_t in;              /* the container, among the places */
    bool order;               /* of a list: the same elements stand in another order */
};

/* A container that holds a change, and its name: one of both sides, or delegations that come or go
 * as a whole. The first is the top. */
struct change_place {
    const uint8_t *name; /* a string in the new document, or in the old when it is gone */
    uint32_t in;
    bool gone;
};

/* What is counted by itself. */
enum change_kind {
    CHANGE_FILE,
    CHANGE_ROLE,
    CHANGE_KEY,
    CHANGE_LISTED,
    CHANGE_OTHER,
    CHANGE_KINDS
};

struct change_count {
    size_t added, changed, removed;
};

struct changes {
    struct change *items;
    size_t n;
    struct change_place *places;
    size_t nplaces;
    struct change_count counts[CHANGE_KINDS];
    struct json old, new; /* what was compared */
    struct describe_names names;
};

/* What makes `new` of `old` (the `signed` objects of one type). `names` may be NULL. Errors:
 * ERR_INTERNAL. */
int diff(struct json old, struct json new, const struct describe_names *names, struct changes *out,
         struct err *e);
void changes_clear(struct changes *c);

/* Is every change one of the file's own version or expiry? */
bool changes_only_renew(const struct changes *c);

struct json change_old(const struct changes *c, size_t i); /* n == 0: not there */
struct json change_new(const struct changes *c, size_t i);
/* "roles.root.threshold", appended. */
void change_path(const struct changes *c, size_t i, struct bytes *out);
/* For people, one line, harmless on a screen; appended. */
void change_words(const struct changes *c, size_t i, struct bytes *out);
/* "target files: 312 added, 4 changed": a line for each kind of which there is something. */
void changes_summary(const struct changes *c, const char *indent, struct bytes *out);

/* For the words: */

/* The key that a root or targets file lists as `keyid`; NULL: not there, or no key. The caller's.
 */
struct key *key_listed(struct json file, struct json keyid);
/* The id under which a top-level role of `to` lists the key that `from` knows as `keyid`: real
 * histories have keys whose id changed. False when it does not list it, or under the same id. */
bool same_key_in(struct json from, struct json to, struct json role, struct json keyid,
                 struct json *out);

/* The names from the top to a change; at most CHANGE_NAMES. */
#define CHANGE_NAMES 16
size_t change_names(const struct changes *c, size_t i, struct json out[CHANGE_NAMES]);

#endif
