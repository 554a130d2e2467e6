/* SPDX-License-Identifier: Apache-2.0 */
/* Folds: a key comes to a seat, and leaves it again. */
#include <stdlib.h>
#include <string.h>

#include "ceremony/session_fold.h"

/* The seat that an event names, by number and holder. */
static int seat_of(const struct session *s, struct json data, size_t *out, struct err *e)
{
    struct json seat, holder;

    if (json_need(data, "seat", JSON_INTEGER, &seat, e) != 0 ||
        json_need(data, "holder", JSON_STRING, &holder, e) != 0)
        return -1;
    if (json_integer(seat) < 0 || (uint64_t)json_integer(seat) >= s->plan->nseats ||
        !json_text_is(holder, session_holder_name(s, (size_t)json_integer(seat))))
        return fold_refuse(e, "a key is enrolled for a seat that the plan does not have");
    *out = (size_t)json_integer(seat);
    return 0;
}

static int token_of(struct json data, struct seat_token *t, struct err *e)
{
    struct json token;

    if (json_need(data, "token", JSON_OBJECT, &token, e) != 0)
        return -1;
    return fold_text(token, "manufacturer", &t->manufacturer, e) == 0 &&
                   fold_text(token, "model", &t->model, e) == 0 &&
                   fold_text(token, "serial", &t->serial, e) == 0 &&
                   fold_text(token, "label", &t->label, e) == 0 &&
                   fold_text(token, "firmware", &t->firmware, e) == 0 &&
                   fold_text(token, "module", &t->module, e) == 0
               ? 0
               : -1;
}

int fold_enrolled(struct session *s, const struct event *ev, struct err *e)
{
    struct json key, here;
    struct seat_state new = {.enrolled_at = ev->time};
    size_t seat;

    if (session_signed_anything(s))
        return fold_refuse(e, "a key was enrolled after something was signed");
    if (!s->plan_accepted || seat_of(s, ev->data, &seat, e) != 0)
        return s->plan_accepted ? -1
                                : fold_refuse(e, "a key was enrolled before the plan was accepted");
    if (s->seats[seat].key != NULL)
        return fold_refuse(e, "a key was enrolled for a seat that has one");
    if (json_need(ev->data, "key", JSON_OBJECT, &key, e) != 0 ||
        json_need(ev->data, "claims", JSON_OBJECT, &new.claims, e) != 0 ||
        json_need(ev->data, "generated_here", JSON_BOOL, &here, e) != 0 ||
        key_from_json(key, &new.key, e) != 0)
        return -1;
    new.generated_here = json_true(here);
    if (token_of(ev->data, &new.token, e) != 0 ||
        key_type(new.key) != s->plan->seats[seat].key_type) {
        seat_state_clear(&new);
        return e->code != ERR_NONE
                   ? -1
                   : fold_refuse(e, "a key of another type than the plan's was enrolled");
    }
    for (size_t i = 0; i < s->plan->nseats; i++)
        if (s->seats[i].key != NULL && key_same_material(s->seats[i].key, new.key)) {
            seat_state_clear(&new);
            return fold_refuse(e, "one key was enrolled for two seats");
        }
    s->seats[seat] = new;
    return session_propose(s, e);
}

int fold_withdrawn(struct session *s, const struct event *ev, struct err *e)
{
    size_t seat;

    if (session_signed_anything(s))
        return fold_refuse(e, "a key was withdrawn after something was signed");
    if (seat_of(s, ev->data, &seat, e) != 0)
        return -1;
    if (s->seats[seat].key == NULL || s->seats[seat].from_file)
        return fold_refuse(e, "a key was withdrawn that was not enrolled");
    seat_state_clear(&s->seats[seat]);
    return session_propose(s, e);
}
