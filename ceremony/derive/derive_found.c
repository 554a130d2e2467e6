/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/derive/derive_found.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "metadata/base/array.h"
#include "metadata/file_name.h"

void found_clear(struct found *f)
{
    for (size_t i = 0; i < f->nroots; i++)
        free(f->roots[i].name);
    for (size_t i = 0; i < f->ndelegated; i++) {
        free(f->delegated[i].name);
        free(f->delegated[i].role);
    }
    free(f->delegated);
    free(f->roots);
    plan_free(f->before);
    key_records_clear(&f->records);
    free(f->targets.name);
    free(f->snapshot.name);
    free(f->timestamp.name);
    *f = (struct found){0};
}

/* What follows the last component "metadata" or "trusted", which hold metadata in bundles; else all
 * of the path. */
static const char *below_metadata(const char *path)
{
    const char *below = path;

    for (const char *at = path, *slash; (slash = strchr(at, '/')) != NULL; at = slash + 1) {
        struct span part = span_of(at, (size_t)(slash - at));

        if (span_is(part, "metadata") || span_is(part, "trusted"))
            below = slash + 1;
    }
    return below;
}

/* The role that a path names: "metadata/3.targets/simple.json", "3.targets%2Fsimple.json" and
 * "simple.json" do. The first component that begins with a version begins the name; else the last
 * one does. False: it is no name of metadata. */
static bool role_of(const char *path, struct bytes *role)
{
    const char *slash = strrchr(path, '/');
    struct span name;
    struct err why;
    bool versioned = false;

    for (const char *at = below_metadata(path); at != NULL && !versioned;
         at = (at = strchr(at, '/')) != NULL ? at + 1 : NULL)
        versioned = file_name_split(at, &name) > 0;
    if (!versioned)
        (void)file_name_split(slash != NULL ? slash + 1 : path, &name);
    file_name_decode(name, role);
    return role->n > 0 && path_check(bytes_span(role), &why) == 0;
}

static int read_doc(struct found *f, const char *name, struct json_doc **out, struct err *e)
{
    struct bytes text = {0};
    int found;

    *out = NULL;
    found = f->store->ops->read(f->store->self, name, STORE_MAX_FILE, &text, e);
    if (found == 0)
        found = err_set(e, ERR_IO, "'%s' went away while it was read", name);
    else if (found > 0)
        found = json_doc_take(&text, name, JSON_TEXT, out, e);
    bytes_clear(&text);
    return found < 0 ? -1 : 0;
}

/* The version of a metadata file; 0 when it can't be read as one of that type. */
static int version_of(struct found *f, const char *name, const char *type, int64_t *out,
                      struct err *e)
{
    struct json_doc *doc;
    struct json head, member;

    *out = 0;
    if (read_doc(f, name, &doc, e) != 0)
        return e->code == ERR_INPUT ? 0 : -1; /* history may be odd: it is left out */
    if (json_get(json_root(doc), "signed", &head) && json_get(head, "_type", &member) &&
        json_text_is(member, type) && json_get(head, "version", &member) &&
        json_kind(member) == JSON_INTEGER)
        *out = json_integer(member);
    json_doc_free(doc);
    return 0;
}

/* Two files of one version must say the same. */
static int same_file(struct found *f, const char *a, const char *b, struct err *e)
{
    struct bytes x = {0}, y = {0};
    int rc = -1;

    if (f->store->ops->read(f->store->self, a, STORE_MAX_FILE, &x, e) >= 0 &&
        f->store->ops->read(f->store->self, b, STORE_MAX_FILE, &y, e) >= 0) {
        rc = span_eq(bytes_span(&x), bytes_span(&y)) ? 0 : -1;
        if (rc != 0) {
            err_set(e, ERR_INPUT, "'%s' and '%s' are of one version and differ", a, b);
            err_todo(e, "keep the one that clients get, and leave the other out");
        }
    }
    bytes_clear(&x);
    bytes_clear(&y);
    return rc;
}

static int add_root(struct found *f, const char *name, struct err *e)
{
    struct found_file *more;
    int64_t version;
    size_t at = 0;

    if (version_of(f, name, "root", &version, e) != 0)
        return -1;
    if (version < 1)
        return 0;
    while (at < f->nroots && f->roots[at].version < version)
        at++;
    if (at < f->nroots && f->roots[at].version == version)
        return same_file(f, f->roots[at].name, name, e);
    if (array_grow(&f->roots, f->nroots, sizeof *f->roots, e) != 0)
        return -1;
    more = f->roots;
    memmove(more + at + 1, more + at, (f->nroots - at) * sizeof *more);
    more[at] = (struct found_file){.name = strdup(name), .version = version};
    f->nroots++;
    return more[at].name != NULL ? 0 : err_oom(e);
}

