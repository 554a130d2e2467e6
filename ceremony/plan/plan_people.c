/* SPDX-License-Identifier: Apache-2.0 */
/* "keyholders" and "online_keys": who holds which key, in force or to be enrolled. */
#include <stdlib.h>
#include <string.h>

#include "ceremony/base/names.h"
#include "ceremony/plan/plan_read.h"
#include "tokens/uri.h"

/* Keys that exist already, given to a plan as files. */

#define FILE_NAME_MAX 200

/* A public key in inputs/, in any form. */
static int plan_key_load(struct store *s, const char *file, struct key **out, struct err *e)
{
    struct bytes name = {0}, data = {0};
    int found, rc = -1;

    bytes_printf(&name, "inputs/%s", file);
    found =
        bytes_failed(&name) ? err_oom(e) : s->ops->read(s->self, bytes_str(&name), 16384, &data, e);
    if (found == 0) {
        err_set(e, ERR_INCOMPLETE, "the public key '%s' is not there", bytes_str(&name));
        err_todo(e, "put the file into the folder 'inputs' of the ceremony");
    } else if (found > 0) {
        rc = key_from_bytes(bytes_span(&data), out, e);
        if (rc != 0)
            err_in(e, "%s", bytes_str(&name));
    }
    bytes_clear(&name);
    bytes_clear(&data);
    return rc;
}

void plan_given_clear(struct plan_holder *h)
{
    for (size_t i = 0; i < h->ngiven; i++) {
        free(h->given[i].role);
        free(h->given[i].file);
        key_free(h->given[i].key);
    }
    free(h->given);
    h->given = NULL;
    h->ngiven = 0;
}

/* `role` is NULL for one key for whatever roles the holder has. */
static int given_read(struct json object, const char *member, struct json role, struct store *s,
                      struct plan_holder *h, struct err *e)
{
    struct plan_given *g = &h->given[h->ngiven++];

    if (role.n > 0 && (g->role = json_strdup(role)) == NULL)
        return err_oom(e);
    return plan_text(object, member, FILE_NAME_MAX, &g->file, e) == 0
               ? plan_key_load(s, g->file, &g->key, e)
               : -1;
}

static int each_read(struct json key, struct store *s, struct plan_holder *h, struct err *e)
{
    struct json role, file;

    for (struct json_iter it = json_iter_of(key); json_next(&it, &role, &file);) {
        char *member = json_strdup(role);
        int rc = member != NULL ? given_read(key, member, role, s, h, e) : err_oom(e);

        free(member);
        if (rc != 0)
            return -1;
    }
    return 0;
}

/* A keyholder's "key": files of keys that exist already. */
static int plan_given_read(struct json object, struct store *s, struct plan_holder *h,
                           struct err *e)
{
    struct json key;
    size_t n = 1;

    if (!json_get(object, "key", &key))
        return 0;
    if (json_kind(key) == JSON_OBJECT)
        n = json_count(key);
    if ((json_kind(key) != JSON_OBJECT && json_kind(key) != JSON_STRING) || n == 0)
        return json_refuse(key, e,
                           "'key' is a file in 'inputs', or one for each role as "
                           "{\"root\": \"FILE\", \"targets\": \"FILE\"}");
    if ((h->given = calloc(n, sizeof *h->given)) == NULL)
        return err_oom(e);
    return json_kind(key) == JSON_STRING ? given_read(object, "key", (struct json){0}, s, h, e)
                                         : each_read(key, s, h, e);
}

const struct key *plan_given_key(const struct plan_holder *h, const char *role)
{
    for (size_t i = 0; i < h->ngiven; i++)
        if (h->given[i].role == NULL || strcmp(h->given[i].role, role) == 0)
            return h->given[i].key;
    return NULL;
}

bool plan_seat_given(const struct plan *p, size_t seat)
{
    const struct plan_holder *h = &p->holders[p->seats[seat].holder];

    for (size_t i = 0; i < h->ngiven; i++)
        if (p->seats[seat].key != NULL && p->seats[seat].key == h->given[i].key)
            return true;
    return false;
}

#define NAME_MAX_BYTES 48
#define TEXT_MAX_BYTES 200

/* One of "keys": of a top-level role at once; of a delegated one when that is read. */
static int old_key_read(struct json name, struct json keyid, const struct plan *p,
                        struct plan_holder *h, struct err *e)
{
    struct plan_held *held = &h->held[h->nheld];
    char *text;

