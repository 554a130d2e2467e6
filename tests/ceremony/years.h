/* SPDX-License-Identifier: Apache-2.0 */
/*
 * years.h - a ceremony for tests that was held, and the one that builds on it.
 */
#ifndef TESTS_YEARS_H
#define TESTS_YEARS_H

#include "ceremony/derive/derive.h"
#include "room.h"

struct years {
    struct room first, next;
};

/* For cmocka: the first of a (3,5) root, or of the tree of tree.h, is closed; the plan of the next
 * is derived from its bundle as it is, and not opened yet. */
int years_of_root(void **state);
int years_of_tree(void **state);
int years_clear(void **state);

/* Begins the ceremony after `before`, with its tokens, by a plan derived from its bundle. */
void years_next(struct room *r, const struct room *before, const struct derive_wish *wish);
/* The plan of a ceremony that was begun, derived from a folder. */
void years_derive(const struct room *r, const char *folder, const struct derive_wish *wish);

#endif
