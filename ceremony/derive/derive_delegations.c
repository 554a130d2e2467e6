/* SPDX-License-Identifier: Apache-2.0 */
/* The delegated roles in force that people sign, as a plan says them: shaped by the plan of the
 * ceremony before, where the folder has it, and signed by whom the metadata names. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "ceremony/base/pool.h"
#include "ceremony/derive/derive_found.h"
#include "ceremony/derive/derive_people.h"
#include "metadata/base/array.h"
#include "metadata/compose.h"
#include "metadata/file_name.h"

/*
 * The files of delegated roles in force, on their way from a folder into inputs/trusted/: those that
 * people sign, which must be sound, and those of the online side, which the client's view looks at.
 */
#define DERIVE_ONLINE_MAX 1024

/* Is one of the keys in a key record, so that it is known to be a keyholder's? */
static bool has_record(const struct found *f, const struct role *role, const struct keyring *keys)
{
    for (size_t i = 0; i < role->n; i++) {
        const struct keyring_entry *entry = keyring_find(keys, role->keyids[i]);

        if (entry != NULL && key_records_find(&f->records, key_id(entry->key)) != NULL)
            return true;
    }
    return false;
}

/* Those that the committee signs: directly below targets all that are not online, further down
 * (projects, with their developers' keys) those of known keyholders. */
static bool derive_is_ours(const struct found *f, const struct trusted *t, const struct targets *by,
                           const struct role *role)
{
    if (derive_is_online(t->root, role, &by->keys))
        return false;
    return by == &t->targets || has_record(f, role, &by->keys);
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
    struct bytes data = {0};
    int rc;

    rc = c->f->store->ops->read(c->f->store->self, c->file->name, STORE_MAX_FILE, &data, e);
    if (rc == 0)
        rc = err_set(e, ERR_IO, "'%s' went away while it was read", c->file->name);
    else if (rc > 0)
        rc = found_check_file(c->file, c->file->role, bytes_span(&data), e) == 0
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
    struct bytes name = {0};

    bytes_put_str(&name, TRUSTED_FOLDER "/");
    file_name_put(&name, file->version, file->role);
    l->copies[l->n] = (struct copy){f, file};
    l->files[l->n].from = (struct store_source){give_file, &l->copies[l->n]};
    l->files[l->n].name = bytes_failed(&name) ? NULL : pool_str(&l->memory, bytes_span(&name));
    bytes_clear(&name);
    return l->files[l->n++].name != NULL ? 0 : err_oom(e);
}

/* Is the file of the online side one that clients accept today, but for its expiry? */
static int is_sound(const struct found *f, const struct found_file *file, const struct role *role,
                    const struct keyring *keys, bool *sound, struct err *e)
{
    struct envelope *env = NULL;
    struct targets model = {0};
    struct tally tally;
    struct bytes data = {0};
    struct err why;
    int found;

    *sound = false;
    err_clear(&why);
    if ((found = f->store->ops->read(f->store->self, file->name, STORE_MAX_FILE, &data, e)) > 0 &&
        found_check_file(file, file->role, bytes_span(&data), &why) == 0 &&
        envelope_take(&data, file->name, &env, &why) == 0 &&
        targets_read(envelope_object(env), &model, &why) == 0 &&
        envelope_tally(env, role, keys, &tally, &why) == 0) {
        *sound = tally_reached(&tally) && model.head.version == file->version;
        tally_clear(&tally);
    }
    targets_clear(&model);
    envelope_free(env);
    bytes_clear(&data);
    if (found >= 0 && why.code != ERR_INTERNAL)
        return 0;
    if (found >= 0)
        *e = why;
    return -1;
}

/* The files of the roles that `by` delegates to and people sign, or with `online` the others. */
static int want_below(const struct found *f, const struct trusted *t, const struct targets *by,
                      bool online, struct level *l, struct err *e)
{
    for (size_t i = 0; by->n > 0 && i < f->ndelegated; i++) {
        const struct found_file *file = &f->delegated[i];
        const struct delegation *d = targets_delegation(by, file->role);
        bool take = !online || l->n <= DERIVE_ONLINE_MAX;

        if (d == NULL || l->wanted[i] || trusted_file(t, file->role) != NULL ||
            derive_is_ours(f, t, by, &d->role) == online)
            continue;
        if (online && take && is_sound(f, file, &d->role, &by->keys, &take, e) != 0)
            return -1;
        l->wanted[i] = take;
        if (take && level_add(l, f, file, e) != 0)
            return -1;
    }
    return 0;
}

