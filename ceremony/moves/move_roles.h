/* SPDX-License-Identifier: Apache-2.0 */
/*
 * move_roles.h - delegating roles and the projects below them, found by name.
 */
#ifndef CEREMONY_MOVE_ROLES_H
#define CEREMONY_MOVE_ROLES_H

#include "ceremony/base/pool.h"
#include "ceremony/moves/moves.h"

struct move_roles;

/* Borrows `w`. Errors: ERR_INTERNAL. */
int move_roles_new(const struct moves_wish *w, struct move_roles **out, struct err *e);
void move_roles_free(struct move_roles *r); /* NULL-safe */

/* The index in moves_wish.roles, or -1. */
long move_roles_find(const struct move_roles *r, const char *name);
/* "<role>/<project>" as `out` (a buffer that is emptied first). */
int move_role_name(const struct moves_role *role, const char *project, struct bytes *out);
/* The delegation of that name (the whole role name) in force, or NULL. */
const struct delegation *move_roles_project(const struct move_roles *r, size_t role,
                                            const char *name);
/* Notes that a delegation in force is replaced or goes; and whether the one at an index was. */
void move_roles_touch(struct move_roles *r, size_t role, const struct delegation *d);
bool move_roles_touched(const struct move_roles *r, size_t role, size_t at);
/* The patterns of a project whose move has no patterns: those of its delegating role with the
 * first component `*` replaced. An array of the pool's, `*n` long; 0 where there is no such
 * component. Errors: ERR_INTERNAL. */
int move_default_paths(const struct moves_role *role, const char *project, struct pool *pool,
                       const char ***out, size_t *n, struct err *e);

#endif
