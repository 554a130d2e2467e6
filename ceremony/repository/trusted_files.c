/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/repository/trusted_files.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "metadata/base/array.h"
#include "metadata/file_name.h"

static const struct trusted_note note_listing = {
    .todo = "give the one that clients accept today; else it is not looked at"};

struct listing_search {
    struct store *store;
    struct trusted *trusted;
    enum signed_type type;
};

static struct trusted_listing *slot_of(const struct listing_search *r)
{
    return r->type == SIGNED_SNAPSHOT ? &r->trusted->snapshot : &r->trusted->timestamp;
}

static void listing_drop(struct trusted_listing *l)
{
    listing_clear(&l->listing);
    envelope_free(l->envelope);
    *l = (struct trusted_listing){0};
}

void trusted_listings_clear(struct trusted *t)
{
    listing_drop(&t->snapshot);
    listing_drop(&t->timestamp);
}

/* Is it "7.snapshot.json" or "snapshot.json"? */
static bool is_named(const char *name, enum signed_type type)
{
    struct span role;

    (void)file_name_split(name + strlen(TRUSTED_FOLDER "/"), &role);
    return span_eq(role, span_str(signed_type_name(type)));
}

/* Fills `*out`; 0 with `why` when it is not one that clients accept under the root in force. */
static int read_one(const struct listing_search *r, const char *name, struct trusted_listing *out,
                    struct err *why)
{
    const struct root *root = r->trusted->root;
    struct tally tally;
    bool reached;

    if (trusted_envelope_read(r->store, name, &out->envelope, why) <= 0 ||
        listing_read(envelope_object(out->envelope), r->type, &out->listing, why) != 0 ||
        envelope_tally(out->envelope, &root->roles[r->type], &root->keys, &tally, why) != 0)
        return -1;
    reached = tally_reached(&tally);
    tally_clear(&tally);
    return reached
               ? 0
               : err_set(why, ERR_SIGNATURE, "the root in force does not accept its signatures");
}

static int look_at_listing(void *arg, const char *name, struct err *e)
{
    const struct listing_search *r = arg;
    struct trusted_listing *slot = slot_of(r), one = {0};
    struct err why;
    char *text;

    if (!is_named(name, r->type))
        return 0;
    err_clear(&why);
    if (read_one(r, name, &one, &why) != 0) {
        listing_drop(&one);
        if (why.code == ERR_NONE) /* it went away */
            return 0;
        if (why.code != ERR_INPUT && why.code != ERR_SIGNATURE) {
            *e = why;
            return -1;
        }
        if (asprintf(&text, "'%s' is not looked at: %s", name, why.what) < 0)
            text = NULL;
        return trusted_note_add(r->trusted, note_listing, text, e);
    }
    if (slot->envelope != NULL && slot->listing.head.version >= one.listing.head.version) {
        listing_drop(&one);
        return 0;
    }
    listing_drop(slot);
    *slot = one;
    return 0;
}

int trusted_listings_read(struct store *s, struct trusted *t, struct err *e)
{
    struct listing_search r = {s, t, SIGNED_SNAPSHOT};

    if (s->ops->list(s->self, TRUSTED_FOLDER, look_at_listing, &r, e) != 0)
        return -1;
    r.type = SIGNED_TIMESTAMP;
    return s->ops->list(s->self, TRUSTED_FOLDER, look_at_listing, &r, e);
}

struct reading {
    struct store *store;
    struct trusted *trusted;
};

void trusted_files_clear(struct trusted *t)
{
    for (size_t i = 0; i < t->nfiles; i++) {
        free(t->files[i].role);
        targets_clear(&t->files[i].targets);
        envelope_free(t->files[i].envelope);
    }
    free(t->files);
    t->files = NULL;
    t->nfiles = 0;
}

static int add(struct reading *r, struct span role, int64_t version, const char *name,
               struct err *e)
{
    struct trusted *t = r->trusted;
    struct trusted_file *file;

    if (array_grow(&t->files, t->nfiles, sizeof *t->files, e) != 0)
        return -1;
    file = &t->files[t->nfiles];
    *file =
        (struct trusted_file){.role = strndup((const char *)role.p, role.n), .version = version};
    if (file->role == NULL)
        return err_oom(e);
    t->nfiles++;
    if (trusted_envelope_read(r->store, name, &file->envelope, e) <= 0)
        return -1;
    if (targets_read(envelope_object(file->envelope), &file->targets, e) != 0)
        return -1;
    if (file->targets.head.version == version)
        return 0;
    err_set(e, ERR_INPUT, "'%s' carries version %" PRId64, name, file->targets.head.version);
    return err_todo(e, "give the file under its own version");
}

