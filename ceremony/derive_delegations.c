/* SPDX-License-Identifier: Apache-2.0 */
/* The delegated roles in force that people sign, as a plan says them: shaped by the plan of the
 * ceremony before, where the folder has it, and signed by whom the metadata names. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "ceremony/derive_people.h"
#include "ceremony/pool.h"
#include "metadata/compose.h"

/* Delegated roles that people sign, of one entry of the plan to be. */
struct delegated {
    const struct targets *by;
    const char *by_name;
    const struct delegation *d; /* of the first of them */
    const char *file; /* the first role that is there; a bin is named otherwise than `d` */
    const struct plan_role *entry; /* of the plan before, or NULL */
    const char *name;              /* as the plan to be writes it */
    const char *same_as;           /* another role that has these keys, or NULL */
};

struct delegated_list {
    struct delegated *items;
    size_t n;
};

/* Online: every key is one of snapshot's or timestamp's. */
static bool is_online(const struct trusted *t, const struct role *role, const struct keyring *keys)
{
    static const enum signed_type online[] = {SIGNED_SNAPSHOT, SIGNED_TIMESTAMP};

    for (size_t i = 0; i < role->n; i++) {
        const struct keyring_entry *entry = keyring_find(keys, role->keyids[i]);
        bool found = false;

        for (size_t k = 0; entry != NULL && k < 2; k++)
            for (size_t j = 0; j < t->root->roles[online[k]].n; j++) {
                const struct key *key = trusted_key(t, t->root->roles[online[k]].keyids[j]);

                found = found || (key != NULL && key_same_material(key, entry->key));
            }
        if (!found)
            return false;
    }
    return true;
}

/* Is one of the keys on a card, so that it is known to be a keyholder's? */
static bool has_card(const struct found *f, const struct role *role, const struct keyring *keys)
{
    for (size_t i = 0; i < role->n; i++) {
        const struct keyring_entry *entry = keyring_find(keys, role->keyids[i]);

        if (entry != NULL && cards_find(&f->cards, key_id(entry->key)) != NULL)
            return true;
    }
    return false;
}

/* Those that the committee signs: directly below targets all that are not online, further down
 * (projects, with their developers' keys) those of known keyholders. */
static bool is_ours(const struct found *f, const struct trusted *t, const struct targets *by,
                    const struct role *role)
{
    if (is_online(t, role, &by->keys))
        return false;
    return by == &t->targets || has_card(f, role, &by->keys);
}

/* A file that is copied. */
struct copy {
    const struct found *f;
    const struct found_file *file;
};

/* A store_source's `give`: what is written is what was held against the snapshot. */
static int give_file(const void *self, store_part *put, void *to, struct err *e)
{
    const struct copy *c = self;
    struct bytes data;
    int rc;

    bytes_init(&data);
    rc = c->f->store->ops->read(c->f->store->self, c->file->name, STORE_MAX_FILE, &data, e);
    if (rc == 0)
        rc = err_set(e, ERR_IO, "'%s' went away while it was read", c->file->name);
    else if (rc > 0)
        rc = found_hold(c->file, c->file->role, bytes_span(&data), e) == 0
                 ? put(to, bytes_span(&data), e)
                 : -1;
    bytes_clear(&data);
    return rc;
}

/* The files of one level of the tree: they are made lasting together. */
struct level {
    struct pool memory;
    struct copy *copies;
    struct store_file *files;
    bool *wanted; /* by found.delegated: several roles may delegate to one */
    size_t n;
};

static int level_begin(struct level *l, size_t files, struct err *e)
{
    *l = (struct level){0};
    l->copies = pool_take(&l->memory, files + 1, sizeof *l->copies);
    l->files = pool_take(&l->memory, files + 1, sizeof *l->files);
    l->wanted = pool_take(&l->memory, files + 1, sizeof *l->wanted);
    return l->copies != NULL && l->files != NULL && l->wanted != NULL ? 0 : err_oom(e);
}

static int level_add(struct level *l, const struct found *f, const struct found_file *file,
                     struct err *e)
{
    struct bytes name;

    bytes_init(&name);
    bytes_printf(&name, TRUSTED_FOLDER "/%" PRId64 ".%s.json", file->version, file->role);
    l->copies[l->n] = (struct copy){f, file};
    l->files[l->n].from = (struct store_source){give_file, &l->copies[l->n]};
    l->files[l->n].name = bytes_failed(&name) ? NULL : pool_str(&l->memory, bytes_span(&name));
    bytes_clear(&name);
    return l->files[l->n++].name != NULL ? 0 : err_oom(e);
}