    if (json_take_text(keyid, "a keyid is expected", &text, e) != 0)
        return -1;
    for (unsigned t = SIGNED_ROOT; t < SIGNED_TYPES; t++) {
        if (!json_text_is(name, signed_type_name((enum signed_type)t)))
            continue;
        h->keyids[t] = text;
        if ((t != SIGNED_ROOT && t != SIGNED_TARGETS) ||
            !role_has(&p->trusted->root->roles[t], text) || trusted_key(p->trusted, text) == NULL)
            return json_refuse(keyid, e, "the root in force has no such key for '%s'",
                               signed_type_name((enum signed_type)t));
        return 0;
    }
    held->keyid = text;
    h->nheld++;
    if (trusted_any_key(p->trusted, text) == NULL)
        return json_refuse(keyid, e, "nothing that is in force has such a key");
    return (held->role = json_strdup(name)) != NULL ? 0 : err_oom(e);
}

/* "keys" and "key_is": the holder's keys in force. */
static int old_keys_read(struct json object, const struct plan *p, struct plan_holder *h,
                         struct err *e)
{
    static const char *const fates[] = {"kept", "replaced", "lost"};
    struct json keys, name, keyid, fate;
    unsigned f = 0;

    if (!json_get(object, "keys", &keys))
        return json_get(object, "key_is", &fate)
                   ? json_refuse(fate, e, "'key_is' speaks of 'keys', which are not there")
                   : 0;
    if (p->trusted == NULL)
        return json_refuse(keys, e, "'keys' are keys in force, but the plan has no 'trusted'");
    if (json_kind(keys) != JSON_OBJECT)
        return json_refuse(keys, e, "'keys' is an object as {\"root\": \"<keyid>\"}");
    if ((h->held = calloc(json_count(keys) + 1, sizeof *h->held)) == NULL)
        return err_oom(e);
    for (struct json_iter it = json_iter_of(keys); json_next(&it, &name, &keyid);)
        if (old_key_read(name, keyid, p, h, e) != 0)
            return -1;
    if (!json_get(object, "key_is", &fate))
        return 0;
    while (f < sizeof fates / sizeof fates[0] && !json_text_is(fate, fates[f]))
        f++;
    if (f == sizeof fates / sizeof fates[0])
        return json_refuse(fate, e, "'key_is' is \"kept\", \"replaced\" or \"lost\"");
    h->fate = (enum key_fate)f;
    return !p->first_root || h->fate != KEY_REPLACED
               ? 0
               : json_refuse(fate, e,
                             "under a new first root no old key signs: 'key_is' is \"kept\" or "
                             "\"lost\"");
}

static int token_read(struct json object, struct plan_token *out, struct err *e)
{
    static const char *const known[] = {"manufacturer", "model", "serial", "firmware", NULL};
    struct json is;

    if (!json_get(object, "token_is", &is))
        return 0;
    if (json_kind(is) != JSON_OBJECT)
        return json_refuse(is, e, "'token_is' is an object as {\"model\": \"YubiHSM\"}");
    return json_only(is, known, e) == 0 &&
                   plan_text_maybe(is, "manufacturer", TEXT_MAX_BYTES, &out->manufacturer, e) ==
                       0 &&
                   plan_text_maybe(is, "model", TEXT_MAX_BYTES, &out->model, e) == 0 &&
                   plan_text_maybe(is, "serial", TEXT_MAX_BYTES, &out->serial, e) == 0 &&
                   plan_text_maybe(is, "firmware", TEXT_MAX_BYTES, &out->firmware, e) == 0
               ? 0
               : -1;
}

