/* SPDX-License-Identifier: Apache-2.0 */
/*
 * projects.h - a tree whose projects the repository signs for, two developers, and the year after.
 */
#ifndef TESTS_PROJECTS_H
#define TESTS_PROJECTS_H

#include "tests/metadata/forge.h"
#include "tree.h"

struct projects {
    struct room first, next;
    struct signer developers[2];
};

/* For cmocka: `first_year` makes `first` of a tree_make; projects_clear ends both. */
int projects_new(void **state, void (*first_year)(struct projects *p));
int projects_clear(void **state);

/* tree_make, with the online key as inputs/keys/online.pem. */
void projects_tree(struct projects *p);
void projects_key(const struct room *r, const char *name, const struct key *key);

#endif
