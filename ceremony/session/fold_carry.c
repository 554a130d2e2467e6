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

bool fold_is_unknown_start(const struct event *ev)
{
    struct json known;

    return ev->type == EVENT_RESUMED && json_get(ev->data, "journal", &known) &&
           json_text_is(known, journal_known_name(JOURNAL_UNKNOWN));
}

/* The first of them that this room knows: what people said before a start that did not know the
 * journal is not carried. */
static size_t known_from(const struct session *s)
{
    for (size_t i = s->nbefore; i-- > 0;)
        if (fold_is_unknown_start(&s->before[i]))
            return i;
    return 0;
}

static bool is_said(enum event_type t)
{
    return t == EVENT_READINESS || t == EVENT_ROLL_CALL || t == EVENT_REVIEWED ||
           t == EVENT_BAGGED || t == EVENT_TOKEN_REPLACED || t == EVENT_KEY_DESTROYING;
}

static int carry(struct session *s, enum carry when, struct err *e)
{
    size_t known = known_from(s);
    int rc = 0;

    s->carrying = true;
    for (size_t i = 0; rc == 0 && i < s->nbefore; i++) {
        const struct event_row *row = event_row(s->before[i].type);

        if (i < known && is_said(s->before[i].type))
            continue;
        /* what does not fit any more is left */
        if (row->carry == when && session_fold(s, &s->before[i], e) != 0 && e->code == ERR_INTERNAL)
            rc = -1;
        for (size_t k = 0; i < known && k < s->plan->nseats; k++)
            s->seats[k].elsewhere = s->seats[k].key != NULL;
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
    s->stranger = known_from(s) > 0;
    if (carry(s, CARRY_STATE, e) != 0)
        return -1;
    s->date_again = s->stranger && s->date_confirmed;
    return 0;
}
