/* SPDX-License-Identifier: Apache-2.0 */
/*
 * journal_rules.h - the rules behind the acts, run again over each line: what an act would not have
 * done, no line brings about.
 *
 * Invariants:
 *  - every line of a journal and every draft of an act passes here before it is folded; also those
 *    that are carried over to a changed plan, and what does not pass is not carried over;
 *  - an acceptance of the plan and a review are, word for word, what the act writes: the rules that
 *    were overridden are those that warn, and what a rule refuses is neither accepted nor reviewed;
 *  - what only a person or a token can know (reasons, bags, names, what a token reports of itself)
 *    is bounded in form and otherwise taken as their word.
 */
#ifndef CEREMONY_JOURNAL_RULES_H
#define CEREMONY_JOURNAL_RULES_H

#include "ceremony/session/session.h"
#include "tokens/token.h"

/* A session over that journal, with these rules. */
int journal_session_new(const struct plan *plan, const struct journal *j, struct session **out,
                        struct err *e);

/* The data of EVENT_PLAN_ACCEPTED and of EVENT_REVIEWED: JSON text, appended. Errors: ERR_PLAN when
 * a rule refuses. */
int plan_accepted_data(const struct session *s, struct bytes *out, struct err *e);
int reviewed_data(const struct session *s, size_t group, struct bytes *out, struct err *e);

/* Can the metadata in force have been signed before that day? Errors: ERR_PLAN. */
int date_possible(const struct plan *p, utc_t date, struct err *e);
/* Can that be the number of a bag? Errors: ERR_USAGE. */
int bag_possible(const char *bag, struct err *e);
/* Can these people be in one room with the keyholders, and nobody be taken for another? Errors:
 * ERR_INPUT. */
int room_possible(const struct plan *p, const char *administrator, const char *const *witnesses,
                  size_t n, struct err *e);

#endif
