/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan_change.h - a plan against the metadata in force that it builds on: whose keys come, stay and
 * go. All of it is about plans with `trusted`.
 */
#ifndef CEREMONY_PLAN_CHANGE_H
#define CEREMONY_PLAN_CHANGE_H

#include "ceremony/plan/plan.h"

/* Does the role get other keys or another threshold than it has now? */
bool plan_role_changes(const struct plan *p, enum signed_type type);
/* Does anything change that root says? */
bool plan_root_changes(const struct plan *p);
/* Is that key, of a role in force, one that this role has in the plan? */
bool plan_role_keeps(const struct plan *p, const struct plan_role *r, const struct key *key);
/* Is that key (NULL: one that is enrolled here) one of a role in force, whose keys are in `keys`?
 */
bool plan_signs_now(const struct keyring *keys, const struct role *role, const struct key *key);
/* How many of a role's keys stay and get another keyid, as "correct_keyids" asks for. */
size_t plan_keyids_change(const struct plan *p, const struct plan_role *r);
/* Who holds a key in force by the plan's word: a holder, an online key; or NULL. */
const char *plan_key_holder(const struct plan *p, const struct key *key);
/* How many of root's keys in force can sign once more: those whose holder the plan names and that
 * are not lost. */
size_t plan_old_signers(const struct plan *p);

/* The delegation in force of a role of the plan's "delegations", or NULL; `p->trusted` may be NULL.
 */
const struct delegation *plan_delegation_in_force(const struct plan *p, const struct plan_role *r,
                                                  size_t member);
/* Does an entry get other keys or another threshold than it has now, or is it new? */
bool plan_delegation_changes(const struct plan *p, const struct plan_role *r);

/* What changes, in words: a line for each; appended. */
void plan_change_words(const struct plan *p, struct bytes *out);

#endif
