/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "ceremony/plan/plan_read.h"

#include "ceremony/plan/plan_template.h"
#include "metadata/private_key.h"

/* "contents" and "remove" of targets and delegated roles: where their files and delegations come
 * from. */

#define TEXT_MAX_BYTES 512

void plan_contents_clear(struct plan_role *r)
{
    for (size_t i = 0; r->contents != NULL && i < r->ninstances; i++)
        json_doc_free(r->contents[i].doc);
    free(r->contents);
    r->contents = NULL;
}

/* "contents" and "remove". */
static int plan_contents_read(struct json object, struct plan_role *r, struct err *e)
{
    static const char *const known[] = {"file", "moves", NULL};
    struct json contents, removed;

    if (json_get(object, "remove", &removed) &&
        plan_texts(removed, TEXT_MAX_BYTES, true, &r->removed, &r->nremoved, e) != 0)
        return -1;
    if (!json_get(object, "contents", &contents))
        return 0;
    if (json_kind(contents) != JSON_OBJECT || json_count(contents) == 0)
        return json_refuse(contents, e, "'contents' is an object as {\"file\": \"simple.json\"}");
    return json_only(contents, known, e) == 0 &&
                   plan_text_maybe(contents, "file", TEXT_MAX_BYTES, &r->file, e) == 0 &&
                   plan_text_maybe(contents, "moves", TEXT_MAX_BYTES, &r->moves, e) == 0
               ? 0
               : -1;
}

/* A metadata file, whose signatures do not matter here, or `signed` alone. */
static int take_object(const struct json_doc *doc, struct json *out, struct err *e)
{
    struct json root = json_root(doc), ignored;
    struct targets check;

    if (json_kind(root) != JSON_OBJECT || json_get(root, "_type", &ignored))
        *out = root;
    else if (json_need(root, "signed", JSON_OBJECT, out, e) != 0)
        return -1;
    if (targets_read(*out, &check, e) != 0)
        return -1;
    targets_clear(&check);
    return 0;
}

static int load_one(struct store *s, const struct plan_role *r, size_t instance,
                    struct plan_contents *out, struct err *e)
{
    struct bytes name = {0}, text = {0};
    int found, rc = -1;

    bytes_put_str(&name, "inputs/");
    template_fill(r, instance, r->file, &name);
    found = bytes_failed(&name) ? err_oom(e)
                                : s->ops->read(s->self, bytes_str(&name), STORE_MAX_FILE, &text, e);
    if (found == 0) {
        err_set(e, ERR_INCOMPLETE, "the contents of '%s' are not there: '%s'",
                r->instances[instance], bytes_str(&name));
        err_todo(e, "put the file there that the online side made, or leave \"contents\" out");
    } else if (found > 0 && json_doc_take(&text, bytes_str(&name), JSON_TEXT, &out->doc, e) == 0)
        rc = private_key_refuse(json_root(out->doc), e) == 0
                 ? take_object(out->doc, &out->object, e)
                 : -1;
    if (rc == 0)
        json_doc_settle(out->doc);
    bytes_clear(&name);
    bytes_clear(&text);
    return rc;
}

int plan_contents_load(struct store *s, struct plan *p, struct err *e)
{
    for (size_t i = 0; i < p->nroles; i++) {
        struct plan_role *r = &p->roles[i];

        if (r->file == NULL)
            continue;
        if ((r->contents = calloc(r->ninstances, sizeof *r->contents)) == NULL)
            return err_oom(e);
        for (size_t k = 0; k < r->ninstances; k++)
            if (load_one(s, r, k, &r->contents[k], e) != 0)
                return -1;
    }
    return 0;
}

#define ROLE_NAME_MAX 200

/* The key in force that the holder has for that role, or NULL. */
static const struct key *key_in_force(const struct plan *p, const struct plan_holder *h,
                                      const struct plan_role *r)
{
    if (h->fate != KEY_KEPT)
        return NULL;
    if (r->delegation == NULL)
        return h->keyids[r->type] != NULL ? trusted_key(p->trusted, h->keyids[r->type]) : NULL;
    for (size_t i = 0; i < h->nheld; i++)
        if (strcmp(h->held[i].role, r->name) == 0)
            return trusted_delegated_key(p->trusted, p->roles[r->delegation->by].instances[0],
                                         r->instances[0], h->held[i].keyid);
    return NULL;
}

/* The key that the holder has for that role already, or NULL. */
static const struct key *seat_key(const struct plan *p, const struct plan_holder *h,
                                  const struct plan_role *r)
{
    const struct key *key = key_in_force(p, h, r);

    return key != NULL ? key : plan_given_key(h, r->name);
}

static int key_type_read(struct json role, enum key_type *out, struct err *e)
{
    struct json name;
    char *text;
    int rc;

    if (!json_get(role, "key_type", &name))
        return 0;
    if (json_take_text(name, "'key_type' is a string", &text, e) != 0)
        return -1;
    rc = key_type_by_name(text, out);
    free(text);
    return rc == 0 ? 0 : json_refuse(name, e, "'key_type' is not one of " KEY_TYPES_SIGNING);
}

