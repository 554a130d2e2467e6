/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/acts/one_time.h"

#include "ceremony/acts/act.h"
#include "ceremony/acts/owner.h"

int one_time_next(const struct session *s, size_t holder, size_t *seat)
{
    for (size_t i = 0; i < s->plan->nseats; i++)
        if (s->plan->seats[i].holder == holder && session_seat_one_time(s, i) &&
            !s->seats[i].destroyed) {
            *seat = i;
            return 1;
        }
    return 0;
}

static bool in_role(const struct role *role, const struct keyring *keys, const struct key *key)
{
    const struct obligation o = {.role = role, .keys = keys};

    return obligation_has(&o, key);
}

/* Where else that key is used, in words; NULL: nowhere. */
static const char *used_elsewhere(const struct session *s, size_t seat)
{
    const struct key *key = s->seats[seat].key;
    const struct plan_role *own = &s->plan->roles[s->plan->seats[seat].role];

    for (size_t i = 0; i < s->plan->nseats; i++)
        if (i != seat && s->seats[i].key != NULL && key_same_material(s->seats[i].key, key))
            return session_holder_name(s, i);
    for (unsigned t = 0; t < SIGNED_TYPES; t++)
        if ((own->delegation != NULL || own->type != (enum signed_type)t) &&
            in_role(&s->next->roles[t], &s->next->keys, key))
            return signed_type_name((enum signed_type)t);
    for (size_t i = 0; i < s->nproposals; i++)
        for (size_t k = 0; k < s->proposals[i].targets.n; k++) {
            const struct delegation *d = &s->proposals[i].targets.delegations[k];
            long at = session_proposal_find(s, d->role.name);

            if (in_role(&d->role, &s->proposals[i].targets.keys, key) &&
                (at < 0 || s->groups[s->proposals[at].group].role != s->plan->seats[seat].role))
                return d->role.name;
        }
    return trusted_has_key(s->plan->trusted, key) ? "metadata in force" : NULL;
}

int one_time_unused(const struct session *s, size_t seat, struct err *e)
{
    const char *elsewhere = used_elsewhere(s, seat);

    if (elsewhere == NULL)
        return 0;
    err_set(e, ERR_PLAN, "the key of '%s' is also used by %s: it is not destroyed",
            session_holder_name(s, seat), elsewhere);
    return err_todo(e, "this should not be; keep the token, and ask who made the plan");
}

static int is_its_token(const struct session *s, size_t seat, const struct token_info *token,
                        struct err *e)
{
    const struct seat_token *own = &s->seats[seat].token;

    if (owner_bound(s, seat, token) == BOUND_RECORDED)
        return 0;
    err_set(e, ERR_TOKEN, "this is not the token that the key of '%s' was made on",
            session_holder_name(s, seat));
    return err_todo(e, "insert the token with serial %s",
                    own->serial != NULL ? own->serial : "that was enrolled");
}

/* 1: on the token, 0: not. */
static int is_there(struct tokens *t, const struct key *key, struct err *e)
{
    struct token_key_list keys;
    int there;

    if (t->driver->keys(t->self, &keys, e) != 0)
        return -1;
    there = token_key_list_has(&keys, key);
    token_key_list_clear(&keys);
    return there;
}

int one_time_destroy_key(struct tokens *t, const struct token_info *token, const struct secret *pin,
                         const struct key *key, struct err *e)
{
    enum pin_state state;
    int there;

    if (t->driver->destroy(t->self, key, e) != 0 || t->driver->logout(t->self, e) != 0 ||
        t->driver->login(t->self, &token->id, pin, &state, e) != 0 ||
        (there = is_there(t, key, e)) < 0)
        return -1;
    if (there == 0)
        return 0;
    err_set(e, ERR_TOKEN, "the token reported that the key is destroyed, and still shows it");
    return err_todo(e, "try again; if it stays, make it unusable with the maker's tool, or destroy "
                       "the token");
}

static int destroy_event(struct ceremony *c, enum event_type type, size_t seat, struct err *e)
{
    cJSON *data;

    if (act_need(c, STATION_ONE_TIME, e) != 0)
        return -1;
    data = act_seat(c, seat);
    data = act_add(data, "keyid", cJSON_CreateString(key_id(ceremony_session(c)->seats[seat].key)));
    return act_take(c, type, data, e);
}

int one_time_destroy(struct ceremony *c, size_t seat, const struct token_info *token,
                     const struct secret *pin, struct tokens *t, struct err *e)
{
    const struct session *s = ceremony_session(c);
    const struct key *key = s->seats[seat].key;
    int there;

    if (act_need(c, STATION_ONE_TIME, e) != 0 || is_its_token(s, seat, token, e) != 0 ||
        one_time_unused(s, seat, e) != 0)
        return -1;
    if ((there = is_there(t, key, e)) == 0 && !s->seats[seat].destroying) {
        /* A key that is not seen is gone only where it was seen before: this may be another
         * token that says the same of itself, or one that does not show the key. */
        err_set(e, ERR_TOKEN, "the key of '%s' is not seen on this token: nothing was destroyed",
                session_holder_name(s, seat));
        return err_todo(
            e, "insert the very token that signed; if the key was lost in another way, take "
               "\"one_time\" out of the plan, and 'replan'");
    }
    if (there > 0 && !s->seats[seat].destroying &&
        destroy_event(c, EVENT_KEY_DESTROYING, seat, e) != 0)
        return -1;
    if (there < 0 || (there > 0 && one_time_destroy_key(t, token, pin, key, e) != 0))
        return -1;
    return destroy_event(c, EVENT_KEY_DESTROYED, seat, e);
}
