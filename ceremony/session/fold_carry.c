/* SPDX-License-Identifier: Apache-2.0 */
/* Folds: the plan changes after the ceremony began. What was done before is carried over as far as
 * it fits: nothing valid is thrown away, and nothing is believed that was not verified again. */
#include <stdlib.h>

#include "metadata/base/array.h"

#include "ceremony/session/session_fold.h"

int session_remember(struct session *s, const struct event *ev, struct err *e)
{
    if (s->nbefore == 0 && ev->type != EVENT_OPENED)
        return fold_refuse(e, "the first line does not open the ceremony");
    if (event_check(ev, e) != 0)
        return fold_line(ev, e);
    if (array_grow(&s->before, s->nbefore, sizeof *s->before, e) != 0)
        return -1;
    s->before[s->nbefore++] = *ev;
    return 0;
}

static int carry(struct session *s, enum carry when, struct err *e)
{
    int rc = 0;

    s->carrying = true;
    for (size_t i = 0; rc == 0 && i < s->nbefore; i++) {
        const struct event_row *row = event_row(s->before[i].type);

        /* what does not fit any more is left */
        if (row->carry == when && session_fold(s, &s->before[i], e) != 0 && e->code == ERR_INTERNAL)
            rc = -1;
    }
    s->carrying = false;
    return rc;
}

int carry_onto_proposals(struct session *s, struct err *e)
{
    return carry(s, CARRY_REVIEW, e) == 0 ? carry(s, CARRY_SIGNATURE, e) : -1;
}

int fold_plan_changed(struct session *s, const struct event *ev, struct err *e)
{
    if (s->nbefore == 0 || s->opened)
        return fold_refuse(e, "the plan can't have changed there");
    for (size_t i = 0; i < s->nbefore; i++)
        if (s->before[i].type == EVENT_CLOSED)
            return fold_refuse(e, "the ceremony is closed, and more events follow");
    if (!fold_is_digest(ev->data, "plan", s->plan->sha256))
        return fold_plan_differs(e);
    s->opened = true;
    return carry(s, CARRY_STATE, e);
}
