/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/repository.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "ceremony/store.h"
#include "metadata/json.h"

#define KEYS_OF_TAR "../keys/" /* in front of a card's name */
#define FILES_MAX   200000
#define TAR_MAX     (UINT64_C(2) << 30) /* bytes in all */

struct entry {
    char *name;        /* below the metadata folder */
    const char *role;  /* in it, behind the version: up to ".json" */
    size_t role_n;     /* bytes of that; 0: it names no role */
    int64_t version;   /* in front of it, or 0 */
    struct bytes data; /* a tar's */
};

struct archive_repository {
    struct store *store;   /* NULL: a tar */
    struct store *keys;    /* the folder beside; NULL: there is none */
    struct entry *entries; /* once all are there: sorted by role, then newest first */
    size_t n;
};

static void repository_free(struct archive_repository *r)
{
    if (r == NULL)
        return;
    for (size_t i = 0; i < r->n; i++) {
        free(r->entries[i].name);
        bytes_clear(&r->entries[i].data);
    }
    free(r->entries);
    store_free(r->store);
    store_free(r->keys);
    free(r);
}

void repository_close(struct repository *r)
{
    repository_free(r->self);
    *r = (struct repository){0};
}

/* "4.targets/simple.json" is version 4 of "targets/simple"; "timestamp.json" has none. */
static void entry_split(struct entry *entry)
{
    size_t digits = strspn(entry->name, "0123456789"), n;
    bool versioned = digits > 0 && digits < 16 && entry->name[digits] == '.';

    entry->role = versioned ? entry->name + digits + 1 : entry->name;
    entry->version = versioned ? strtoll(entry->name, NULL, 10) : 0;
    n = strlen(entry->role);
    entry->role_n = n > 5 && strcmp(entry->role + n - 5, ".json") == 0 ? n - 5 : 0;
}

static int add_name(void *arg, const char *name, struct err *e)
{
    struct archive_repository *r = arg;
    struct entry *more;

    if (r->n >= FILES_MAX)
        return err_set(e, ERR_INPUT, "there are more than %d files", FILES_MAX);
    if ((r->n & (r->n - 1)) == 0) {
        more = realloc(r->entries, (r->n == 0 ? 1 : 2 * r->n) * sizeof *more);
        if (more == NULL)
            return err_oom(e);
        r->entries = more;
    }
    r->entries[r->n] = (struct entry){.name = strdup(name)};
    bytes_init(&r->entries[r->n].data);
    if (r->entries[r->n].name == NULL)
        return err_oom(e);
    entry_split(&r->entries[r->n]);
    r->n++;
    return 0;
}

static int entry_cmp(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    int order = span_cmp(span_of(x->role, x->role_n), span_of(y->role, y->role_n));

    if (order != 0)
        return order;
    if (x->version != y->version)
        return x->version > y->version ? -1 : 1;
    return strcmp(x->name, y->name);
}

/* A role name as one component of a URL (RFC 3986: unreserved characters stay). */
static void put_encoded(struct bytes *out, const char *role)
{
    for (; *role != '\0'; role++) {
        bool plain = strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~",
                            *role) != NULL;

        if (plain)
            bytes_put_u8(out, (uint8_t)*role);
        else
            bytes_printf(out, "%%%02X", (unsigned char)*role);
    }
}