/* Targets, snapshot or timestamp: the newest. */
static int add_newest(struct found *f, struct found_file *newest, const char *name,
                      const char *type, struct err *e)
{
    int64_t version;

    if (version_of(f, name, type, &version, e) != 0)
        return -1;
    if (version < 1 || version < newest->version)
        return 0;
    if (version == newest->version) /* no ceremony builds on a timestamp */
        return newest == &f->timestamp ? 0 : same_file(f, newest->name, name, e);
    free(newest->name);
    *newest = (struct found_file){.name = strdup(name), .version = version};
    return newest->name != NULL ? 0 : err_oom(e);
}

/* The file that an entry of the snapshot, "targets/simple.json", is about; NULL: it is not here. */
static struct found_file *file_of(struct found *f, const char *name)
{
    struct found_file *file;
    char *role;
    size_t n = strlen(name);

    if (strcmp(name, "targets.json") == 0)
        return f->targets.name != NULL ? &f->targets : NULL;
    if (n <= strlen(".json") || strcmp(name + n - strlen(".json"), ".json") != 0 ||
        (role = strndup(name, n - strlen(".json"))) == NULL)
        return NULL;
    file = array_find(f->delegated, f->ndelegated, sizeof *f->delegated, role);
    free(role);
    return file;
}

static int note_entry(struct found *f, struct json name, struct json entry, struct err *e)
{
    struct json value;
    struct found_file *file;
    char *text = json_strdup(name);

    if (text == NULL)
        return err_oom(e);
    file = file_of(f, text);
    free(text);
    if (file == NULL || !json_get(entry, "version", &value) || json_kind(value) != JSON_INTEGER)
        return 0;
    file->listed = json_integer(value);
    if (json_get(entry, "hashes", &value) && json_get(value, "sha256", &value) &&
        json_kind(value) == JSON_STRING && json_span(value).n == sizeof file->sha256 + 1)
        memcpy(file->sha256, json_span(value).p + 1, sizeof file->sha256 - 1);
    return 0;
}

/* What the newest snapshot says of the files that are there. */
static int read_snapshot(struct found *f, struct err *e)
{
    struct json meta, name, entry;
    struct json_doc *doc;
    int rc = 0;

    if (f->snapshot.name == NULL)
        return 0;
    if (read_doc(f, f->snapshot.name, &doc, e) != 0)
        return -1;
    if (json_get(json_root(doc), "signed", &meta) && json_get(meta, "meta", &meta) &&
        json_kind(meta) == JSON_OBJECT) {
        for (struct json_iter it = json_iter_of(meta); rc == 0 && json_next(&it, &name, &entry);)
            rc = note_entry(f, name, entry, e);
    }
    json_doc_free(doc);
    return rc;
}

/* Every version is taken; newest_only keeps one of each role. */
static int add_delegated(struct found *f, const char *name, const char *role, struct err *e)
{
    struct found_file *file;
    int64_t version;

    if (version_of(f, name, "targets", &version, e) != 0)
        return -1;
    if (version < 1)
        return 0;
    if (array_grow(&f->delegated, f->ndelegated, sizeof *f->delegated, e) != 0)
        return -1;
    file = &f->delegated[f->ndelegated++];
    *file = (struct found_file){.name = strdup(name), .role = strdup(role), .version = version};
    return file->name != NULL && file->role != NULL ? 0 : err_oom(e);
}

/* By role, the newest first; of one version in the order of the folder. */
static int newest_first(const void *a, const void *b)
{
    const struct found_file *x = a, *y = b;
    int order = strcmp(x->role, y->role);

    if (order != 0)
        return order;
    return x->version != y->version ? (x->version < y->version) - (x->version > y->version)
                                    : strcmp(x->name, y->name);
}

static int newest_only(struct found *f, struct err *e)
{
    struct found_file *files = f->delegated;
    size_t n = 0;
    int rc = 0;

    if (f->ndelegated > 0)
        qsort(files, f->ndelegated, sizeof *files, newest_first);
    for (size_t i = 0; i < f->ndelegated; i++) {
        if (n == 0 || strcmp(files[n - 1].role, files[i].role) != 0) {
            files[n++] = files[i];
            continue;
        }
        if (rc == 0 && files[i].version == files[n - 1].version)
            rc = same_file(f, files[n - 1].name, files[i].name, e);
        free(files[i].name);
        free(files[i].role);
    }
    f->ndelegated = n;
    return rc;
}

