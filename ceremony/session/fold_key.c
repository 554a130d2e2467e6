/* SPDX-License-Identifier: Apache-2.0 */
/* Folds: a key comes to a seat, and leaves it again. */
#include <stdlib.h>
#include <string.h>

#include "ceremony/session/session_fold.h"
#include "ceremony/session/token_act.h"
#include "tokens/attestation/attestation.h"

int fold_seat(const struct session *s, const struct event *ev, size_t *out, struct err *e)
{
    struct json role = event_member(ev, "role"), holder = event_member(ev, "holder");

    for (size_t i = 0; i < s->plan->nseats; i++)
        if (!s->plan->seats[i].leaving &&
            json_text_is(role, s->plan->roles[s->plan->seats[i].role].name) &&
            json_text_is(holder, session_holder_name(s, i))) {
            *out = i;
            return 0;
        }
    return fold_refuse(e, "a key is enrolled for a seat that the plan does not have");
}

int fold_token(struct json data, struct seat_token *t, struct err *e)
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

int fold_evidence(struct json data, struct bytes *out, struct err *e)
{
    struct json attestation, value;
    int rc = 0;

    if (!json_get(data, "attestation", &attestation))
        return 0;
    if (json_get(attestation, "pem", &value))
        json_text(value, out);
    else {
        if (json_need(attestation, "cvc", JSON_STRING, &value, e) != 0)
            return -1;
        rc = hex_decode(json_inside(value), out);
    }
    if (bytes_failed(out))
        return err_oom(e);
    return rc == 0 ? attestation_readable(bytes_span(out), e)
                   : json_refuse(value, e, "hex digits are expected");
}

static int enrol(struct session *s, const struct event *ev, size_t seat, struct err *e)
{
    struct seat_state new = {.enrolled_at = ev->time,
                             .claims = event_member(ev, "claims"),
                             .generated_here = json_true(event_member(ev, "generated_here"))};
    int rc = -1;

    if (s->seats[seat].key != NULL)
        return fold_refuse(e, "a key was enrolled for a seat that has one");
    if (key_from_json(event_member(ev, "key"), &new.key, e) != 0)
        return -1;
    if (fold_token(ev->data, &new.token, e) != 0 || fold_evidence(ev->data, &new.evidence, e) != 0)
        rc = -1;
    else if (key_type(new.key) != s->plan->seats[seat].key_type)
        fold_refuse(e, "a key of another type than the plan's was enrolled");
    else if (session_seat_of(s, new.key) >= 0)
        fold_refuse(e, "one key was enrolled for two seats");
    else
        rc = 0;
    if (rc == 0)
        s->seats[seat] = new;
    else
        seat_state_clear(&new);
    return rc;
}

int fold_enrolled(struct session *s, const struct event *ev, struct err *e)
{
    size_t seat;

    if (session_signed_anything(s))
        return fold_refuse(e, "a key was enrolled after something was signed");
    if (fold_seat(s, ev, &seat, e) != 0 || enrol(s, ev, seat, e) != 0)
        return -1;
    return session_propose(s, e);
}

int fold_withdrawn(struct session *s, const struct event *ev, struct err *e)
{
    size_t seat;

    if (session_signed_anything(s))
        return fold_refuse(e, "a key was withdrawn after something was signed");
    if (fold_seat(s, ev, &seat, e) != 0)
        return -1;
    if (s->seats[seat].key == NULL || s->seats[seat].from_file)
        return fold_refuse(e, "a key was withdrawn that was not enrolled");
    seat_state_clear(&s->seats[seat]);
    return session_propose(s, e);
}

int fold_administered(struct session *s, const struct event *ev, struct err *e)
{
    return token_act_find(event_member(ev, "act")) >= 0
               ? fold_holder_named(s, ev, e)
               : fold_refuse(e, "something was done to a token that this program does not do");
}

int fold_generating(struct session *s, const struct event *ev, struct err *e)
{
    size_t seat;

    return fold_seat(s, ev, &seat, e);
}

int fold_unused(struct session *s, const struct event *ev, struct err *e)
{
    return fold_seat_by_keyid(s, event_member(ev, "keyid")) < 0
               ? fold_holder_named(s, ev, e)
               : fold_refuse(e, "a key was destroyed as unused that is somebody's");
}

/* The seat of a key that is destroyed: only a one-time key, when it has done its work. Under another
 * plan it is looked for again; that it was seen once on its token remains true. */
static int destroyed_seat(const struct session *s, const struct event *ev, size_t *seat,
                          struct err *e)
{
    if (fold_seat(s, ev, seat, e) != 0)
        return -1;
    if (!s->carrying && !session_seat_one_time(s, *seat))
        return fold_refuse(e, "a key was destroyed that is no one-time key");
    if (s->seats[*seat].destroyed || s->seats[*seat].key == NULL ||
        !json_text_is(event_member(ev, "keyid"), key_id(s->seats[*seat].key)))
        return fold_refuse(e, "another key was destroyed than the one that signed");
    return 0;
}

int fold_destroying(struct session *s, const struct event *ev, struct err *e)
{
    size_t seat;

    if (destroyed_seat(s, ev, &seat, e) != 0)
        return -1;
    s->seats[seat].destroying = true;
    return 0;
}

int fold_destroyed(struct session *s, const struct event *ev, struct err *e)
{
    size_t seat;

    if (destroyed_seat(s, ev, &seat, e) != 0)
        return -1;
    if (!s->seats[seat].destroying)
        return fold_refuse(e, "a key was destroyed that was not seen on its token before");
    s->seats[seat].destroyed = true;
    return 0;
}

/* The room decided that a backup takes the place of the token that record or plan name. */
int fold_replaced(struct session *s, const struct event *ev, struct err *e)
{
    long seat = fold_seat_by_keyid(s, event_member(ev, "keyid"));

    if (seat < 0)
        return fold_refuse(e, "a token was replaced that has no key of the plan");
    return fold_token(ev->data, &s->seats[seat].token, e);
}
