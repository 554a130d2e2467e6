/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan_moves.h - the lists of moves that a plan names, held against what its roles are made of.
 *
 * A list of a role template whose name has variables is one list an instance; without variables it
 * is one for all, where each move says its role. Only roles that the plan signs take part; the
 * others are known, so that no move is taken to be about them.
 */
#ifndef CEREMONY_PLAN_MOVES_H
#define CEREMONY_PLAN_MOVES_H

#include "ceremony/base/finding.h"
#include "ceremony/moves/moves.h"
#include "ceremony/plan/plan.h"

struct plan_moves;

/* Sets p->moves, NULL where the plan names no list. Errors: as moves_read. */
int plan_moves_load(struct store *s, struct plan *p, struct err *e);
/* The repository's own keys, which projects are handed over from: the online keys of the plan, and
 * those of snapshot and timestamp in the root in force. A heap array of borrowed ones; NULL when
 * out of memory. */
const struct key **plan_own_keys(const struct plan *p, size_t *n);
void plan_moves_free(struct plan_moves *m); /* NULL-safe */

/* What changes in that role, or NULL. */
const struct move_changes *plan_moves_of(const struct plan *p, size_t role, size_t instance);
/* What is worth a second look, appended. -1: out of memory. */
int plan_moves_check(const struct plan *p, struct findings *out);

#endif