static int derive_copy_level(const struct found *f, const struct trusted *t, bool online,
                             struct store *to, size_t *n, struct err *e)
{
    struct level l;
    int rc = level_begin(&l, f->ndelegated, e);

    if (rc == 0)
        rc = want_below(f, t, &t->targets, online, &l, e);
    for (size_t i = 0; rc == 0 && i < t->nfiles; i++)
        rc = want_below(f, t, &t->files[i].targets, online, &l, e);
    if (online && l.n > DERIVE_ONLINE_MAX)
        l.n = 0;
    if (rc == 0)
        rc = to->ops->write_many(to->self, l.files, l.n, e);
    *n = l.n;
    pool_clear(&l.memory);
    return rc;
}

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

/* An instance of an entry of the plan before. */
struct entry_instance {
    const char *name;
    const struct plan_role *entry;
};

struct delegated_list {
    struct delegated *items;
    size_t n;
    struct entry_instance *instances; /* by name */
    size_t ninstances;
    bool *listed; /* by trusted.files: it is one of the items, or of one's entry */
};

static int reload(struct store *to, struct trusted **t, struct err *e)
{
    struct trusted *again;

    if (trusted_load(to, (*t)->root->head.version, (*t)->targets.head.version, &again, e) != 0)
        return -1;
    trusted_free(*t);
    *t = again;
    return 0;
}

static void list_clear(struct delegated_list *l)
{
    free(l->items);
    free(l->instances);
    free(l->listed);
}

/* The entry of the plan before that has this role among its instances; NULL: none, or no such plan.
 */
static const struct plan_role *entry_of(const struct delegated_list *l, const char *role)
{
    const struct entry_instance *found =
        array_find(l->instances, l->ninstances, sizeof *l->instances, role);

    return found != NULL ? found->entry : NULL;
}

/* The role, said before, that has the same keys as the new one. */
static const char *same_as(const struct delegated_list *l, const struct trusted *t,
                           const struct delegated *new)
{
    const struct role *role = &new->d->role;
    const struct keyring *keys = &new->by->keys;

    static const enum signed_type top[] = {SIGNED_ROOT, SIGNED_TARGETS};

    for (size_t i = 0; i < 2; i++)
        if (role_same_keys(role, keys, &t->root->roles[top[i]], &t->root->keys))
            return signed_type_name(top[i]);
    for (size_t i = 0; i < l->n; i++)
        if (role_same_keys(role, keys, &l->items[i].d->role, &l->items[i].by->keys))
            return l->items[i].name;
    return NULL;
}

/* Not one of a role template that is listed, nor one that is delegated to from elsewhere too. */
static void list_one(const struct trusted *t, const struct trusted_file *file,
                     struct delegated *new, struct delegated_list *l)
{
    if (l->listed[file - t->files])
        return;
    l->listed[file - t->files] = true;
    new->file = file->role;
    new->entry = entry_of(l, file->role);
    for (size_t k = 0; new->entry != NULL &&k < new->entry->ninstances; k++) {
        const struct trusted_file *other = trusted_file(t, new->entry->instances[k]);

        if (other != NULL)
            l->listed[other - t->files] = true;
    }
    new->name = new->entry != NULL ? new->entry->name : new->file;
    new->same_as = same_as(l, t, new);
    l->items[l->n++] = *new;
}

/* Does it have no share of paths at all? Then no client asks for it. */
static bool has_no_paths(const struct delegation *d)
{
    return d->bit_length == 0 && json_count(d->paths.n > 0 ? d->paths : d->prefixes) == 0;
}

/* What `by` delegates to, in its order, as far as it is ours, is asked for, and its file is there.
 */
