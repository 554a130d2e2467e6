/* SPDX-License-Identifier: Apache-2.0 */
/*
 * draft.h - a plan that is being changed: edits gather in memory, each is read and held against the
 * rules at once, and nothing is on disk until the whole is taken.
 *
 * Taking is all or nothing: plan.json is written, and when the ceremony has begun, its journal says
 * so (the act of `replan`). A plan that a rule refuses is not taken; nor is any once the plan is
 * accepted or something is signed: then it is `replan` that says what a change would void.
 */
#ifndef CEREMONY_DRAFT_H
#define CEREMONY_DRAFT_H

#include "ceremony/acts/ceremony.h"
#include "ceremony/base/finding.h"
#include "ceremony/plan/plan_edit.h"

struct draft {
    struct store *store; /* borrowed: inputs/ are read from here */
    utc_t date;          /* that the rules go by */
    struct bytes text;   /* of plan.json as it would be */
    struct plan *plan;
    struct findings findings;
    bool changed; /* an edit was made */
};

/* Begins with plan.json as it is. Errors: those of plan_load. */
int draft_begin(struct draft *d, struct store *store, utc_t date, struct err *e);
/* These edits as one: what they make together is read and checked, not the steps on the way. When
 * it fails, the draft is as it was. */
int draft_edit(struct draft *d, const struct plan_edit *edits, size_t n, struct err *e);
/* Errors: ERR_PLAN with the first refusal, ERR_INCOMPLETE when it is too late, ERR_JOURNAL when
 * plan.json is not the one that the journal goes by, ERR_IO. The ceremony's plan is another object
 * afterwards, also when it failed: whoever borrowed it looks again. */
int draft_take(const struct draft *d, struct ceremony *c, struct err *e);
void draft_clear(struct draft *d);

#endif
