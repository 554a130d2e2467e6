/* SPDX-License-Identifier: Apache-2.0 */
/* Acts: what happens at a token beside keys that are enrolled and signatures. */
#include <string.h>

#include "ceremony/acts/act.h"
#include "ceremony/acts/owner.h"
#include "metadata/base/plain.h"

#define BAG_MAX 64 /* as in a plan */

/* {role, holder} of a seat. */
static cJSON *seat_event(const struct ceremony *c, size_t seat)
{
    const struct plan *p = ceremony_plan(c);
    cJSON *data = cJSON_CreateObject();

    cJSON_AddStringToObject(data, "role", p->roles[p->seats[seat].role].name);
    cJSON_AddStringToObject(data, "holder", session_holder_name(ceremony_session(c), seat));
    return data;
}

int act_key_generating(struct ceremony *c, size_t seat, const struct token_info *token,
                       const char *label, const struct token_key_list *there, struct err *e)
{
    cJSON *data, *keys;

    if (act_need(c, STATION_ENROLMENT, e) != 0)
        return -1;
    data = seat_event(c, seat);
    cJSON_AddItemToObject(data, "token", act_token(token));
    cJSON_AddStringToObject(data, "label", label);
    keys = cJSON_AddArrayToObject(data, "keys_before");
    for (size_t i = 0; i < there->n; i++)
        if (there->items[i].key != NULL)
            cJSON_AddItemToArray(keys, cJSON_CreateString(key_id(there->items[i].key)));
    return act_take(c, EVENT_KEY_GENERATING, data, e);
}

int act_pin_refused(struct ceremony *c, const struct token_info *token, long holder,
                    struct err *why)
{
    struct err disk;
    cJSON *data;

    if (why->code != ERR_PIN || ceremony_session(c)->closed)
        return -1;
    data = cJSON_CreateObject();
    if (holder >= 0)
        cJSON_AddStringToObject(data, "holder", ceremony_plan(c)->holders[holder].name);
    cJSON_AddItemToObject(data, "token", act_token(token));
    cJSON_AddStringToObject(data, "reason", why->what);
    if (act_take(c, EVENT_PIN_REFUSED, data, &disk) != 0) {
        *why = disk;
        err_in(why, "recording that a PIN was refused");
    }
    return -1;
}

int act_token_replaced(struct ceremony *c, size_t seat, const struct token_info *token,
                       struct err *e)
{
    const struct session *s = ceremony_session(c);
    char before[TOKEN_TEXT];
    cJSON *data;

    if (act_need(c, STATION_SIGNATURES, e) != 0)
        return -1;
    owner_wanted_serial(s, seat, before);
    data = cJSON_CreateObject();
    cJSON_AddStringToObject(data, "holder", session_holder_name(s, seat));
    cJSON_AddStringToObject(data, "keyid", key_id(s->seats[seat].key));
    cJSON_AddStringToObject(data, "before", before);
    cJSON_AddItemToObject(data, "token", act_token(token));
    return act_take(c, EVENT_TOKEN_REPLACED, data, e);
}

int act_unused_destroyed(struct ceremony *c, size_t holder, const struct token_info *token,
                         const struct key *key, struct err *e)
{
    cJSON *data = cJSON_CreateObject();

    cJSON_AddStringToObject(data, "holder", ceremony_plan(c)->holders[holder].name);
    cJSON_AddStringToObject(data, "keyid", key_id(key));
    cJSON_AddItemToObject(data, "token", act_token(token));
    return act_take(c, EVENT_UNUSED_DESTROYED, data, e);
}

int act_bag(struct ceremony *c, size_t holder, const char *bag, struct err *e)
{
    cJSON *data;

    if (bag[0] == '\0' || strlen(bag) > BAG_MAX || !plain_is(span_str(bag))) {
        err_set(e, ERR_USAGE, "that can't be the number of a bag");
        return err_todo(e, "write what is printed on it, %d bytes at most", BAG_MAX);
    }
    if (act_need(c, STATION_SIGNATURES, e) != 0)
        return -1;
    data = cJSON_CreateObject();
    cJSON_AddStringToObject(data, "holder", ceremony_plan(c)->holders[holder].name);
    cJSON_AddStringToObject(data, "bag", bag);
    return act_take(c, EVENT_BAGGED, data, e);
}

static bool is_text(struct json data, const char *member, const char *text)
{
    struct json v;

    return json_get(data, member, &v) && json_text_is(v, text);
}

/* Was the key not there yet when this line was written, just before one with its label was made? */
static bool made_then(struct json data, const struct token_info *t, const struct token_key *k)
{
    struct json token, keys, id;
    struct json_iter it;

    if (!json_get(data, "token", &token) || !is_text(token, "serial", t->id.serial) ||
        !is_text(token, "model", t->model) || !is_text(data, "label", k->label) ||
        !json_get(data, "keys_before", &keys) || json_kind(keys) != JSON_ARRAY)
        return false;
    json_iter_init(&it, keys);
    while (json_next(&it, NULL, &id))
        if (json_text_is(id, key_id(k->key)))
            return false;
    return true;
}

/* Did this line enrol that very key as one that was made here? It may have been withdrawn. */
static bool enrolled_then(struct json data, const struct token_key *k)
{
    struct json here, key;
    struct err ignored;
    struct key *was;
    bool same;

    if (!json_get(data, "generated_here", &here) || !json_true(here) ||
        !json_get(data, "key", &key) || key_from_json(key, &was, &ignored) != 0)
        return false;
    same = key_same_material(was, k->key);
    key_free(was);
    return same;
}

bool ceremony_made_key(const struct ceremony *c, const struct token_info *t,
                       const struct token_key *k)
{
    const struct journal *j = ceremony_journal(c);

    for (size_t i = 0; i < journal_count(j) && k->key != NULL && k->local != CLAIM_NO; i++) {
        const struct event *ev = journal_event(j, i);

        if ((ev->type == EVENT_KEY_GENERATING && made_then(ev->data, t, k)) ||
            (ev->type == EVENT_KEY_ENROLLED && enrolled_then(ev->data, k)))
            return true;
    }
    return false;
}