/* The files of the roles that `by` delegates to and people sign. */
static int want_below(const struct found *f, const struct trusted *t, const struct targets *by,
                      struct level *l, struct err *e)
{
    for (size_t i = 0; by->n > 0 && i < f->ndelegated; i++) {
        const struct found_file *file = &f->delegated[i];
        const struct delegation *d = targets_delegation(by, file->role);

        if (d == NULL || l->wanted[i] || trusted_file(t, file->role) != NULL ||
            !is_ours(f, t, by, &d->role))
            continue;
        l->wanted[i] = true;
        if (level_add(l, f, file, e) != 0)
            return -1;
    }
    return 0;
}

/* Copies what is below the roles that were copied; `*n` counts the files. */
static int copy_level(const struct found *f, const struct trusted *t, struct store *to, size_t *n,
                      struct err *e)
{
    struct level l;
    int rc = level_begin(&l, f->ndelegated, e);

    if (rc == 0)
        rc = want_below(f, t, &t->targets, &l, e);
    for (size_t i = 0; rc == 0 && i < t->nfiles; i++)
        rc = want_below(f, t, &t->files[i].targets, &l, e);
    if (rc == 0)
        rc = to->ops->write_many(to->self, l.files, l.n, e);
    *n = l.n;
    pool_clear(&l.memory);
    return rc;
}

static int reload(struct store *to, struct trusted **t, struct err *e)
{
    struct trusted *again;

    if (trusted_load(to, (*t)->root->head.version, (*t)->targets.head.version, &again, e) != 0)
        return -1;
    trusted_free(*t);
    *t = again;
    return 0;
}

/* The entry of the plan before that has this role among its members; NULL: none, or no such plan.
 */
static const struct plan_role *entry_of(const struct plan *before, const char *role)
{
    for (size_t i = SIGNED_TYPES; before != NULL && i < before->nroles; i++)
        for (size_t k = 0; k < before->roles[i].nmembers; k++)
            if (strcmp(before->roles[i].members[k], role) == 0)
                return &before->roles[i];
    return NULL;
}

/* The role, said before, that has the same keys. */
static const char *same_as(const struct delegated_list *l, const struct trusted *t,
                           const struct role *role)
{
    static const enum signed_type top[] = {SIGNED_ROOT, SIGNED_TARGETS};

    for (size_t i = 0; i < 2; i++)
        if (derive_same_keys(role, &t->root->roles[top[i]]))
            return signed_type_name(top[i]);
    for (size_t i = 0; i < l->n; i++)
        if (derive_same_keys(role, &l->items[i].d->role))
            return l->items[i].name;
    return NULL;
}

static int list_one(const struct found *f, const struct trusted *t, struct delegated *new,
                    struct delegated_list *l, struct err *e)
{
    struct delegated *more;

    new->entry = entry_of(f->before, new->file);
    for (size_t i = 0; i < l->n; i++)
        if ((new->entry != NULL && l->items[i].entry == new->entry) ||
            strcmp(l->items[i].file, new->file) == 0)
            return 0; /* one of a family that is listed; or delegated to from elsewhere, in a ring
                       */
    new->name = new->entry != NULL ? new->entry->name : new->file;
    new->same_as = same_as(l, t, &new->d->role);
    if ((more = realloc(l->items, (l->n + 1) * sizeof *more)) == NULL)
        return err_oom(e);
    l->items = more;
    more[l->n++] = *new;
    return 0;
}

/* What `by` delegates to, in its order, as far as it is ours and its file is there. */
static int list_below(const struct found *f, const struct trusted *t, const struct targets *by,
                      const char *by_name, struct delegated_list *l, struct err *e)
{
    for (size_t i = 0; i < by->n; i++) {
        struct delegated new = {.by = by, .by_name = by_name, .d = &by->delegations[i]};
        const struct trusted_file *file = trusted_file(t, new.d->role.name);

        for (size_t k = 0; new.d->bit_length > 0 && file == NULL &&k < t->nfiles; k++)
            if (targets_delegation(by, t->files[k].role) == new.d)
                file = &t->files[k];
        if (file == NULL || !is_ours(f, t, by, &new.d->role))
            continue;
        new.file = file->role;
        if (list_one(f, t, &new, l, e) != 0)
            return -1;
    }
    return 0;
}

static int list_all(const struct found *f, const struct trusted *t, struct delegated_list *l,
                    struct err *e)
{
    *l = (struct delegated_list){0};
    if (t->targets_envelope == NULL)
        return 0;
    if (list_below(f, t, &t->targets, signed_type_name(SIGNED_TARGETS), l, e) != 0)
        return -1;
    for (size_t i = 0; i < l->n; i++) /* grows as it is walked */
        if (list_below(f, t, &trusted_file(t, l->items[i].file)->targets, l->items[i].file, l, e) !=
            0)
            return -1;
    return 0;
}