static void list_below(const struct found *f, const struct trusted *t, const struct targets *by,
                       const char *by_name, struct delegated_list *l)
{
    for (size_t i = 0; i < by->n; i++) {
        struct delegated new = {.by = by, .by_name = by_name, .d = &by->delegations[i]};
        const struct trusted_file *file = trusted_file(t, new.d->role.name);

        for (size_t k = 0; new.d->bit_length > 0 && file == NULL &&k < t->nfiles; k++)
            if (targets_delegation(by, t->files[k].role) == new.d)
                file = &t->files[k];
        if (file == NULL || has_no_paths(new.d) || !derive_is_ours(f, t, by, &new.d->role))
            continue;
        list_one(t, file, &new, l);
    }
}

/* To be cleared also after an error. */
static int list_all(const struct found *f, const struct trusted *t, struct delegated_list *l,
                    struct err *e)
{
    size_t n = 0;

    *l = (struct delegated_list){0};
    for (size_t i = SIGNED_TYPES; f->before != NULL && i < f->before->nroles; i++)
        n += f->before->roles[i].ninstances;
    l->instances = calloc(n + 1, sizeof *l->instances);
    l->listed = calloc(t->nfiles + 1, sizeof *l->listed);
    l->items = calloc(t->nfiles + 1, sizeof *l->items);
    if (l->instances == NULL || l->listed == NULL || l->items == NULL)
        return err_oom(e);
    for (size_t i = SIGNED_TYPES; n > 0 && i < f->before->nroles; i++)
        for (size_t k = 0; k < f->before->roles[i].ninstances; k++)
            l->instances[l->ninstances++] =
                (struct entry_instance){f->before->roles[i].instances[k], &f->before->roles[i]};
    array_sort(l->instances, n, sizeof *l->instances);
    if (t->targets_envelope == NULL)
        return 0;
    list_below(f, t, &t->targets, signed_type_name(SIGNED_TARGETS), l);
    for (size_t i = 0; i < l->n; i++) /* grows as it is walked */
        list_below(f, t, &trusted_file(t, l->items[i].file)->targets, l->items[i].file, l);
    return 0;
}

/* Names the holders of keys that no role above has. */
static int name_holders(const struct found *f, const struct trusted *t, struct people *p,
                        struct err *e)
{
    struct delegated_list l;
    int rc = list_all(f, t, &l, e);

    p->root = t->root; /* which was read anew */
    for (size_t i = 0; rc == 0 && i < l.n; i++) {
        const struct delegated *d = &l.items[i];

        if (d->same_as == NULL)
            rc = people_add(p, f, &d->d->role, &d->by->keys, d->name, e);
    }
    list_clear(&l);
    return rc;
}

/* One level of the tree at a time. */
static int copy_levels(const struct found *f, struct trusted **t, bool online, struct store *to,
                       struct err *e)
{
    size_t n = 1;

    if ((*t)->targets_envelope == NULL)
        return 0;
    for (unsigned depth = 0; n > 0 && depth < 16; depth++) {
        if (derive_copy_level(f, *t, online, to, &n, e) != 0)
            return -1;
        if (n > 0 && reload(to, t, e) != 0)
            return -1;
    }
    return 0;
}

int derive_copy_delegated(const struct found *f, struct trusted **t, struct people *p,
                          struct store *to, struct err *e)
{
    return copy_levels(f, t, false, to, e) == 0 ? name_holders(f, *t, p, e) : -1;
}

int derive_copy_online(const struct found *f, struct trusted **t, struct store *to, struct err *e)
{
    return copy_levels(f, t, true, to, e);
}

static void put_texts(cJSON *out, const char *member, char *const *texts, size_t n)
{
    cJSON *list = cJSON_AddArrayToObject(out, member);

    for (size_t i = 0; i < n; i++)
        cJSON_AddItemToArray(list, cJSON_CreateString(texts[i]));
}

static int put_json(cJSON *out, const char *member, struct json list, struct err *e)
{
    struct bytes text = {0};
    cJSON *tree;

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

static int put_entry(const struct delegated *d, const struct trusted *t, const struct people *p,
                     const struct derive_wish *w, cJSON *list, struct err *e)
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
    derive_put_expires(out, w, trusted_file(t, d->file)->targets.head.object, d->d->object);
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
            rc = put_entry(&l.items[i], t, p, w, list, e);
            cJSON_AddItemToArray(sign, cJSON_CreateString(l.items[i].name));
        }
    }
    list_clear(&l);
    return rc;
}
