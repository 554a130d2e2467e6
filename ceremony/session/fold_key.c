/* SPDX-License-Identifier: Apache-2.0 */
/* Folds: a key comes to a seat, and leaves it again. */
#include <stdlib.h>
#include <string.h>

#include "ceremony/session/session_fold.h"
#include "ceremony/session/token_act.h"
#include "tokens/attestation/attestation.h"

/* The seat that an event names, by role and holder. */
static int seat_of(const struct session *s, struct json data, size_t *out, struct err *e)
{
    struct json role, holder;

    if (json_need(data, "role", JSON_STRING, &role, e) != 0 ||
        json_need(data, "holder", JSON_STRING, &holder, e) != 0)
        return -1;
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

/* "attestation": {"form", "pem"} or {"form", "cvc"} (hex): bytes that are checked whenever somebody
 * asks, and nothing else. */
static int evidence_of(struct json data, struct bytes *out, struct err *e)
{
    struct json attestation, value;
    struct bytes hex;
    int rc = 0;

    if (!json_get(data, "attestation", &attestation))
        return 0;
    if (json_kind(attestation) != JSON_OBJECT)
        return json_refuse(attestation, e, "an attestation is an object");
    if (json_get(attestation, "pem", &value) && json_kind(value) == JSON_STRING)
        json_text(value, out);
    else {
        if (json_need(attestation, "cvc", JSON_STRING, &value, e) != 0)
            return -1;
        bytes_init(&hex);
        json_text(value, &hex);
        rc = hex_decode(bytes_span(&hex), out);
        bytes_done(&hex, out);
    }
    if (bytes_failed(out))
        return err_oom(e);
    return rc == 0 ? attestation_readable(bytes_span(out), e)
                   : json_refuse(value, e, "hex digits are expected");
}

static bool is_taken(const struct session *s, const struct key *key)
{
    for (size_t i = 0; i < s->plan->nseats; i++)
        if (s->seats[i].key != NULL && key_same_material(s->seats[i].key, key))
            return true;
    return false;
}

static int enrol(struct session *s, const struct event *ev, size_t seat, struct err *e)
{
    struct json key, here;
    struct seat_state new = {.enrolled_at = ev->time};
    int rc = -1;

    if (s->seats[seat].key != NULL)
        return fold_refuse(e, "a key was enrolled for a seat that has one");
    if (json_need(ev->data, "key", JSON_OBJECT, &key, e) != 0 ||
        json_need(ev->data, "claims", JSON_OBJECT, &new.claims, e) != 0 ||
        json_need(ev->data, "generated_here", JSON_BOOL, &here, e) != 0 ||
        key_from_json(key, &new.key, e) != 0)
        return -1;
    new.generated_here = json_true(here);
    if (fold_token(ev->data, &new.token, e) != 0 || evidence_of(ev->data, &new.evidence, e) != 0)
        rc = -1;
    else if (key_type(new.key) != s->plan->seats[seat].key_type)
        fold_refuse(e, "a key of another type than the plan's was enrolled");
    else if (is_taken(s, new.key))
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
    if (!s->plan_accepted)
        return fold_refuse(e, "a key was enrolled before the plan was accepted");
    if (seat_of(s, ev->data, &seat, e) != 0 || enrol(s, ev, seat, e) != 0)
        return -1;
    return session_propose(s, e);
}

/* Nothing of the state hangs on it; a line that says nothing is refused all the same. */
int fold_administered(struct session *s, const struct event *ev, struct err *e)
{
    struct seat_state told = {0};
    char *act = NULL;
    int rc;

    (void)s;
    rc = fold_text(ev->data, "act", &act, e);
    if (rc == 0 && token_act_find(act) < 0)
        rc = fold_refuse(e, "something was done to a token that this program does not do");
    if (rc == 0)
        rc = fold_token(ev->data, &told.token, e);
    free(act);
    seat_state_clear(&told);
    return rc;
}

/* Nothing of the state hangs on this one either; nor on the next. */
int fold_generating(struct session *s, const struct event *ev, struct err *e)
{
    struct seat_state told = {0};
    struct json keys, label;
    int rc;

    if (!s->plan_accepted)
        return fold_refuse(e, "a key was made before the plan was accepted");
    rc = json_need(ev->data, "keys_before", JSON_ARRAY, &keys, e) == 0 &&
                 json_need(ev->data, "label", JSON_STRING, &label, e) == 0
             ? fold_token(ev->data, &told.token, e)
             : -1;
    seat_state_clear(&told);
    return rc;
}

int fold_pin_refused(struct session *s, const struct event *ev, struct err *e)
{
    struct seat_state told = {0};
    struct json reason;
    int rc = json_need(ev->data, "reason", JSON_STRING, &reason, e);

    (void)s;
    if (rc == 0)
        rc = fold_token(ev->data, &told.token, e);
    seat_state_clear(&told);
    return rc;
}

/* Nothing of the state hangs on it: the key is in no role. */
int fold_unused(struct session *s, const struct event *ev, struct err *e)
{
    struct seat_state told = {0};
    struct json keyid;
    int rc = json_need(ev->data, "keyid", JSON_STRING, &keyid, e);

    for (size_t i = 0; rc == 0 && i < s->plan->nseats; i++)
        if (s->seats[i].key != NULL && json_text_is(keyid, key_id(s->seats[i].key)))
            rc = fold_refuse(e, "a key was destroyed as unused that is somebody's");
    if (rc == 0)
        rc = fold_token(ev->data, &told.token, e);
    seat_state_clear(&told);
    return rc;
}

int fold_bagged(struct session *s, const struct event *ev, struct err *e)
{
    struct json name;

    if (json_need(ev->data, "holder", JSON_STRING, &name, e) != 0)
        return -1;
    for (size_t i = 0; i < s->plan->nholders; i++)
        if (json_text_is(name, s->plan->holders[i].name))
            return fold_text(ev->data, "bag", &s->holders[i].bag, e);
    return fold_refuse(e, "somebody got a bag who is no keyholder of the plan");
}

int carry_bagged(struct session *s, const struct event *ev, struct err *e)
{
    struct err why;

    if (fold_bagged(s, ev, &why) == 0 || why.code != ERR_INTERNAL)
        return 0;
    *e = why;
    return -1;
}

/* Under another plan: what does not fit any more is left. */
int carry_enrolled(struct session *s, const struct event *ev, struct err *e)
{
    struct err why;
    size_t seat;

    if (seat_of(s, ev->data, &seat, &why) == 0 && enrol(s, ev, seat, &why) != 0 &&
        why.code == ERR_INTERNAL) {
        *e = why;
        return -1;
    }
    return 0;
}

int carry_withdrawn(struct session *s, const struct event *ev, struct err *e)
{
    struct err why;
    size_t seat;

    (void)e;
    if (seat_of(s, ev->data, &seat, &why) == 0 && !s->seats[seat].from_file)
        seat_state_clear(&s->seats[seat]);
    return 0;
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

/* The seat of a key that is destroyed: only a one-time key, when it has done its work. */
static int destroyed_seat(const struct session *s, struct json data, size_t *seat, struct err *e)
{
    struct json keyid;

    if (seat_of(s, data, seat, e) != 0 || json_need(data, "keyid", JSON_STRING, &keyid, e) != 0)
        return -1;
    if (!session_seat_one_time(s, *seat))
        return fold_refuse(e, "a key was destroyed that is no one-time key");
    if (!s->client_accepted)
        return fold_refuse(e, "a key was destroyed before a client accepted what it signed");
    if (s->seats[*seat].destroyed || !json_text_is(keyid, key_id(s->seats[*seat].key)))
        return fold_refuse(e, "another key was destroyed than the one that signed");
    return 0;
}

int fold_destroying(struct session *s, const struct event *ev, struct err *e)
{
    size_t seat;

    if (destroyed_seat(s, ev->data, &seat, e) != 0)
        return -1;
    s->seats[seat].destroying = true;
    return 0;
}

int fold_destroyed(struct session *s, const struct event *ev, struct err *e)
{
    size_t seat;

    if (destroyed_seat(s, ev->data, &seat, e) != 0)
        return -1;
    if (!s->seats[seat].destroying)
        return fold_refuse(e, "a key was destroyed that was not seen on its token before");
    s->seats[seat].destroyed = true;
    return 0;
}

/* Under another plan it is looked for again; that it was seen once remains true. */
int carry_destroying(struct session *s, const struct event *ev, struct err *e)
{
    struct json keyid;
    struct err why;
    size_t seat;

    (void)e;
    if (seat_of(s, ev->data, &seat, &why) == 0 && s->seats[seat].key != NULL &&
        json_get(ev->data, "keyid", &keyid) && json_text_is(keyid, key_id(s->seats[seat].key)))
        s->seats[seat].destroying = true;
    return 0;
}
