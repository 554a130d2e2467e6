/* SPDX-License-Identifier: Apache-2.0 */
/*
 * diff.h - two versions of a metadata file, in words: nothing that differs is hidden.
 *
 * The comparison is generic, member by member over the canonical bytes; words that people use
 * (keys that come and go, thresholds) are put to the places that the specification names, and any
 * other difference is said with its path.
 */
#ifndef CEREMONY_DIFF_H
#define CEREMONY_DIFF_H

#include "ceremony/describe.h"

struct change {
    char *path;           /* "roles.root.threshold" */
    char *words;          /* for people, one line, harmless on a screen */
    struct json old, new; /* n == 0: not there; views into the two documents */
};

struct changes {
    struct change *items;
    size_t n;
};

/* What makes `new` of `old` (the `signed` objects of one type). `names` may be NULL. Errors:
 * ERR_INTERNAL. */
int diff(struct json old, struct json new, const struct describe_names *names, struct changes *out,
         struct err *e);
void changes_clear(struct changes *c);

#endif
