/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/derive/derive_people.h"

#include <stdlib.h>
#include <string.h>

#include "ceremony/base/names.h"
#include "ceremony/plan/plan_change.h"
#include "metadata/base/array.h"
#include "metadata/base/plain.h"

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

/* A text that a tool wrote into the key object, under the one or the other name; NULL: none. */
static char *text_in_key(const struct key *key, const char *one, const char *other)
{
    struct json_doc *doc;
    struct json v;
    struct err ignored;
    char *text = NULL;

    if (json_doc_read(key_object(key), "key", JSON_CANONICAL, &doc, &ignored) != 0)
        return NULL;
    if ((json_get(json_root(doc), one, &v) && json_kind(v) == JSON_STRING) ||
        (json_get(json_root(doc), other, &v) && json_kind(v) == JSON_STRING))
        text = json_strdup(v);
    json_doc_free(doc);
    return text;
}

/* What tools write into key objects to say whose they are. */
static bool name_in_key(const struct key *key, char *out, size_t size)
{
    char *text = text_in_key(key, "x-tuf-on-ci-keyowner", "x-rstuf-key-name");
    bool found = text != NULL && strlen(text) < size && name_is_clear(text);

    if (found)
        strcpy(out, text);
    free(text);
    return found;
}

/* ... and that they are used online. */
static bool is_marked_online(const struct key *key)
{
    char *uri = text_in_key(key, "x-tuf-on-ci-online-uri", "x-rstuf-online-key-uri");
    bool marked = uri != NULL;

    free(uri);
    return marked;
}

static struct person *person_find(const struct people *p, const char *name)
{
    for (size_t i = 0; i < p->n; i++)
        if (strcmp(p->all[i].name, name) == 0)
            return &p->all[i];
    return NULL;
}

/* The key that the person has for that role, or NULL. */
static const struct person_key *key_for(const struct person *p, const char *role)
{
    for (size_t i = 0; i < p->nkeys; i++)
        if (strcmp(p->keys[i].role, role) == 0)
            return &p->keys[i];
    return NULL;
}

static int person_take(struct person *p, const char *role, const struct keyring_entry *key,
                       struct err *e)
{
    struct person_key *new;

    if (array_grow(&p->keys, p->nkeys, sizeof *p->keys, e) != 0)
        return -1;
    new = &p->keys[p->nkeys++];
    *new = (struct person_key){.role = strdup(role), .keyid = strdup(key->keyid)};
    memcpy(new->material, key_material(key->key), sizeof new->material);
    return new->role != NULL &&new->keyid != NULL ? 0 : err_oom(e);
}

static bool is_of(const struct person_key *k, const struct key *key)
{
    return memcmp(k->material, key_material(key), SHA256_SIZE) == 0;
}

static struct person *person_with(const struct people *p, const struct key *key)
{
    for (size_t i = 0; i < p->n; i++)
        for (size_t k = 0; k < p->all[i].nkeys; k++)
            if (is_of(&p->all[i].keys[k], key))
                return &p->all[i];
    return NULL;
}

static const char online_side[] = "online side";

/* `out` may be a name that somebody has. */
static void name_by_number(const struct people *p, char *out, size_t size)
{
    const char *base = strcmp(out, online_side) == 0 ? online_side : "keyholder";
    size_t n = p->n;

    do
        snprintf(out, size, "%s %zu", base, ++n);
    while (person_find(p, out) != NULL);
}

static bool is_online_key(const void *self, const struct key *key)
{
    const struct root *r = self;

    return is_marked_online(key) || root_online_key(r, key);
}

/* Who holds the key: by its record, by the plan that lies in the folder, the online side beside
 * people, by the key itself, or just numbered. */
static void name_of(const struct people *p, const struct found *f, const struct key_record *record,
                    const struct key *key, char *out, size_t size)
{
    const char *named = record != NULL      ? record->holder
                        : f->before != NULL ? plan_key_holder(f->before, key)
                                            : NULL;

    if (named != NULL && strlen(named) < size && name_is_clear(named))
        strcpy(out, named);
    else if (is_online_key(p->root, key))
        strcpy(out, online_side);
    else if (!name_in_key(key, out, size))
        name_by_number(p, out, size);
}

/* A new person with that name; with a number when somebody has it. NULL: out of memory. */
static struct person *person_new(struct people *p, struct person *new)
{
    struct err ignored;

    if (array_grow(&p->all, p->n, sizeof *p->all, &ignored) != 0)
        return NULL;
    if (new->name[0] == '\0' || person_find(p, new->name) != NULL)
        name_by_number(p, new->name, sizeof new->name);
    p->all[p->n] = *new;
    return &p->all[p->n++];
}

/* Nobody has two keys in a role: this key, of whatever roles, gets a holder of its own. */
static struct person *person_split(struct people *p, size_t from, const struct key *key)
{
    struct person new = {0}, *to, *old;
    size_t kept = 0;

    if (is_online_key(p->root, key))
        strcpy(new.name, online_side);
    to = person_new(p, &new);
    old = &p->all[from]; /* which may have moved */
    /* room as array_grow makes it, before anything moves */
    if (to == NULL || (to->keys = calloc(2 * old->nkeys, sizeof *to->keys)) == NULL)
        return NULL;
    for (size_t i = 0; i < old->nkeys; i++)
        if (is_of(&old->keys[i], key))
            to->keys[to->nkeys++] = old->keys[i];
        else
            old->keys[kept++] = old->keys[i];
    old->nkeys = kept;
    return to;
}