/* The first entry of that role, or of those behind it; r->n behind the last. */
static size_t role_start(const struct archive_repository *r, struct span role)
{
    size_t from = 0, to = r->n;

    while (from < to) {
        size_t middle = from + (to - from) / 2;

        if (span_cmp(span_of(r->entries[middle].role, r->entries[middle].role_n), role) < 0)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

/* Is this entry a better answer than the one so far? Exactly the version asked for; for version 0
 * the unversioned name, else the newest. */
static bool better(const struct entry *entry, int64_t version, const struct entry *best)
{
    if (version != 0)
        return best == NULL && entry->version == version;
    if (best == NULL || best->version == 0)
        return best == NULL;
    return entry->version == 0 || entry->version > best->version;
}

/* The entry of that version, in either layout. */
static const struct entry *role_find(const struct archive_repository *r, const char *role,
                                     int64_t version, struct err *e)
{
    const struct entry *best = NULL;
    struct bytes encoded;

    bytes_init(&encoded);
    put_encoded(&encoded, role);
    for (unsigned layout = 0; layout < 2; layout++) {
        struct span name = layout == 0 ? span_str(role) : bytes_span(&encoded);

        for (size_t i = role_start(r, name); i < r->n; i++) {
            const struct entry *entry = &r->entries[i];

            if (name.n == 0 || !span_eq(span_of(entry->role, entry->role_n), name))
                break;
            if (better(entry, version, best))
                best = entry;
        }
    }
    if (bytes_failed(&encoded))
        err_oom(e);
    bytes_clear(&encoded);
    return best;
}

static int fetch(void *self, const char *role, int64_t version, struct bytes *out, struct err *e)
{
    const struct archive_repository *r = self;
    const struct entry *entry;

    err_clear(e);
    entry = role_find(r, role, version, e);
    if (e->code != ERR_NONE)
        return -1;
    if (entry == NULL)
        return 0;
    if (r->store != NULL)
        return r->store->ops->read(r->store->self, entry->name, STORE_MAX_FILE, out, e);
    bytes_put_span(out, bytes_span(&entry->data));
    return bytes_failed(out) ? err_oom(e) : 1;
}

/* Behind the component `folder` ("metadata/") of a tar's path, or NULL. */
static const char *below(const char *path, const char *folder)
{
    const char *at = path;

    while (at != NULL && strncmp(at, folder, strlen(folder)) != 0)
        at = (at = strchr(at, '/')) != NULL ? at + 1 : NULL;
    return at != NULL ? at + strlen(folder) : NULL;
}

/* The name to keep an entry under: below "metadata/" as it is; a key's card by a name that no role
 * can have; else NULL. Freed by the caller. */
static char *kept_name(const char *path)
{
    const char *name = below(path, "metadata/"), *card = name == NULL ? below(path, "keys/") : NULL;
    struct bytes b;

    if (name == NULL && (card == NULL || strchr(card, '/') != NULL))
        return NULL;
    bytes_init(&b);
    bytes_printf(&b, "%s%s", name != NULL ? "" : KEYS_OF_TAR, name != NULL ? name : card);
    return bytes_take_str(&b);
}

static int tar_entry(struct archive_repository *r, struct archive *a, const char *name,
                     uint64_t *total, struct err *e)
{
    uint8_t chunk[65536];
    la_ssize_t n;
    struct entry *entry;

    if (add_name(r, name, e) != 0)
        return -1;
    entry = &r->entries[r->n - 1];
    while ((n = archive_read_data(a, chunk, sizeof chunk)) > 0) {
        *total += (uint64_t)n;
        if (*total > TAR_MAX)
            return err_set(e, ERR_INPUT, "the tar holds more than 2 GiB");
        bytes_put(&entry->data, chunk, (size_t)n);
    }
    if (n < 0)
        return err_set(e, ERR_INPUT, "the tar is damaged at '%s'", name);
    return bytes_failed(&entry->data) ? err_oom(e) : 0;
}

static int tar_read(struct archive_repository *r, struct archive *a, struct err *e)
{
    struct archive_entry *entry;
    uint64_t total = 0;
    int rc;

    while ((rc = archive_read_next_header(a, &entry)) == ARCHIVE_OK) {
        const char *path = archive_entry_pathname(entry);
        char *name = path != NULL ? kept_name(path) : NULL;
        bool file = name != NULL && *name != '\0' && archive_entry_filetype(entry) == AE_IFREG;
        int failed = file ? tar_entry(r, a, name, &total, e) : 0;

        free(name);
        if (failed != 0)
            return -1;
    }
    if (rc == ARCHIVE_EOF)
        return 0;
    err_set(e, ERR_INPUT, "this is no tar that can be read");
    return err_todo(e, "give a metadata folder, a bundle's folder or its .tar");
}

static int open_tar(const char *path, struct archive_repository *r, struct err *e)
{
    struct archive *a = archive_read_new();
    int rc = -1;

    if (a == NULL)
        return err_oom(e);
    if (archive_read_support_format_tar(a) != ARCHIVE_OK)
        err_oom(e);
    else if (archive_read_open_filename(a, path, 65536) != ARCHIVE_OK)
        err_set(e, ERR_INPUT, "'%s' can't be read as a tar", path);
    else
        rc = tar_read(r, a, e);
    archive_read_free(a);
    return rc == 0 ? 0 : err_in(e, "%s", path);
}

/* Whether `path`/`name` is a folder; its path is in `out`. */
static bool folder_in(const char *path, const char *name, struct bytes *out)
{
    struct stat st;

    bytes_truncate(out, 0);
    bytes_printf(out, "%s/%s", path, name);
    return !bytes_failed(out) && lstat(bytes_str(out), &st) == 0 && S_ISDIR(st.st_mode);
}

static int open_folder(const char *path, struct archive_repository *r, struct err *e)
{
    struct bytes inner;
    bool bundle;
    int rc;

    bytes_init(&inner);
    bundle = folder_in(path, "metadata", &inner);
    rc = bytes_failed(&inner) ? err_oom(e)
                              : store_open(bundle ? bytes_str(&inner) : path, &r->store, e);
    if (rc == 0 && folder_in(path, bundle ? "keys" : "../keys", &inner))
        rc = store_open(bytes_str(&inner), &r->keys, e);
    bytes_clear(&inner);
    return rc == 0 ? r->store->ops->list(r->store->self, "", add_name, r, e) : -1;
}

int repository_open(const char *path, struct repository *out, struct err *e)
{
    struct archive_repository *r = calloc(1, sizeof *r);
    struct stat st;
    int rc;

    *out = (struct repository){0};
    if (r == NULL)
        return err_oom(e);
    if (stat(path, &st) != 0) {
        err_system(e, errno, "'%s' can't be opened", path);
        e->code = ERR_INPUT;
        rc = err_todo(e, "give a metadata folder, a bundle's folder or its .tar");
    } else
        rc = S_ISDIR(st.st_mode) ? open_folder(path, r, e) : open_tar(path, r, e);
    if (rc != 0) {
        repository_free(r);
        return -1;
    }
    if (r->n > 0)
        qsort(r->entries, r->n, sizeof *r->entries, entry_cmp);
    for (size_t i = 1; i < r->n; i++)
        if (strcmp(r->entries[i - 1].name, r->entries[i].name) == 0) {
            err_set(e, ERR_INPUT, "'%s' is in the tar twice", r->entries[i].name);
            err_todo(e, "do not use this file; ask whoever made it");
            err_in(e, "%s", path);
            repository_free(r);
            return -1;
        }
    *out = (struct repository){.self = r, .fetch = fetch};
    return 0;
}

/* The bytes of "keys/<keyid>.json"; false when they can't be had. */
static bool card_read(const struct archive_repository *r, const char *keyid, struct bytes *out)
{
    struct bytes name;
    struct err ignored;
    bool got = false;

    if (strspn(keyid, "0123456789abcdefABCDEF") != strlen(keyid))
        return false; /* a stranger's, and no hash */
    bytes_init(&name);
    bytes_printf(&name, "%s%s.json", r->store == NULL ? KEYS_OF_TAR : "", keyid);
    if (!bytes_failed(&name) && r->keys != NULL)
        got = r->keys->ops->read(r->keys->self, bytes_str(&name), STORE_MAX_SMALL, out, &ignored) ==
              1;
    for (size_t i = 0; r->store == NULL && !got && i < r->n; i++)
        if (strcmp(r->entries[i].name, bytes_str(&name)) == 0) {
            bytes_put_span(out, bytes_span(&r->entries[i].data));
            got = true;
        }
    bytes_clear(&name);
    return got && !bytes_failed(out);
}

char *repository_holder(const struct repository *repo, const char *keyid)
{
    struct bytes text;
    struct json_doc *doc = NULL;
    struct json holder;
    struct err ignored;
    char *name = NULL;

    bytes_init(&text);
    if (card_read(repo->self, keyid, &text) &&
        json_doc_read(bytes_span(&text), keyid, JSON_TEXT, &doc, &ignored) == 0 &&
        json_get(json_root(doc), "holder", &holder) && json_kind(holder) == JSON_STRING)
        name = json_strdup(holder);
    json_doc_free(doc);
    bytes_clear(&text);
    return name;
}
