/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/derive_people.h"

#include <stdlib.h>
#include <string.h>

#include "ceremony/plan_change.h"
#include "metadata/plain.h"

void people_clear(struct people *p)
{
    for (size_t i = 0; i < p->n; i++) {
        for (size_t k = 0; k < p->all[i].nkeys; k++) {
            free(p->all[i].keys[k].role);
            free(p->all[i].keys[k].keyid);
        }
        free(p->all[i].keys);
    }
    free(p->all);
    *p = (struct people){0};
}

/* What tools write into key objects to say whose they are. */
static bool name_in_key(const struct key *key, char *out, size_t size)
{
    static const char *const members[] = {"x-tuf-on-ci-keyowner", "x-rstuf-key-name"};
    struct json_doc *doc;
    struct json v;
    struct err ignored;
    bool found = false;

    if (json_doc_read(key_object(key), "key", JSON_CANONICAL, &doc, &ignored) != 0)
        return false;
    for (size_t i = 0; !found && i < sizeof members / sizeof members[0]; i++) {
        char *text = json_get(json_root(doc), members[i], &v) && json_kind(v) == JSON_STRING
                         ? json_strdup(v)
                         : NULL;

        found = text != NULL && text[0] != '\0' && text[0] != ' ' && strlen(text) < size &&
                text[strlen(text) - 1] != ' ' && plain_is(span_str(text));
        if (found)
            strcpy(out, text);
        free(text);
    }
    json_doc_free(doc);
    return found;
}

static struct person *person_find(const struct people *p, const char *name)
{
    for (size_t i = 0; i < p->n; i++)
        if (strcmp(p->all[i].name, name) == 0)
            return &p->all[i];
    return NULL;
}

/* The keyid that the person has for that role, or NULL. */
static const char *person_keyid(const struct person *p, const char *role)
{
    for (size_t i = 0; i < p->nkeys; i++)
        if (strcmp(p->keys[i].role, role) == 0)
            return p->keys[i].keyid;
    return NULL;
}

static int person_take(struct person *p, const char *role, const char *keyid, struct err *e)
{
    struct person_key *more = realloc(p->keys, (p->nkeys + 1) * sizeof *more);

    if (more == NULL)
        return err_oom(e);
    p->keys = more;
    more[p->nkeys] = (struct person_key){.role = strdup(role), .keyid = strdup(keyid)};
    p->nkeys++;
    return more[p->nkeys - 1].role != NULL && more[p->nkeys - 1].keyid != NULL ? 0 : err_oom(e);
}

/* Who holds the key: by its card, by the plan that lies in the folder, by the key itself, or just
 * numbered. */
static void name_of(const struct found *f, const struct card *card, const struct key *key, size_t n,
                    char *out, size_t size)
{
    const char *named = card != NULL        ? card->holder
                        : f->before != NULL ? plan_key_holder(f->before, key)
                                            : NULL;

    if (named != NULL && strlen(named) < size && plain_is(span_str(named)))
        strcpy(out, named);
    else if (!name_in_key(key, out, size))
        snprintf(out, size, "keyholder %zu", n + 1);
}

int people_add(struct people *p, const struct found *f, const struct key *key, const char *role,
               const char *keyid, struct err *e)
{
    const struct card *card = key != NULL ? cards_find(&f->cards, key_id(key)) : NULL;
    struct person new = {.token = card != NULL ? card->token : NULL, .card = card}, *old, *more;

    if (key == NULL) {
        err_set(e, ERR_INPUT, "'%s' in force names a key that is not there: %s", role, keyid);
        return err_todo(e, "repair the repository's metadata by hand first");
    }
    name_of(f, card, key, p->n, new.name, sizeof new.name);
    old = person_find(p, new.name);
    if (old != NULL && person_keyid(old, role) == NULL)
        return person_take(old, role, keyid, e);
    if (old != NULL)
        snprintf(new.name, sizeof new.name, "keyholder %zu", p->n + 1);
    if ((more = realloc(p->all, (p->n + 1) * sizeof *more)) == NULL)
        return err_oom(e);
    p->all = more;
    more[p->n++] = new;
    return person_take(&more[p->n - 1], role, keyid, e);
}

bool derive_same_keys(const struct role *a, const struct role *b)
{
    for (size_t i = 0; i < a->n; i++)
        if (!role_has(b, a->keyids[i]))
            return false;
    return a->n == b->n;
}

