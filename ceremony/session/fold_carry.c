/* SPDX-License-Identifier: Apache-2.0 */
/* Folds: the plan changes after the ceremony began. What was done before is carried over as far as
 * it fits: nothing valid is thrown away, and nothing is believed that was not verified again. */
#include <stdlib.h>

#include "ceremony/session/session_fold.h"

int session_remember(struct session *s, const struct event *ev, struct err *e)
{
    struct event *more;

    if (s->nbefore == 0 && ev->type != EVENT_OPENED)
        return fold_refuse(e, "the first line does not open the ceremony");
    more = realloc(s->before, (s->nbefore + 1) * sizeof *more);
    if (more == NULL)
        return err_oom(e);
    s->before = more;
    more[s->nbefore++] = *ev;
    return 0;
}

static int carry(struct session *s, fold_fn *const table[EVENT_TYPES], struct err *e)
{
    for (size_t i = 0; i < s->nbefore; i++)
        if (table[s->before[i].type] != NULL && table[s->before[i].type](s, &s->before[i], e) != 0)
            return -1;
    return 0;
}

int carry_onto_proposals(struct session *s, struct err *e)
{
    static fold_fn *const reviews[EVENT_TYPES] = {[EVENT_REVIEWED] = carry_reviewed};
    static fold_fn *const signatures[EVENT_TYPES] = {[EVENT_SIGNATURE] = carry_signature};

    return carry(s, reviews, e) == 0 ? carry(s, signatures, e) : -1;
}

int fold_plan_changed(struct session *s, const struct event *ev, struct err *e)
{
    static fold_fn *const table[EVENT_TYPES] = {
        [EVENT_READINESS] = fold_readiness,      [EVENT_DATE_CONFIRMED] = fold_date,
        [EVENT_ROLL_CALL] = fold_roll_call,      [EVENT_KEY_ENROLLED] = carry_enrolled,
        [EVENT_KEY_WITHDRAWN] = carry_withdrawn, [EVENT_KEY_DESTROYING] = carry_destroying,
        [EVENT_BAGGED] = carry_bagged,           [EVENT_TOKEN_REPLACED] = carry_replaced,
    };

    if (s->nbefore == 0 || s->opened)
        return fold_refuse(e, "the plan can't have changed there");
    for (size_t i = 0; i < s->nbefore; i++)
        if (s->before[i].type == EVENT_CLOSED)
            return fold_refuse(e, "the ceremony is closed, and yet it goes on");
    if (!fold_is_digest(ev->data, "plan", s->plan->sha256))
        return fold_plan_differs(e);
    s->opened = true;
    return carry(s, table, e);
}
