/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tree.h - a ceremony for tests that signs a tree of delegated roles: see tree.c for the plan.
 *
 * targets -> targets/simple; -> targets/packages/{version}/{letter}, four of them; -> bins ->
 * bin-{bin}, sixteen, offline too.
 */
#ifndef TESTS_TREE_H
#define TESTS_TREE_H

#include "room.h"

#define TREE_FILES 24 /* root, targets, and 22 delegated roles */

/* (3,5) for root and targets; (2,3) of Alice, Bo and Chen, with keys of their own, for the rest. */
void tree_make(struct room *r);
/* The ceremony of the next year over the bundle of `before`, with its tokens; plan derived. */
void tree_next(struct room *r, const struct room *before);
/* Metadata of the bundle in the room's folder; appended. */
void tree_read(const struct room *r, const char *name, struct bytes *out);

#endif