/* Names the holders of keys that no role above has. */
static int name_holders(const struct found *f, const struct trusted *t, struct people *p,
                        struct err *e)
{
    struct delegated_list l;
    int rc = list_all(f, t, &l, e);

    for (size_t i = 0; rc == 0 && i < l.n; i++) {
        const struct delegated *d = &l.items[i];

        for (size_t k = 0; rc == 0 && d->same_as == NULL && k < d->d->role.n; k++) {
            const struct keyring_entry *key = keyring_find(&d->by->keys, d->d->role.keyids[k]);

            rc = people_add(p, f, key != NULL ? key->key : NULL, d->name, d->d->role.keyids[k], e);
        }
    }
    free(l.items);
    return rc;
}

int derive_copy_delegated(const struct found *f, struct trusted **t, struct people *p,
                          struct store *to, struct err *e)
{
    size_t n = 1;

    if ((*t)->targets_envelope == NULL)
        return 0;
    for (unsigned depth = 0; n > 0 && depth < 16; depth++) { /* one level of the tree at a time */
        if (copy_level(f, *t, to, &n, e) != 0)
            return -1;
        if (n > 0 && reload(to, t, e) != 0)
            return -1;
    }
    return name_holders(f, *t, p, e);
}

static void put_texts(cJSON *out, const char *member, char *const *texts, size_t n)
{
    cJSON *list = cJSON_AddArrayToObject(out, member);

    for (size_t i = 0; i < n; i++)
        cJSON_AddItemToArray(list, cJSON_CreateString(texts[i]));
}

static int put_json(cJSON *out, const char *member, struct json list, struct err *e)
{
    struct bytes text;
    cJSON *tree;

    bytes_init(&text);
    json_print(json_span(list), 0, &text);
    tree = bytes_failed(&text) ? NULL : cJSON_Parse(bytes_str(&text));
    bytes_clear(&text);
    if (tree == NULL)
        return err_oom(e);
    cJSON_AddItemToObject(out, member, tree);
    return 0;
}

/* Its share of paths, as the plan before said it. */
static void put_shape(cJSON *out, const struct plan_delegation *d)
{
    cJSON *each;

    if (d->nvariables > 0) {
        each = cJSON_AddObjectToObject(out, "each");
        for (size_t i = 0; i < d->nvariables; i++)
            put_texts(each, d->variables[i].name, d->variables[i].values, d->variables[i].n);
    }
    if (d->npaths > 0)
        put_texts(out, "paths", d->paths, d->npaths);
    if (d->nprefixes > 0)
        put_texts(out, "hash_prefixes", d->prefixes, d->nprefixes);
    if (d->bit_length > 0) {
        cJSON_AddNumberToObject(out, "bins", (double)(1U << d->bit_length));
        cJSON_AddBoolToObject(out, "succinct", d->succinct);
    }
    cJSON_AddBoolToObject(out, "terminating", d->terminating);
}

static int put_entry(const struct delegated *d, const struct people *p, const struct derive_wish *w,
                     cJSON *list, struct err *e)
{
    cJSON *out = cJSON_CreateObject();

    cJSON_AddItemToArray(list, out);
    cJSON_AddStringToObject(out, "name", d->name);
    cJSON_AddStringToObject(out, "by", d->by_name);
    if (d->entry != NULL)
        put_shape(out, d->entry->delegation);
    else if (d->d->paths.n > 0 && put_json(out, "paths", d->d->paths, e) != 0)
        return -1;
    else if (d->d->prefixes.n > 0 && put_json(out, "hash_prefixes", d->d->prefixes, e) != 0)
        return -1;
    if (d->entry == NULL)
        cJSON_AddBoolToObject(out, "terminating", d->d->terminating);
    if (d->same_as != NULL) {
        cJSON_AddStringToObject(out, "same_keys_as", d->same_as);
        cJSON_AddNumberToObject(out, "threshold", d->d->role.threshold);
    } else
        derive_put_holders(out, &d->d->role, d->name, &d->by->keys, p, w);
    cJSON_AddStringToObject(out, "expires", w->expires != NULL ? w->expires : "1 year");
    return 0;
}

int derive_put_delegated(const struct found *f, const struct trusted *t, const struct people *p,
                         const struct derive_wish *w, cJSON *plan, struct err *e)
{
    cJSON *list, *sign = cJSON_GetObjectItem(plan, "sign");
    struct delegated_list l;
    int rc = list_all(f, t, &l, e);

    if (rc == 0 && l.n > 0) {
        list = cJSON_AddArrayToObject(plan, "delegations");
        for (size_t i = 0; rc == 0 && i < l.n; i++) {
            rc = put_entry(&l.items[i], p, w, list, e);
            cJSON_AddItemToArray(sign, cJSON_CreateString(l.items[i].name));
        }
    }
    free(l.items);
    return rc;
}