/* The holder of one key; a role that lists it by two ids has it once. */
static int add_key(struct people *p, const struct found *f, const struct keyring_entry *key,
                   const char *role, struct err *e)
{
    const struct key_record *record = key_records_find(&f->records, key_id(key->key));
    struct person new = {.token = record != NULL ? record->token : NULL, .record = record};
    struct person *old = person_with(p, key->key);
    const struct person_key *has = old != NULL ? key_for(old, role) : NULL;

    if (has != NULL && is_of(has, key->key))
        return 0;
    if (has != NULL)
        old = person_split(p, (size_t)(old - p->all), key->key);
    else if (old == NULL) {
        name_of(p, f, record, key->key, new.name, sizeof new.name);
        old = person_find(p, new.name);
        if (old == NULL || key_for(old, role) != NULL)
            old = person_new(p, &new);
    }
    return old != NULL ? person_take(old, role, key, e) : err_oom(e);
}

/* A plan does not take two names that look alike: one of them becomes a number. */
static int tell_apart(struct people *p, struct err *e)
{
    const char **names = calloc(p->n + 1, sizeof *names), *a = "", *b;
    int rc = names != NULL ? 0 : err_oom(e);

    while (rc == 0 && a != NULL) {
        for (size_t i = 0; i < p->n; i++)
            names[i] = p->all[i].name;
        rc = names_alike(names, p->n, &a, &b, e);
        if (rc == 0 && a != NULL) {
            struct person *other = person_find(p, b);
            char name[sizeof other->name] = "";

            name_by_number(p, name, sizeof name);
            strcpy(other->name, name);
        }
    }
    free(names);
    return rc;
}

int people_add(struct people *p, const struct found *f, const struct role *role,
               const struct keyring *keys, const char *name, struct err *e)
{
    for (size_t i = 0; i < role->n; i++) {
        const struct keyring_entry *key = keyring_find(keys, role->keyids[i]);

        if (key != NULL && add_key(p, f, key, name, e) != 0)
            return -1;
    }
    return tell_apart(p, e);
}

bool derive_is_online(const struct root *r, const struct role *role, const struct keyring *keys)
{
    return role_all(role, keys, is_online_key, r);
}

/* A number of days, 1 to 3650; 0: none is stated. */
static int days_in(struct json object)
{
    static const char *const members[] = {"x-tuf-on-ci-expiry-period", "x-rstuf-expire-policy"};
    struct json v;

    for (size_t i = 0; object.n > 0 && i < sizeof members / sizeof members[0]; i++)
        if (json_get(object, members[i], &v) && json_kind(v) == JSON_INTEGER &&
            json_integer(v) >= 1 && json_integer(v) <= 3650)
            return (int)json_integer(v);
    return 0;
}

void derive_put_expires(cJSON *out, const struct derive_wish *w, struct json object,
                        struct json entry)
{
    int days = days_in(object) > 0 ? days_in(object) : days_in(entry);
    char text[24] = "1 year";

    if (days > 0)
        snprintf(text, sizeof text, "%d day%s", days, days == 1 ? "" : "s");
    cJSON_AddStringToObject(out, "expires", w->expires != NULL ? w->expires : text);
}

static bool fits_plan(const char *value)
{
    size_t n = value != NULL ? strlen(value) : 0;

    return n > 0 && n <= 64 && plain_is(span_str(value)) && value[0] != ' ' && value[n - 1] != ' ';
}

/* What was recorded of the token when its key was made; what a plan can't hold is left out. */
static void put_token(const struct key_record *record, cJSON *holder)
{
    const struct {
        const char *name, *value;
    } facts[] = {{"manufacturer", record != NULL ? record->manufacturer : NULL},
                 {"model", record != NULL ? record->model : NULL},
                 {"serial", record != NULL ? record->serial : NULL},
                 {"firmware", record != NULL ? record->firmware : NULL}};
    cJSON *is = NULL;

    for (size_t i = 0; i < sizeof facts / sizeof facts[0]; i++) {
        const char *value = facts[i].value;

        if (!fits_plan(value))
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
        const char *bag = p->all[i].record != NULL ? p->all[i].record->bag : NULL;

        cJSON_AddStringToObject(holder, "name", p->all[i].name);
        if (fits_plan(bag))
            cJSON_AddStringToObject(holder, "bag", bag);
        if (p->all[i].token != NULL)
            cJSON_AddStringToObject(holder, "token", p->all[i].token);
        put_token(p->all[i].record, holder);
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

    for (size_t i = 0; i < role->n; i++) /* in the role's order */
        for (size_t k = 0; k < p->n; k++) {
            const struct person_key *key_of = key_for(&p->all[k], name);

            if (key_of != NULL && strcmp(key_of->keyid, role->keyids[i]) == 0)
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

/* The i-th key of an online role; NULL when it is not there, or stands before by another id. */
static const char *online_keyid(const struct root *r, const struct role *role, size_t i)
{
    return role_first(role, &r->keys, i) ? role->keyids[i] : NULL;
}

void derive_put_online_keys(cJSON *out, const struct role *role, const struct root *r,
                            cJSON *online)
{
    cJSON *keys = cJSON_AddArrayToObject(out, "online_keys");
    char name[24];

    for (size_t i = 0; i < role->n; i++) {
        if (online_keyid(r, role, i) == NULL)
            continue;
        online_name(online, online_keyid(r, role, i), name, sizeof name);
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
            if (online_keyid(r, &r->roles[roles[i]], k) != NULL)
                online_name(list, online_keyid(r, &r->roles[roles[i]], k), name, sizeof name);
}
