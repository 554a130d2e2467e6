/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/derive/derive_copy.h"

#include <inttypes.h>

#include "ceremony/base/pool.h"
#include "ceremony/derive/derive_people.h"
#include "metadata/file_name.h"

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

bool derive_is_ours(const struct found *f, const struct trusted *t, const struct targets *by,
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

int derive_copy_level(const struct found *f, const struct trusted *t, bool online, struct store *to,
                      size_t *n, struct err *e)
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
