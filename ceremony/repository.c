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

#define FILES_MAX 200000
#define TAR_MAX   (UINT64_C(2) << 30) /* bytes in all */

struct entry {
    char *name;        /* below the metadata folder */
    struct bytes data; /* a tar's */
};

struct archive_repository {
    struct store *store; /* NULL: a tar */
    struct entry *entries;
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
    free(r);
}

void repository_close(struct repository *r)
{
    repository_free(r->self);
    *r = (struct repository){0};
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
    return r->entries[r->n].name != NULL ? (r->n++, 0) : err_oom(e);
}

static struct entry *entry_find(const struct archive_repository *r, const char *name)
{
    for (size_t i = 0; i < r->n; i++)
        if (strcmp(r->entries[i].name, name) == 0)
            return &r->entries[i];
    return NULL;
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

/* Does the file name say this role, with a version in front ("12." or ""), in either layout? The
 * version, 0 without one, or -1. */
static int64_t version_of(const char *name, const char *role, const char *encoded)
{
    size_t digits = strspn(name, "0123456789"), n;
    const char *rest = digits > 0 && digits < 16 && name[digits] == '.' ? name + digits + 1 : name;

    for (unsigned i = 0; i < 2; i++) {
        const char *wanted = i == 0 ? role : encoded;

        n = strlen(wanted);
        if (strncmp(rest, wanted, n) == 0 && strcmp(rest + n, ".json") == 0)
            return rest != name ? strtoll(name, NULL, 10) : 0;
    }
    return -1;
}

/* The entry of that version; for version 0 the unversioned name, else the newest. */
static struct entry *role_find(const struct archive_repository *r, const char *role,
                               int64_t version, struct err *e)
{
    struct entry *best = NULL;
    int64_t best_version = -1;
    struct bytes encoded;

    bytes_init(&encoded);
    put_encoded(&encoded, role);
    for (size_t i = 0; i < r->n && best_version != 0; i++) {
        int64_t v = version_of(r->entries[i].name, role, bytes_str(&encoded));

        if (v < 0 || (version != 0 && v != version) || (v != 0 && v <= best_version))
            continue;
        best = &r->entries[i];
        best_version = version == 0 ? v : 0;
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

/* Behind the component "metadata/" of a tar's path, or NULL. */
static const char *below_metadata(const char *path)
{
    const char *at = path;

    while (at != NULL && strncmp(at, "metadata/", strlen("metadata/")) != 0)
        at = (at = strchr(at, '/')) != NULL ? at + 1 : NULL;
    return at != NULL ? at + strlen("metadata/") : NULL;
}

static int tar_entry(struct archive_repository *r, struct archive *a, const char *name,
                     uint64_t *total, struct err *e)
{
    uint8_t chunk[65536];
    la_ssize_t n;
    struct entry *entry;

    if (entry_find(r, name) != NULL) {
        err_set(e, ERR_INPUT, "'%s' is in the tar twice", name);
        return err_todo(e, "do not use this file; ask whoever made it");
    }
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
        const char *name = path != NULL ? below_metadata(path) : NULL;

        if (name == NULL || *name == '\0' || archive_entry_filetype(entry) != AE_IFREG)
            continue;
        if (tar_entry(r, a, name, &total, e) != 0)
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

static int open_folder(const char *path, struct archive_repository *r, struct err *e)
{
    struct bytes inner;
    struct stat st;
    int rc;

    bytes_init(&inner);
    bytes_printf(&inner, "%s/metadata", path);
    if (bytes_failed(&inner))
        return err_oom(e);
    rc = store_open(lstat(bytes_str(&inner), &st) == 0 && S_ISDIR(st.st_mode) ? bytes_str(&inner)
                                                                              : path,
                    &r->store, e);
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
    *out = (struct repository){.self = r, .fetch = fetch};
    return 0;
}
