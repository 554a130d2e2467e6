/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan_words.h - what a plan means, in words: who holds keys, who must sign what, until when.
 */
#ifndef CEREMONY_PLAN_WORDS_H
#define CEREMONY_PLAN_WORDS_H

#include "ceremony/plan/plan.h"

/* Appends lines. `date` is the day from which durations count. */
void plan_words(const struct plan *p, utc_t date, struct bytes *out);
/* One role: "any 3 of Alice, Bo, Chen, Dee, Ee". */
void plan_role_words(const struct plan *p, const struct plan_role *r, struct bytes *out);
/* The day a role would expire. */
utc_t plan_role_expiry(const struct plan_role *r, utc_t date);

#endif
