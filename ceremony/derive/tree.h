/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tree.h - trees of delegated roles that repositories use, as rows of a table: each adds its
 * delegations to a plan that is being made.
 */
#ifndef CEREMONY_TREE_H
#define CEREMONY_TREE_H

#include <cjson/cJSON.h>
#include <stddef.h>

#define TREE_HOLDERS 3 /* who signs delegated roles when nobody is named: the first of the plan */

struct tree {
    const char *name;
    const char *summary;
    void (*add)(cJSON *delegations, cJSON *signers, const char *online);
};

const struct tree *tree_find(const char *name); /* or NULL */
const struct tree *tree_at(size_t i);           /* NULL behind the last */

/* Adds "delegations" to the plan, signed by `holders` (who become keyholders of the plan when they
 * are not; n == 0: the first TREE_HOLDERS), more than half of them, and puts what is signed
 * offline into "sign", with targets. */
void tree_add(const struct tree *tree, cJSON *plan, const char *const *holders, size_t n);

#endif