/* The index of a keyholder who is not in the role yet, or -1. */
static long seat_holder(struct json item, const struct plan *p, const struct plan_role *r,
                        struct err *e)
{
    char *text;
    long holder;

    if (json_take_text(item, "the name of a keyholder is expected", &text, e) != 0)
        return -1;
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
    return holder;
}

/* Seats of a role's own keyholders. */
static int seats_read(struct json role, struct plan_role *r, struct plan *p, struct err *e)
{
    enum key_type key_type = KEY_P256;
    struct json list, item;
    struct plan_seat *more;
    long holder;

    if (key_type_read(role, &key_type, e) != 0 ||
        json_need(role, "keyholders", JSON_ARRAY, &list, e) != 0)
        return -1;
    more = realloc(p->seats, (p->nseats + json_count(list) + 1) * sizeof *more);
    if (more != NULL)
        p->seats = more;
    r->seats = calloc(json_count(list) + 1, sizeof *r->seats);
    if (more == NULL || r->seats == NULL)
        return err_oom(e);
    for (struct json_iter it = json_iter_of(list); json_next(&it, NULL, &item);) {
        if ((holder = seat_holder(item, p, r, e)) < 0)
            return -1;
        r->seats[r->nseats++] = p->nseats;
        p->seats[p->nseats++] = (struct plan_seat){.holder = (size_t)holder,
                                                   .role = (size_t)(r - p->roles),
                                                   .key_type = key_type,
                                                   .key = seat_key(p, &p->holders[holder], r)};
    }
    return 0;
}

static int shared_read(struct json role, struct json same, struct plan_role *r, struct plan *p,
                       struct err *e)
{
    struct plan_role *other = NULL;
    struct json ignored;

    if (json_get(role, "keyholders", &ignored) || json_get(role, "key_type", &ignored))
        return json_refuse(ignored, e, "a role with 'same_keys_as' has no keyholders of its own");
    for (size_t i = 0; i < p->nroles; i++)
        if (json_text_is(same, p->roles[i].name))
            other = &p->roles[i];
    if (other == NULL || other == r || other->nseats == 0)
        return json_refuse(same, e,
                           "'same_keys_as' names a role with keyholders of its own, above this "
                           "one in the order root, targets, delegations");
    if ((r->seats = calloc(other->nseats, sizeof *r->seats)) == NULL)
        return err_oom(e);
    memcpy(r->seats, other->seats, other->nseats * sizeof *r->seats);
    r->nseats = other->nseats;
    return 0;
}