static int holder_read(struct json object, struct store *s, struct plan *p, struct err *e)
{
    static const char *const known[] = {"name", "bag",  "token",  "token_is",
                                        "key",  "keys", "key_is", NULL};
    struct plan_holder *h = &p->holders[p->nholders++];
    struct token_uri *uri = NULL;

    if (json_only(object, known, e) != 0 ||
        plan_text(object, "name", NAME_MAX_BYTES, &h->name, e) != 0 ||
        plan_text_maybe(object, "bag", NAME_MAX_BYTES, &h->bag, e) != 0 ||
        plan_text_maybe(object, "token", TEXT_MAX_BYTES, &h->token, e) != 0 ||
        token_read(object, &h->token_is, e) != 0)
        return -1;
    if (h->token != NULL && token_uri_parse(h->token, &uri, e) != 0) {
        e->code = e->code == ERR_USAGE ? ERR_PLAN : e->code;
        return err_in(e, "plan.json, the token of '%s'", h->name);
    }
    token_uri_free(uri);
    if (plan_holder_find(p, h->name) != (long)p->nholders - 1) {
        err_set(e, ERR_PLAN, "keyholder '%s' is there twice", h->name);
        err_in(e, "plan.json, keyholders[%zu]", p->nholders - 1);
        return err_todo(e, "one person holds one key; if two people share a name, add an initial");
    }
    if (plan_given_read(object, s, h, e) != 0)
        return -1;
    return old_keys_read(object, p, h, e);
}

/* An online key in force, by its id. */
static int online_kept(struct json keyid, const struct plan *p, struct key **out, struct err *e)
{
    const struct key *k;
    char *text;

    if (json_take_text(keyid, "a keyid is expected", &text, e) != 0)
        return -1;
    k = p->trusted != NULL ? trusted_any_key(p->trusted, text) : NULL;
    free(text);
    if (k == NULL)
        return json_refuse(keyid, e, "nothing that is in force has such a key");
    *out = key_copy(k);
    return 0;
}

static int online_read(struct json object, struct store *s, struct plan *p, struct err *e)
{
    static const char *const known[] = {"name", "file", "keyid", "replaces", "key_is", NULL};
    static const char *const kept[] = {"name", "keyid", NULL};
    struct plan_online *o = &p->online[p->nonline++];
    struct json keyid;

    if (json_only(object, known, e) != 0 ||
        plan_text(object, "name", NAME_MAX_BYTES, &o->name, e) != 0)
        return -1;
    if (json_get(object, "keyid", &keyid))
        return json_only(object, kept, e) == 0 ? online_kept(keyid, p, &o->key, e) : -1;
    if (plan_text(object, "file", TEXT_MAX_BYTES, &o->file, e) != 0 ||
        (json_get(object, "replaces", &keyid) && online_kept(keyid, p, &o->old, e) != 0))
        return -1;
    if (json_get(object, "key_is", &keyid)) {
        o->stolen = json_text_is(keyid, "stolen");
        if (!o->stolen || o->old == NULL)
            return json_refuse(keyid, e,
                               "'key_is' is \"stolen\", of an online key that \"replaces\" one");
    }
    if (plan_key_load(s, o->file, &o->key, e) != 0)
        return -1;
    return o->old == NULL || !key_same_material(o->old, o->key)
               ? 0
               : json_refuse(object, e, "the key in 'file' is the one that it 'replaces'");
}

/* Names are clear, and no two of people or online keys look alike: a room can't tell them apart. */
static int names_differ(const struct plan *p, struct err *e)
{
    const char **names = calloc(p->nholders + p->nonline + 1, sizeof *names);
    size_t n = 0;
    int rc;

    if (names == NULL)
        return err_oom(e);
    for (size_t i = 0; i < p->nholders; i++)
        names[n++] = p->holders[i].name;
    for (size_t i = 0; i < p->nonline; i++)
        names[n++] = p->online[i].name;
    rc = names_check(names, n, e);
    free(names);
    return rc == 0 || e->code == ERR_INTERNAL ? rc : err_in(e, "plan.json, keyholders");
}

int plan_people_read(struct json object, struct store *s, struct plan *p, struct err *e)
{
    struct json holders, online, item;

    if (json_need(object, "keyholders", JSON_ARRAY, &holders, e) != 0 ||
        json_need(object, "online_keys", JSON_ARRAY, &online, e) != 0)
        return -1;
    p->holders = calloc(json_count(holders) + 1, sizeof *p->holders);
    p->online = calloc(json_count(online) + 1, sizeof *p->online);
    if (p->holders == NULL || p->online == NULL)
        return err_oom(e);
    for (struct json_iter it = json_iter_of(holders); json_next(&it, NULL, &item);)
        if (holder_read(item, s, p, e) != 0)
            return -1;
    for (struct json_iter it = json_iter_of(online); json_next(&it, NULL, &item);)
        if (online_read(item, s, p, e) != 0)
            return -1;
    return names_differ(p, e);
}
