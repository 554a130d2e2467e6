/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "ceremony/plan_read.h"

/* The key that the holder has for that role already, or NULL. */
static const struct key *seat_key(const struct plan *p, const struct plan_holder *h,
                                  enum signed_type type)
{
    return h->keyids[type] != NULL && h->fate == KEY_KEPT ? trusted_key(p->trusted, h->keyids[type])
                                                          : h->key;
}

/* Seats of a role's own keyholders. */
static int seats_read(struct json role, enum signed_type type, struct plan *p, struct err *e)
{
    struct plan_role *r = &p->roles[type];
    enum key_type key_type = KEY_P256;
    struct json list, item, name;
    struct plan_seat *more;
    struct json_iter it;
    char *text;
    long holder;

    if (json_get(role, "key_type", &name)) {
        if (json_kind(name) != JSON_STRING || (text = json_strdup(name)) == NULL)
            return json_refuse(name, e, "'key_type' is a string");
        holder = key_type_by_name(text, &key_type);
        free(text);
        if (holder != 0)
            return json_refuse(name, e,
                               "'key_type' is not one of ecdsa-p256, ecdsa-p384, ed25519, rsa");
    }
    if (json_need(role, "keyholders", JSON_ARRAY, &list, e) != 0)
        return -1;
    more = realloc(p->seats, (p->nseats + json_count(list) + 1) * sizeof *more);
    if (more != NULL)
        p->seats = more;
    r->seats = calloc(json_count(list) + 1, sizeof *r->seats);
    if (more == NULL || r->seats == NULL)
        return err_oom(e);
    json_iter_init(&it, list);
    while (json_next(&it, NULL, &item)) {
        if (json_kind(item) != JSON_STRING || (text = json_strdup(item)) == NULL)
            return json_refuse(item, e, "the name of a keyholder is expected");
        holder = plan_holder_find(p, text);
        free(text);
        if (holder < 0)
            return json_refuse(item, e, "nobody of that name is among the keyholders");
        for (size_t i = 0; i < r->nseats; i++)
            if (p->seats[r->seats[i]].holder == (size_t)holder) {
                json_refuse(item, e, "'%s' is there twice", p->holders[holder].name);
                e->code = ERR_PLAN;
                return err_todo(e, "one person counts once in a role; name somebody else");
            }
        r->seats[r->nseats++] = p->nseats;
        p->seats[p->nseats++] = (struct plan_seat){.holder = (size_t)holder,
                                                   .role = type,
                                                   .key_type = key_type,
                                                   .key = seat_key(p, &p->holders[holder], type)};
    }
    return 0;
}

static int shared_read(struct json role, struct json same, enum signed_type type, struct plan *p,
                       struct err *e)
{
    struct plan_role *r = &p->roles[type], *other;
    struct json ignored;
    enum signed_type of = SIGNED_TYPES;

    if (json_get(role, "keyholders", &ignored) || json_get(role, "key_type", &ignored))
        return json_refuse(ignored, e, "a role with 'same_keys_as' has no keyholders of its own");
    for (unsigned t = 0; t < SIGNED_TYPES; t++)
        if (json_text_is(same, signed_type_name((enum signed_type)t)))
            of = (enum signed_type)t;
    if (of == SIGNED_TYPES || of == type || p->roles[of].nseats == 0)
        return json_refuse(same, e,
                           "'same_keys_as' names a role with keyholders of its own, above "
                           "this one in the order root, targets");
    other = &p->roles[of];
    if ((r->seats = calloc(other->nseats, sizeof *r->seats)) == NULL)
        return err_oom(e);
    memcpy(r->seats, other->seats, other->nseats * sizeof *r->seats);
    r->nseats = other->nseats;
    return 0;
}

static int online_read(struct json list, enum signed_type type, struct plan *p, struct err *e)
{
    struct plan_role *r = &p->roles[type];
    struct json_iter it;
    struct json item;

    if (json_kind(list) != JSON_ARRAY || json_count(list) == 0)
        return json_refuse(list, e, "'online_keys' is an array with at least one name");
    if ((r->online = calloc(json_count(list), sizeof *r->online)) == NULL)
        return err_oom(e);
    json_iter_init(&it, list);
    while (json_next(&it, NULL, &item)) {
        size_t i = 0;

        while (i < p->nonline && !json_text_is(item, p->online[i].name))
            i++;
        if (i == p->nonline)
            return json_refuse(item, e, "no online key has that name");
        for (size_t k = 0; k < r->nonline; k++)
            if (r->online[k] == i)
                return json_refuse(item, e, "the key is there twice");
        r->online[r->nonline++] = i;
    }
    return 0;
}