static int online_read(struct json list, struct plan_role *r, struct plan *p, struct err *e)
{
    struct json item;

    if (json_kind(list) != JSON_ARRAY || json_count(list) == 0)
        return json_refuse(list, e, "'online_keys' is an array with at least one name");
    if ((r->online = calloc(json_count(list), sizeof *r->online)) == NULL)
        return err_oom(e);
    for (struct json_iter it = json_iter_of(list); json_next(&it, NULL, &item);) {
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
    struct bytes text = {0};
    struct err why;

    if (json_kind(at) != JSON_STRING)
        return json_refuse(at, e,
                           "'expires' is a duration as \"1 year\" or a date as "
                           "\"2027-11-23T00:00:00Z\"");
    json_text(at, &text);
    if (bytes_failed(&text)) {
        bytes_clear(&text);
        return err_oom(e);
    }
    r->has_expires = true;
    r->expires_is_date = utc_parse(bytes_span(&text), &r->expires_at, &why) == 0 ||
                         utc_parse_day(bytes_span(&text), &r->expires_at, &why) == 0;
    if (!r->expires_is_date && duration_parse(bytes_span(&text), &r->expires_in, &why) != 0) {
        bytes_clear(&text);
        json_refuse(at, e, "'expires' is neither a duration nor a date");
        return err_todo(e, "write \"1 year\", \"18 months\", \"90 days\" or \"2027-11-23\"");
    }
    bytes_clear(&text);
    return 0;
}

/* Who signs, how many of them, and until when it is valid. */
static int signers_read(struct json role, struct plan_role *r, struct plan *p, struct err *e)
{
    struct json v, other;

    if (json_need(role, "threshold", JSON_INTEGER, &v, e) != 0)
        return -1;
    if (json_integer(v) < 0 || json_integer(v) > INT_MAX)
        return json_refuse(v, e, "'threshold' is the number of people who must sign");
    r->threshold = (unsigned)json_integer(v);
    if (json_get(role, "expires", &v) && expires_read(v, r, e) != 0)
        return -1;
    if (json_get(role, "one_time", &v)) {
        if (json_kind(v) != JSON_BOOL)
            return json_refuse(v, e, "'one_time' is true or false");
        r->one_time = json_true(v);
    }
    if (json_get(role, "online_keys", &v)) {
        if (json_get(role, "keyholders", &other) || json_get(role, "same_keys_as", &other))
            return json_refuse(other, e, "a role is either offline or online, not both");
        return online_read(v, r, p, e);
    }
    if (json_get(role, "same_keys_as", &v))
        return shared_read(role, v, r, p, e);
    return seats_read(role, r, p, e);
}

static int top_read(struct json roles, enum signed_type type, struct plan *p, struct err *e)
{
    static const char *const known[] = {
        "keyholders", "same_keys_as", "online_keys", "threshold", "key_type",
        "expires",    "contents",     "remove",      "one_time",  NULL};
    struct plan_role *r = &p->roles[type];
    struct json role, v;

    if (json_need(roles, r->name, JSON_OBJECT, &role, e) != 0 || json_only(role, known, e) != 0)
        return -1;
    if (type != SIGNED_TARGETS && (json_get(role, "contents", &v) || json_get(role, "remove", &v)))
        return json_refuse(v, e, "only targets and delegated roles have contents");
    return plan_contents_read(role, r, e) == 0 ? signers_read(role, r, p, e) : -1;
}

static int delegated_read(struct json object, struct plan *p, struct err *e)
{
    static const char *const known[] = {
        "name",     "by",       "keyholders", "same_keys_as",  "online_keys", "threshold",
        "key_type", "expires",  "paths",      "hash_prefixes", "terminating", "each",
        "bins",     "succinct", "contents",   "remove",        "one_time",    NULL};
    struct plan_role *r = &p->roles[p->nroles];

    if (json_kind(object) != JSON_OBJECT)
        return json_refuse(object, e, "a delegation is an object");
    if (json_only(object, known, e) != 0)
        return -1;
    *r = (struct plan_role){.type = SIGNED_TARGETS};
    p->nroles++;
    if (plan_text(object, "name", ROLE_NAME_MAX, &r->name, e) != 0 ||
        plan_contents_read(object, r, e) != 0)
        return -1;
    for (size_t i = 0; i + 1 < p->nroles; i++)
        if (strcmp(p->roles[i].name, r->name) == 0)
            return json_refuse(object, e, "role '%s' is there twice", r->name);
    return plan_delegation_read(object, p, r, e) == 0 ? signers_read(object, r, p, e) : -1;
}

static int delegations_read(struct json object, struct plan *p, struct err *e)
{
    struct json list = {0}, item;
    struct plan_role *more;

    if (!json_get(object, "delegations", &list))
        return 0;
    if (json_kind(list) != JSON_ARRAY)
        return json_refuse(list, e, "'delegations' is an array");
    more = realloc(p->roles, (p->nroles + json_count(list)) * sizeof *more);
    if (more == NULL)
        return json_count(list) == 0 ? 0 : err_oom(e);
    p->roles = more;
    for (struct json_iter it = json_iter_of(list); json_next(&it, NULL, &item);)
        if (delegated_read(item, p, e) != 0)
            return -1;
    return plan_instances_check(list, p, e);
}

static int sign_read(struct json object, struct plan *p, struct err *e)
{
    struct json list, item;
    size_t next = 0; /* behind the one found last: long lists are in the plan's order */

    if (json_need(object, "sign", JSON_ARRAY, &list, e) != 0)
        return -1;
    for (struct json_iter it = json_iter_of(list); json_next(&it, NULL, &item);) {
        struct plan_role *r = NULL;

        for (size_t i = 0; r == NULL && i < p->nroles; i++)
            if (json_text_is(item, p->roles[(next + i) % p->nroles].name))
                r = &p->roles[(next + i) % p->nroles];
        if (r == NULL || r->nseats == 0)
            return json_refuse(item, e, "'sign' names roles that keyholders sign");
        if (r->sign)
            return json_refuse(item, e, "the role is there twice");
        if (!r->has_expires)
            return json_refuse(item, e, "a role that is signed needs 'expires'");
        r->sign = true;
        next = (size_t)(r - p->roles) + 1;
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

    if (plan_followed_root(p) == NULL)
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
    if ((p->roles = calloc(SIGNED_TYPES, sizeof *p->roles)) == NULL)
        return err_oom(e);
    for (; p->nroles < SIGNED_TYPES; p->nroles++) {
        struct plan_role *r = &p->roles[p->nroles];

        r->type = (enum signed_type)p->nroles;
        if ((r->instances = calloc(1, sizeof *r->instances)) == NULL)
            return err_oom(e);
        r->ninstances = 1;
        r->name = strdup(signed_type_name(r->type));
        r->instances[0] = strdup(signed_type_name(r->type));
        if (r->name == NULL || r->instances[0] == NULL) {
            p->nroles++;
            return err_oom(e);
        }
    }
    for (size_t i = 0; i < SIGNED_TYPES; i++)
        if (top_read(roles, order[i], p, e) != 0)
            return -1;
    return delegations_read(object, p, e) == 0 && leaving_add(p, e) == 0 ? sign_read(object, p, e)
                                                                         : -1;
}
