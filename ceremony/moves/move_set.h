/* SPDX-License-Identifier: Apache-2.0 */
/*
 * move_set.h - moves held against what is in force: the delegations that are to be composed.
 */
#ifndef CEREMONY_MOVE_SET_H
#define CEREMONY_MOVE_SET_H

#include "ceremony/base/finding.h"
#include "ceremony/moves/move_keys.h"
#include "ceremony/moves/move_list.h"
#include "ceremony/moves/move_roles.h"

/* What changes in one role, while it grows to the size that was counted. */
struct move_set_role {
    struct move_changes changes; /* its arrays are the two below */
    struct compose_delegation *set;
    const char **removed;
};

struct move_set {
    struct pool texts; /* of the list */
    struct pool pool;
    struct move_set_role *roles;
    size_t nroles;
    struct move_keys keys; /* of files */
    struct key **kept;     /* of what is in force */
    size_t nkept;
};

struct making {
    const struct moves_wish *w;
    const struct move_list *list;
    struct move_roles *roles;
    struct move_set *set;
    struct bytes text;
    struct err *e;
};

/* Adds what one move means to the set. Errors: ERR_INPUT with its place. */
int move_make(struct making *k, const struct move *m);

/* The keys of a delegation: those that the move names, or (`was`) those that it has. */
int move_make_keys(struct making *k, const struct move *m, const struct moves_role *role,
                   const struct delegation *was, struct compose_role *out);
/* Whether the delegation in force has just these keys. */
bool move_keys_same(const struct moves_role *role, const struct delegation *was,
                    const struct compose_role *who);
bool move_key_own(const struct moves_wish *w, const struct key *key);

/* Warnings, see moves_read. Errors: ERR_INTERNAL. */
int move_findings(const struct making *k, struct findings *out);

#endif