static int expires_read(struct json at, struct plan_role *r, struct err *e)
{
    struct bytes text;
    struct err why;

    if (json_kind(at) != JSON_STRING)
        return json_refuse(at, e,
                           "'expires' is a duration as \"1 year\" or a date as "
                           "\"2027-11-23T00:00:00Z\"");
    bytes_init(&text);
    json_text(at, &text);
    if (text.n == strlen("2027-11-23"))
        bytes_put_str(&text, "T00:00:00Z");
    r->has_expires = true;
    r->expires_is_date = utc_parse(bytes_span(&text), &r->expires_at, &why) == 0;
    if (!r->expires_is_date && duration_parse(bytes_span(&text), &r->expires_in, &why) != 0) {
        bytes_clear(&text);
        json_refuse(at, e, "'expires' is neither a duration nor a date");
        return err_todo(e, "write \"1 year\", \"18 months\", \"90 days\" or \"2027-11-23\"");
    }
    bytes_clear(&text);
    return 0;
}

static int role_read_plan(struct json roles, enum signed_type type, struct plan *p, struct err *e)
{
    static const char *const known[] = {"keyholders", "same_keys_as", "online_keys", "threshold",
                                        "key_type",   "expires",      NULL};
    struct plan_role *r = &p->roles[type];
    struct json role, v;
    int rc;

    r->type = type;
    if (json_need(roles, signed_type_name(type), JSON_OBJECT, &role, e) != 0 ||
        json_only(role, known, e) != 0 || json_need(role, "threshold", JSON_INTEGER, &v, e) != 0)
        return -1;
    if (json_integer(v) < 0 || json_integer(v) > INT_MAX)
        return json_refuse(v, e, "'threshold' is the number of people who must sign");
    r->threshold = (unsigned)json_integer(v);
    if (json_get(role, "expires", &v) && expires_read(v, r, e) != 0)
        return -1;
    if (json_get(role, "online_keys", &v)) {
        struct json other;

        if (json_get(role, "keyholders", &other) || json_get(role, "same_keys_as", &other))
            return json_refuse(other, e, "a role is either offline or online, not both");
        rc = online_read(v, type, p, e);
    } else if (json_get(role, "same_keys_as", &v))
        rc = shared_read(role, v, type, p, e);
    else
        rc = seats_read(role, type, p, e);
    return rc;
}

static int sign_read(struct json object, struct plan *p, struct err *e)
{
    struct json list, item;
    struct json_iter it;

    if (json_need(object, "sign", JSON_ARRAY, &list, e) != 0)
        return -1;
    json_iter_init(&it, list);
    while (json_next(&it, NULL, &item)) {
        struct plan_role *r = NULL;

        for (unsigned t = 0; t < SIGNED_TYPES; t++)
            if (json_text_is(item, signed_type_name((enum signed_type)t)))
                r = &p->roles[t];
        if (r == NULL || r->nseats == 0)
            return json_refuse(item, e, "'sign' names top-level roles that keyholders sign");
        if (r->sign)
            return json_refuse(item, e, "the role is there twice");
        if (!r->has_expires)
            return json_refuse(item, e, "a role that is signed needs 'expires'");
        r->sign = true;
    }
    return 0;
}

static bool seated(const struct plan *p, const struct key *key)
{
    const struct plan_role *root = &p->roles[SIGNED_ROOT];

    for (size_t i = 0; i < root->nseats; i++)
        if (p->seats[root->seats[i]].key != NULL &&
            key_same_material(p->seats[root->seats[i]].key, key))
            return true;
    return false;
}

/* Keys of the root in force that the new root does not have: they sign it once more. */
static int leaving_add(struct plan *p, struct err *e)
{
    struct plan_seat *more;

    if (p->trusted == NULL)
        return 0;
    more = realloc(p->seats, (p->nseats + p->nholders + 1) * sizeof *more);
    if (more == NULL)
        return err_oom(e);
    p->seats = more;
    for (size_t i = 0; i < p->nholders; i++) {
        const char *keyid = p->holders[i].keyids[SIGNED_ROOT];
        const struct key *key = keyid != NULL ? trusted_key(p->trusted, keyid) : NULL;

        if (key != NULL && !seated(p, key))
            more[p->nseats++] = (struct plan_seat){.holder = i,
                                                   .role = SIGNED_ROOT,
                                                   .key_type = key_type(key),
                                                   .key = key,
                                                   .leaving = true,
                                                   .lost = p->holders[i].fate == KEY_LOST};
    }
    return 0;
}

int plan_roles_read(struct json object, struct plan *p, struct err *e)
{
    static const enum signed_type order[] = {SIGNED_ROOT, SIGNED_TARGETS, SIGNED_SNAPSHOT,
                                             SIGNED_TIMESTAMP};
    static const char *const known[] = {"root", "targets", "snapshot", "timestamp", NULL};
    struct json roles;

    if (json_need(object, "roles", JSON_OBJECT, &roles, e) != 0 || json_only(roles, known, e) != 0)
        return -1;
    for (size_t i = 0; i < SIGNED_TYPES; i++)
        if (role_read_plan(roles, order[i], p, e) != 0)
            return -1;
    return leaving_add(p, e) == 0 ? sign_read(object, p, e) : -1;
}