static int look_at(void *arg, const char *name, struct err *e)
{
    struct span role;
    const char *rest = name + strlen(TRUSTED_FOLDER "/");
    int64_t version = file_name_split(rest, &role);
    struct err why;

    if (version < 1 || role_name_check(role, &why) != 0) /* a top-level role, or something else */
        return 0;
    return add(arg, role, version, name, e);
}

static int two_versions(const struct trusted *t, struct err *e)
{
    for (size_t i = 1; i < t->nfiles; i++)
        if (strcmp(t->files[i - 1].role, t->files[i].role) == 0) {
            err_set(e, ERR_INPUT, "two versions of '%s' are in " TRUSTED_FOLDER, t->files[i].role);
            return err_todo(e, "leave the one that is in force, and take the other away");
        }
    return 0;
}

static struct trusted_file *find(const struct trusted *t, const char *role)
{
    return array_find(t->files, t->nfiles, sizeof *t->files, role);
}

/* Holds the files that `by` delegates to against it; those that are new to be looked at below are
 * put behind in `queue`. */
static int verify_below(struct trusted *t, const struct targets *by,
                        const struct trusted_file **queue, size_t *n, struct err *e)
{
    for (size_t i = 0; by->n > 0 && i < t->nfiles; i++) {
        struct trusted_file *file = &t->files[i];
        const struct delegation *d =
            file->signed_enough ? NULL : targets_delegation(by, file->role);
        struct tally tally;

        if (d == NULL)
            continue;
        if (envelope_tally(file->envelope, &d->role, &by->keys, &tally, e) != 0)
            return -1;
        file->signed_enough = tally_reached(&tally);
        tally_clear(&tally);
        if (file->signed_enough)
            queue[(*n)++] = file;
    }
    return 0;
}

static int verify_all(struct trusted *t, struct err *e)
{
    const struct trusted_file **queue = calloc(t->nfiles + 1, sizeof *queue);
    size_t n = 0;
    int rc;

    if (queue == NULL)
        return err_oom(e);
    rc = verify_below(t, &t->targets, queue, &n, e);
    for (size_t i = 0; rc == 0 && i < n; i++)
        rc = verify_below(t, &queue[i]->targets, queue, &n, e);
    free(queue);
    for (size_t i = 0; rc == 0 && i < t->nfiles; i++)
        if (!t->files[i].signed_enough) {
            err_set(e, ERR_SIGNATURE,
                    "'%s' is not signed by the keys of a role in force that delegates to it",
                    envelope_name(t->files[i].envelope));
            rc = err_todo(e, "give the files that clients accept today, also those of the roles "
                             "above it; 'verify' lists what they accept");
        }
    return rc;
}

int trusted_files_read(struct store *s, struct trusted *t, struct err *e)
{
    struct reading r = {s, t};

    if (s->ops->list(s->self, TRUSTED_FOLDER, look_at, &r, e) != 0)
        return -1;
    array_sort(t->files, t->nfiles, sizeof *t->files);
    return two_versions(t, e) == 0 ? verify_all(t, e) : -1;
}

const struct trusted_file *trusted_file(const struct trusted *t, const char *role)
{
    return t != NULL ? find(t, role) : NULL;
}

const struct targets *trusted_targets(const struct trusted *t, const char *role)
{
    const struct trusted_file *file;

    if (t == NULL)
        return NULL;
    if (strcmp(role, signed_type_name(SIGNED_TARGETS)) == 0)
        return t->targets_envelope != NULL ? &t->targets : NULL;
    file = find(t, role);
    return file != NULL ? &file->targets : NULL;
}

const struct key *trusted_delegated_key(const struct trusted *t, const char *by, const char *role,
                                        const char *keyid)
{
    const struct targets *above = trusted_targets(t, by);
    const struct delegation *d = above != NULL ? targets_delegation(above, role) : NULL;
    const struct keyring_entry *entry =
        d != NULL && role_has(&d->role, keyid) ? keyring_find(&above->keys, keyid) : NULL;

    return entry != NULL ? entry->key : NULL;
}

const struct key *trusted_any_key(const struct trusted *t, const char *keyid)
{
    const struct key *key = trusted_key(t, keyid);
    const struct keyring_entry *entry = keyring_find(&t->targets.keys, keyid);

    if (key == NULL && entry != NULL)
        key = entry->key;
    for (size_t i = 0; key == NULL && i < t->nfiles; i++)
        if ((entry = keyring_find(&t->files[i].targets.keys, keyid)) != NULL)
            key = entry->key;
    return key;
}

bool trusted_has_key(const struct trusted *t, const struct key *key)
{
    bool has = t != NULL && (keyring_find_key(&t->root->keys, key) != NULL ||
                             keyring_find_key(&t->targets.keys, key) != NULL);

    for (size_t i = 0; t != NULL && !has && i < t->nfiles; i++)
        has = keyring_find_key(&t->files[i].targets.keys, key) != NULL;
    return has;
}