static int add_metadata(struct found *f, const char *name, const char *role, struct err *e)
{
    if (strcmp(role, "root") == 0)
        return add_root(f, name, e);
    if (strcmp(role, "targets") == 0)
        return add_newest(f, &f->targets, name, role, e);
    if (strcmp(role, "snapshot") == 0)
        return add_newest(f, &f->snapshot, name, role, e);
    return strcmp(role, "timestamp") == 0 ? add_newest(f, &f->timestamp, name, role, e)
                                          : add_delegated(f, name, role, e);
}

static int look_at(void *arg, const char *name, struct err *e)
{
    struct found *f = arg;
    struct bytes role = {0};
    int rc = 0;

    if (key_record_is_named(name))
        return key_records_add(&f->records, f->store, name, e);
    if (role_of(name, &role))
        rc = add_metadata(f, name, bytes_str(&role), e);
    bytes_clear(&role);
    return rc;
}

/* The day that the ceremony before confirmed, from a bundle's journal. */
static int read_day(struct found *f, struct err *e)
{
    struct bytes text = {0};
    const char *line, *end;
    int found;

    found = f->store->ops->read(f->store->self, "journal.jsonl", STORE_MAX_FILE, &text, e);
    for (line = bytes_str(&text); found > 0 && (end = strchr(line, '\n')) != NULL; line = end + 1) {
        struct json_doc *doc;
        struct json event, data, date;
        struct err ignored;
        char *day;

        if (json_doc_read(span_of(line, (size_t)(end - line)), "journal", JSON_TEXT, &doc,
                          &ignored) != 0)
            continue;
        if (json_get(json_root(doc), "event", &event) && json_text_is(event, "date-confirmed") &&
            json_get(json_root(doc), "data", &data) && json_get(data, "date", &date) &&
            json_kind(date) == JSON_STRING && (day = json_strdup(date)) != NULL) {
            if (strlen(day) < sizeof f->day)
                strcpy(f->day, day);
            free(day);
        }
        json_doc_free(doc);
    }
    bytes_clear(&text);
    return found < 0 ? -1 : 0;
}

int found_read(struct store *store, struct found *out, struct err *e)
{
    struct err ignored;

    *out = (struct found){.store = store};
    if (store->ops->list(store->self, "", look_at, out, e) == 0 && newest_only(out, e) == 0 &&
        read_day(out, e) == 0 && read_snapshot(out, e) == 0) {
        (void)plan_load(store, &out->before, &ignored); /* only shapes are taken from it */
        if (out->nroots > 0)
            return 0;
        err_set(e, ERR_INCOMPLETE, "folder '%s' holds no root metadata", store->path);
        err_todo(e, "give the folder of the repository's metadata, or of the bundle before");
    }
    found_clear(out);
    return -1;
}

/* Whether a file is the one that clients have, as far as the newest snapshot says. */

/* Metadata does not name its own role: of two roles with the same keys, each file verifies as the
 * other's. Where the snapshot lists digests, they tell. */
static int other_file(const char *role, const struct found_file *file, struct err *e)
{
    err_set(e, ERR_INPUT,
            "'%s' is not the file that the snapshot in the folder lists as %s v%" PRId64
            ": its SHA-256 differs",
            file->name, role, file->version);
    return err_todo(e, "fetch all metadata in force again; two files may have been swapped");
}

int found_check_file(const struct found_file *file, const char *role, struct span data,
                     struct err *e)
{
    char hex[SHA256_HEX_SIZE];

    if (file->listed > file->version) {
        /* Clients have seen the snapshot: what is older than it lists would be a rollback to
         * them. */
        err_set(e, ERR_VERSION,
                "a snapshot in the folder lists %s v%" PRId64 ", and the newest that is there is "
                "v%" PRId64 ": clients would refuse what follows on it as a rollback",
                role, file->listed, file->version);
        return err_todo(e, "fetch the metadata of '%s' in force, and put it into the folder", role);
    }
    if (file->listed < file->version || file->sha256[0] == '\0')
        return 0;
    if (sha256_hex(data, hex) != 0)
        return err_oom(e);
    return strcasecmp(file->sha256, hex) == 0 ? 0 : other_file(role, file, e);
}