/* What was recorded of the token when its key was made; what a plan can't hold is left out. */
static void put_token(const struct card *card, cJSON *holder)
{
    const struct {
        const char *name, *value;
    } facts[] = {{"manufacturer", card != NULL ? card->manufacturer : NULL},
                 {"model", card != NULL ? card->model : NULL},
                 {"serial", card != NULL ? card->serial : NULL},
                 {"firmware", card != NULL ? card->firmware : NULL}};
    cJSON *is = NULL;

    for (size_t i = 0; i < sizeof facts / sizeof facts[0]; i++) {
        const char *value = facts[i].value;
        size_t n = value != NULL ? strlen(value) : 0;

        if (n == 0 || n > 64 || !plain_is(span_str(value)) || value[0] == ' ' ||
            value[n - 1] == ' ')
            continue;
        if (is == NULL)
            is = cJSON_AddObjectToObject(holder, "token_is");
        cJSON_AddStringToObject(is, facts[i].name, value);
    }
}

void people_put(const struct people *p, cJSON *plan)
{
    cJSON *list = cJSON_AddArrayToObject(plan, "keyholders");

    for (size_t i = 0; i < p->n; i++) {
        cJSON *holder = cJSON_CreateObject(), *keys;

        cJSON_AddStringToObject(holder, "name", p->all[i].name);
        if (p->all[i].token != NULL)
            cJSON_AddStringToObject(holder, "token", p->all[i].token);
        put_token(p->all[i].card, holder);
        keys = cJSON_AddObjectToObject(holder, "keys");
        for (size_t k = 0; k < p->all[i].nkeys; k++)
            cJSON_AddStringToObject(keys, p->all[i].keys[k].role, p->all[i].keys[k].keyid);
        cJSON_AddItemToArray(list, holder);
    }
}

void derive_put_holders(cJSON *out, const struct role *role, const char *name,
                        const struct keyring *keys, const struct people *p,
                        const struct derive_wish *w)
{
    const struct keyring_entry *first = keyring_find(keys, role->keyids[0]);
    enum key_type key = first != NULL ? key_type(first->key) : KEY_UNKNOWN;
    cJSON *names = cJSON_AddArrayToObject(out, "keyholders");

    for (size_t i = 0; i < role->n; i++)
        for (size_t k = 0; k < p->n; k++) {
            const char *keyid = person_keyid(&p->all[k], name);

            if (keyid != NULL && strcmp(keyid, role->keyids[i]) == 0)
                cJSON_AddItemToArray(names, cJSON_CreateString(p->all[k].name));
        }
    cJSON_AddStringToObject(
        out, "key_type",
        w->key_type != NULL ? w->key_type : key_type_name(key < KEY_UNKNOWN ? key : KEY_P256));
    cJSON_AddNumberToObject(out, "threshold", role->threshold);
}

/* The name of an online key in the plan's list: "online", "online 2", ... by its place. A key that
 * is not there is added. */
static void online_name(cJSON *list, const char *keyid, char *out, size_t size)
{
    cJSON *item;
    int i = 0;

    cJSON_ArrayForEach(item, list)
    {
        i++;
        if (strcmp(cJSON_GetStringValue(cJSON_GetObjectItem(item, "keyid")), keyid) == 0) {
            snprintf(out, size, "%s", cJSON_GetStringValue(cJSON_GetObjectItem(item, "name")));
            return;
        }
    }
    if (i == 0)
        snprintf(out, size, "online");
    else
        snprintf(out, size, "online %d", i + 1);
    item = cJSON_CreateObject();
    cJSON_AddStringToObject(item, "keyid", keyid);
    cJSON_AddStringToObject(item, "name", out);
    cJSON_AddItemToArray(list, item);
}

void derive_put_online_keys(cJSON *out, const struct role *role, cJSON *online)
{
    cJSON *keys = cJSON_AddArrayToObject(out, "online_keys");
    char name[24];

    for (size_t i = 0; i < role->n; i++) {
        online_name(online, role->keyids[i], name, sizeof name);
        cJSON_AddItemToArray(keys, cJSON_CreateString(name));
    }
    cJSON_AddNumberToObject(out, "threshold", role->threshold);
}

void derive_put_online(cJSON *plan, const struct root *r)
{
    static const enum signed_type roles[] = {SIGNED_SNAPSHOT, SIGNED_TIMESTAMP};
    cJSON *list = cJSON_AddArrayToObject(plan, "online_keys");
    char name[24];

    for (size_t i = 0; i < 2; i++)
        for (size_t k = 0; k < r->roles[roles[i]].n; k++)
            online_name(list, r->roles[roles[i]].keyids[k], name, sizeof name);
}
