/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/derive.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "ceremony/derive_found.h"
#include "metadata/plain.h"

/* People and keys of the root in force, as the plan will name them. */
struct person {
    char name[48];
    const char *keyids[SIGNED_TYPES]; /* borrowed from the root */
    const char *token;                /* borrowed from a card, or NULL */
};

struct people {
    struct person *all;
    size_t n;
};

static int copy(struct store *from, const char *name, struct store *to, const char *role,
                int64_t version, struct err *e)
{
    struct bytes data;
    char target[64];
    int rc;

    bytes_init(&data);
    snprintf(target, sizeof target, TRUSTED_FOLDER "/%" PRId64 ".%s.json", version, role);
    rc = from->ops->read(from->self, name, STORE_MAX_FILE, &data, e);
    if (rc == 0)
        rc = err_set(e, ERR_IO, "'%s' went away while it was read", name);
    else if (rc > 0)
        rc = to->ops->write(to->self, target, bytes_span(&data), e);
    bytes_clear(&data);
    return rc;
}

/* The newest root and those before it without a gap; the newest targets. */
static int copy_trusted(const struct found *f, struct store *to, struct err *e)
{
    for (size_t i = f->nroots; i-- > 0;) {
        if (i + 1 < f->nroots && f->roots[i].version + 1 != f->roots[i + 1].version)
            break;
        if (copy(f->store, f->roots[i].name, to, "root", f->roots[i].version, e) != 0)
            return -1;
    }
    return f->targets.name == NULL
               ? 0
               : copy(f->store, f->targets.name, to, "targets", f->targets.version, e);
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

static struct person *person_find(struct people *p, const char *name)
{
    for (size_t i = 0; i < p->n; i++)
        if (strcmp(p->all[i].name, name) == 0)
            return &p->all[i];
    return NULL;
}

static int person_add(struct people *p, const struct found *f, const struct trusted *t,
                      enum signed_type role, const char *keyid, struct err *e)
{
    const struct key *key = trusted_key(t, keyid);
    const struct card *card = key != NULL ? cards_find(&f->cards, key_id(key)) : NULL;
    struct person new = {.token = card != NULL ? card->token : NULL}, *old, *more;

    if (key == NULL) {
        err_set(e, ERR_INPUT, "the root in force names a key that it does not hold: %s", keyid);
        return err_todo(e, "repair the repository's root by hand first");
    }
    if (card != NULL && strlen(card->holder) < sizeof new.name &&plain_is(span_str(card->holder)))
        strcpy(new.name, card->holder);
    else if (!name_in_key(key, new.name, sizeof new.name))
        snprintf(new.name, sizeof new.name, "keyholder %zu", p->n + 1);
    old = person_find(p, new.name);
    if (old != NULL && old->keyids[role] == NULL) {
        old->keyids[role] = keyid;
        return 0;
    }
    if (old != NULL)
        snprintf(new.name, sizeof new.name, "keyholder %zu", p->n + 1);
    new.keyids[role] = keyid;
    if ((more = realloc(p->all, (p->n + 1) * sizeof *more)) == NULL)
        return err_oom(e);
    p->all = more;
    more[p->n++] = new;
    return 0;
}

static bool same_keys(const struct role *a, const struct role *b)
{
    for (size_t i = 0; i < a->n; i++)
        if (!role_has(b, a->keyids[i]))
            return false;
    return a->n == b->n;
}

/* Are all keys of this role keys of snapshot or timestamp? */
static bool is_online(const struct root *r, enum signed_type type)
{
    const struct role *role = &r->roles[type];

    for (size_t i = 0; i < role->n; i++)
        if (!role_has(&r->roles[SIGNED_SNAPSHOT], role->keyids[i]) &&
            !role_has(&r->roles[SIGNED_TIMESTAMP], role->keyids[i]))
            return false;
    return true;
}

static void put_people(cJSON *plan, const struct people *p)
{
    cJSON *list = cJSON_AddArrayToObject(plan, "keyholders");

    for (size_t i = 0; i < p->n; i++) {
        cJSON *holder = cJSON_CreateObject(), *keys;

        cJSON_AddStringToObject(holder, "name", p->all[i].name);
        if (p->all[i].token != NULL)
            cJSON_AddStringToObject(holder, "token", p->all[i].token);
        keys = cJSON_AddObjectToObject(holder, "keys");
        for (unsigned t = 0; t < SIGNED_TYPES; t++)
            if (p->all[i].keyids[t] != NULL)
                cJSON_AddStringToObject(keys, signed_type_name((enum signed_type)t),
                                        p->all[i].keyids[t]);
        cJSON_AddItemToArray(list, holder);
    }
}

/* The name of an online key: "online", "online 2", ... by its place in the plan's list. */
static void online_name(cJSON *list, const char *keyid, char *out, size_t size)
{
    cJSON *item;
    int i = 0;

    cJSON_ArrayForEach(item, list)
    {
        i++;
        if (strcmp(cJSON_GetStringValue(cJSON_GetObjectItem(item, "keyid")), keyid) == 0)
            break;
    }
    if (i == 1)
        snprintf(out, size, "online");
    else
        snprintf(out, size, "online %d", i);
}

static void put_online(cJSON *plan, const struct root *r)
{
    static const enum signed_type roles[] = {SIGNED_SNAPSHOT, SIGNED_TIMESTAMP};
    cJSON *list = cJSON_AddArrayToObject(plan, "online_keys"), *item;
    char name[24];

    for (size_t i = 0; i < 2; i++) {
        const struct role *role = &r->roles[roles[i]];

        for (size_t k = 0; k < role->n; k++) {
            if (i == 1 && role_has(&r->roles[SIGNED_SNAPSHOT], role->keyids[k]))
                continue;
            item = cJSON_CreateObject();
            cJSON_AddStringToObject(item, "keyid", role->keyids[k]);
            cJSON_AddItemToArray(list, item);
            online_name(list, role->keyids[k], name, sizeof name);
            cJSON_AddStringToObject(item, "name", name);
        }
    }
}

static void put_online_role(cJSON *roles, const struct role *role, cJSON *online)
{
    cJSON *out = cJSON_AddObjectToObject(roles, role->name);
    cJSON *keys = cJSON_AddArrayToObject(out, "online_keys");
    char name[24];

    for (size_t i = 0; i < role->n; i++) {
        online_name(online, role->keyids[i], name, sizeof name);
        cJSON_AddItemToArray(keys, cJSON_CreateString(name));
    }
    cJSON_AddNumberToObject(out, "threshold", role->threshold);
}

static void put_offline_role(cJSON *roles, const struct root *r, enum signed_type type,
                             const struct people *p, const struct derive_wish *w)
{
    const struct role *role = &r->roles[type];
    const struct keyring_entry *first = keyring_find(&r->keys, role->keyids[0]);
    enum key_type key = first != NULL ? key_type(first->key) : KEY_UNKNOWN;
    cJSON *out = cJSON_AddObjectToObject(roles, role->name), *names;

    if (type != SIGNED_ROOT && same_keys(role, &r->roles[SIGNED_ROOT]))
        cJSON_AddStringToObject(out, "same_keys_as", "root");
    else {
        names = cJSON_AddArrayToObject(out, "keyholders");
        for (size_t i = 0; i < role->n; i++)
            for (size_t k = 0; k < p->n; k++)
                if (p->all[k].keyids[type] != NULL &&
                    strcmp(p->all[k].keyids[type], role->keyids[i]) == 0)
                    cJSON_AddItemToArray(names, cJSON_CreateString(p->all[k].name));
        cJSON_AddStringToObject(
            out, "key_type",
            w->key_type != NULL ? w->key_type : key_type_name(key < KEY_UNKNOWN ? key : KEY_P256));
    }
    cJSON_AddNumberToObject(out, "threshold", role->threshold);
    cJSON_AddStringToObject(out, "expires", w->expires != NULL ? w->expires : "1 year");
}

static int name_people(const struct found *f, const struct trusted *t, struct people *out,
                       struct err *e)
{
    const struct root *r = t->root;
    bool own = !is_online(r, SIGNED_TARGETS) &&
               !same_keys(&r->roles[SIGNED_TARGETS], &r->roles[SIGNED_ROOT]);

    for (size_t i = 0; i < r->roles[SIGNED_ROOT].n; i++)
        if (person_add(out, f, t, SIGNED_ROOT, r->roles[SIGNED_ROOT].keyids[i], e) != 0)
            return -1;
    for (size_t i = 0; own && i < r->roles[SIGNED_TARGETS].n; i++)
        if (person_add(out, f, t, SIGNED_TARGETS, r->roles[SIGNED_TARGETS].keyids[i], e) != 0)
            return -1;
    return 0;
}

static cJSON *make_plan(const struct found *f, const struct trusted *t, const struct people *p,
                        const struct derive_wish *w)
{
    const struct root *r = t->root;
    cJSON *plan = cJSON_CreateObject(), *trusted, *roles, *sign;
    bool targets = t->targets_envelope != NULL && !is_online(r, SIGNED_TARGETS);

    cJSON_AddNumberToObject(plan, "tuf-ceremony-plan", 1);
    cJSON_AddStringToObject(plan, "title", w->title != NULL ? w->title : "Root key ceremony");
    cJSON_AddBoolToObject(plan, "rehearsal", w->rehearsal);
    trusted = cJSON_AddObjectToObject(plan, "trusted");
    cJSON_AddNumberToObject(trusted, "root", (double)r->head.version);
    if (t->targets_envelope != NULL)
        cJSON_AddNumberToObject(trusted, "targets", (double)t->targets.head.version);
    if (f->day[0] != '\0')
        cJSON_AddStringToObject(trusted, "day", f->day);
    put_people(plan, p);
    put_online(plan, r);
    roles = cJSON_AddObjectToObject(plan, "roles");
    put_offline_role(roles, r, SIGNED_ROOT, p, w);
    if (is_online(r, SIGNED_TARGETS))
        put_online_role(roles, &r->roles[SIGNED_TARGETS], cJSON_GetObjectItem(plan, "online_keys"));
    else
        put_offline_role(roles, r, SIGNED_TARGETS, p, w);
    put_online_role(roles, &r->roles[SIGNED_SNAPSHOT], cJSON_GetObjectItem(plan, "online_keys"));
    put_online_role(roles, &r->roles[SIGNED_TIMESTAMP], cJSON_GetObjectItem(plan, "online_keys"));
    sign = cJSON_AddArrayToObject(plan, "sign");
    cJSON_AddItemToArray(sign, cJSON_CreateString("root"));
    if (targets)
        cJSON_AddItemToArray(sign, cJSON_CreateString("targets"));
    if (w->edit != NULL)
        w->edit(w->arg, plan);
    return plan;
}

static int write_plan(const cJSON *plan, struct store *to, struct err *e)
{
    char *text = cJSON_Print(plan);
    struct bytes out;
    int rc;

    if (text == NULL)
        return err_oom(e);
    bytes_init(&out);
    bytes_put_str(&out, text);
    bytes_put_u8(&out, '\n');
    cJSON_free(text);
    rc = bytes_failed(&out) ? err_oom(e)
                            : to->ops->write(to->self, "plan.json", bytes_span(&out), e);
    bytes_clear(&out);
    return rc;
}

int plan_derive(struct store *from, const struct derive_wish *wish, struct store *to, struct err *e)
{
    struct found f;
    struct people p = {0};
    struct trusted *t = NULL;
    struct plan *check = NULL;
    cJSON *plan = NULL;
    int rc = -1;

    if (found_read(from, &f, e) != 0)
        return -1;
    if (copy_trusted(&f, to, e) != 0 ||
        trusted_load(to, f.roots[f.nroots - 1].version, f.targets.version, &t, e) != 0 ||
        name_people(&f, t, &p, e) != 0)
        goto out;
    plan = make_plan(&f, t, &p, wish);
    if ((wish->first_root && derive_first(plan, t, to, e) != 0) || write_plan(plan, to, e) != 0)
        goto out;
    rc = plan_load(to, &check, e); /* what we write must be what we read */
out:
    cJSON_Delete(plan);
    plan_free(check);
    trusted_free(t);
    free(p.all);
    found_clear(&f);
    return rc;
}
