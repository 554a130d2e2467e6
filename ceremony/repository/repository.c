/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/repository/repository.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "ceremony/base/memory.h"
#include "ceremony/repository/trusted.h"
#include "ceremony/store/store_tar.h"
#include "metadata/base/array.h"
#include "metadata/file_name.h"
#include "metadata/json/json.h"

#define FILES_MAX 200000

#define METADATA "metadata/"
#define HISTORY  "root_history/" /* tuf-on-ci's: git trees of signing repositories */
#define IN_FORCE TRUSTED_FOLDER "/"

struct given {
    struct store *store;
    struct store *keys; /* the folder beside, when `store` is itself "metadata"; or NULL */
    const char *folder; /* METADATA, or "" */
    struct repository_file *files; /* once all are there: sorted by role, then newest first */
    size_t n;
    bool tree; /* tuf-on-ci's */
    bool bundle;
};

static void given_free(struct given *r)
{
    if (r == NULL)
        return;
    for (size_t i = 0; i < r->n; i++)
        free(r->files[i].name);
    free(r->files);
    store_free(r->store);
    store_free(r->keys);
    free(r);
}

void repository_close(struct repository *r)
{
    given_free(r->self);
    *r = (struct repository){0};
}

static int add_name(void *arg, const char *name, struct err *e)
{
    struct given *r = arg;

    if (r->n >= FILES_MAX)
        return err_set(e, ERR_INPUT, "there are more than %d files", FILES_MAX);
    if (array_grow(&r->files, r->n, sizeof *r->files, e) != 0)
        return -1;
    r->files[r->n] = (struct repository_file){.name = strdup(name)};
    if (r->files[r->n].name == NULL)
        return err_oom(e);
    r->n++;
    return 0;
}

static bool begins(const char *name, const char *with)
{
    return strncmp(name, with, strlen(with)) == 0;
}

static bool is_root(const struct repository_file *f)
{
    return span_is(span_of(f->role, f->role_n), "root");
}

/* What the file's name says, below the metadata's folder. */
static void name_read(struct given *r, struct repository_file *f)
{
    const char *below = f->name + strlen(r->folder);
    struct span role;

    if (r->bundle && begins(f->name, IN_FORCE)) {
        /* What the ceremony began with, below inputs/trusted; not the listings of what was
         * published. */
        f->version = file_name_split(f->name + strlen(IN_FORCE), &role);
        f->in_force = role.n > 0 && !span_is(role, signed_type_name(SIGNED_SNAPSHOT)) &&
                      !span_is(role, signed_type_name(SIGNED_TIMESTAMP));
        f->role = (const char *)role.p;
        f->role_n = f->in_force ? role.n : 0;
    }
    if (!begins(f->name, r->folder))
        return;
    f->history = begins(below, HISTORY);
    if (f->history)
        below += strlen(HISTORY);
    f->version = file_name_split(below, &role);
    f->role = (const char *)role.p;
    f->role_n = role.n;
    if (f->history && (f->version < 1 || !is_root(f))) /* anything may lie in a folder */
        f->role_n = 0;
}

static int by_role(const void *a, const void *b)
{
    const struct repository_file *x = a, *y = b;
    int order = span_cmp(span_of(x->role, x->role_n), span_of(y->role, y->role_n));

    if (x->in_force != y->in_force)
        return x->in_force ? 1 : -1;
    if (order != 0)
        return order;
    if (x->version != y->version)
        return x->version > y->version ? -1 : 1;
    return strcmp(x->name, y->name);
}

/* What only a bundle has beside its metadata. */
static bool is_record(const char *name)
{
    return strcmp(name, "manifest.json") == 0 || strcmp(name, "journal.jsonl") == 0 ||
           strcmp(name, "transcript.txt") == 0;
}

static void name_all(struct given *r)
{
    bool history = false, published = false;

    for (size_t i = 0; i < r->n; i++) {
        if (begins(r->files[i].name, METADATA))
            r->folder = METADATA;
        r->bundle = r->bundle || is_record(r->files[i].name);
    }
    r->bundle = r->bundle && *r->folder != '\0';
    for (size_t i = 0; i < r->n; i++) {
        struct repository_file *f = &r->files[i];

        name_read(r, f);
        history = history || (f->history && f->role_n > 0);
        published = published || (!f->history && is_root(f) && f->version > 0);
    }
    r->tree = history && !published;
    for (size_t i = 0; !r->tree && i < r->n; i++)
        if (r->files[i].history)
            r->files[i].role_n = 0;
    if (r->n > 0)
        qsort(r->files, r->n, sizeof *r->files, by_role);
}

/* The first file of that role, or of those behind it; r->n behind the last. */
static size_t role_start(const struct given *r, struct span role, bool in_force)
{
    const struct repository_file wanted = {
        .role = (const char *)role.p, .role_n = role.n, .version = INT64_MAX, .in_force = in_force};
    size_t from = 0, to = r->n;

    while (from < to) {
        size_t middle = from + (to - from) / 2;

        if (by_role(&r->files[middle], &wanted) < 0)
            from = middle + 1;
        else
            to = middle;
    }
    return from;
}

/* Does a client that asks for this version get this file? The tree of tuf-on-ci has the files that
 * it publishes under their versions' names without these, its roots aside. */
static bool serves(const struct given *r, const struct repository_file *f, int64_t version)
{
    if (f->in_force && (f->withheld || (!is_root(f) && version > 0)))
        return false;
    if (version == REPOSITORY_NEWEST || (f->in_force && !is_root(f)))
        return true;
    if (r->tree && !is_root(f))
        return f->version == 0;
    return f->version == version && (version == 0 || !r->tree || f->history);
}

/* The file of that version, in either layout: of several the newest; one in force only where there
 * is no other. */
static struct repository_file *role_find(const struct given *r, const char *role, int64_t version,
                                         struct err *e)
{
    struct repository_file *best = NULL;
    struct bytes encoded = {0};

    file_name_encode(role, &encoded);
    for (unsigned layout = 0; layout < 4 && (layout < 2 || best == NULL); layout++) {
        struct span name = layout % 2 == 0 ? span_str(role) : bytes_span(&encoded);

        for (size_t i = role_start(r, name, layout >= 2); i < r->n; i++) {
            struct repository_file *f = &r->files[i];

            if (name.n == 0 || !span_eq(span_of(f->role, f->role_n), name))
                break;
            if (serves(r, f, version) && (best == NULL || f->version > best->version))
                best = f;
        }
    }
    if (bytes_failed(&encoded))
        err_oom(e);
    bytes_clear(&encoded);
    return best;
}

static int fetch(void *self, const char *role, int64_t *version, struct bytes *out, struct err *e)
{
    const struct given *r = self;
    struct repository_file *f;

    err_clear(e);
    f = role_find(r, role, *version, e);
    if (e->code != ERR_NONE)
        return -1;
    if (f == NULL)
        return 0;
    f->asked = true;
    *version = f->version;
    return r->store->ops->read(r->store->self, f->name, STORE_MAX_FILE, out, e);
}

/* The key records of a folder "metadata" that was given itself lie beside it. */
static int open_keys(const char *path, struct given *r, struct err *e)
{
    struct bytes keys = {0};
    struct stat st;
    int rc = 0;

    bytes_printf(&keys, "%s/../keys", path);
    if (bytes_failed(&keys))
        rc = err_oom(e);
    else if (lstat(bytes_str(&keys), &st) == 0 && S_ISDIR(st.st_mode))
        rc = store_open(bytes_str(&keys), &r->keys, e);
    bytes_clear(&keys);
    return rc;
}

int repository_open(const char *path, struct repository *out, struct err *e)
{
    struct given *r = calloc(1, sizeof *r);
    struct stat st;
    int rc;

    *out = (struct repository){0};
    if (r == NULL)
        return err_oom(e);
    r->folder = "";
    if (stat(path, &st) != 0) {
        err_system(e, errno, "'%s' can't be opened", path);
        e->code = ERR_INPUT;
        rc = err_todo(e, "give a metadata folder, a bundle's folder or its .tar");
    } else
        rc = store_open_given(path, &r->store, e);
    if (rc == 0)
        rc = r->store->ops->list(r->store->self, "", add_name, r, e);
    if (rc == 0)
        name_all(r);
    if (rc == 0 && *r->folder == '\0' && store_is_folder(path))
        rc = open_keys(path, r, e);
    if (rc != 0) {
        given_free(r);
        return -1;
    }
    *out = (struct repository){.self = r, .fetch = fetch};
    return 0;
}

size_t repository_count(const struct repository *r)
{
    return ((const struct given *)r->self)->n;
}

const struct repository_file *repository_file(const struct repository *r, size_t i)
{
    return &((const struct given *)r->self)->files[i];
}

struct store *repository_store(const struct repository *r)
{
    return ((const struct given *)r->self)->store;
}

const char *repository_folder(const struct repository *r)
{
    return ((const struct given *)r->self)->folder;
}

bool repository_is_tree(const struct repository *r)
{
    return ((const struct given *)r->self)->tree;
}

bool repository_is_bundle(const struct repository *r)
{
    return ((const struct given *)r->self)->bundle;
}

bool repository_withhold(const struct repository *r, const char *role)
{
    struct given *g = r->self;

    for (size_t i = role_start(g, span_str(role), true); i < g->n; i++) {
        struct repository_file *f = &g->files[i];

        if (!span_is(span_of(f->role, f->role_n), role))
            break;
        if (f->asked && !is_root(f)) {
            f->withheld = true;
            f->asked = false;
            return true;
        }
    }
    return false;
}

/* The bytes of "keys/<keyid>.json"; false when they can't be had. */
static bool key_record_read(const struct given *r, const char *keyid, struct bytes *out)
{
    struct store *in = r->keys != NULL ? r->keys : r->store;
    struct bytes name = {0};
    struct err why;
    bool got;

    if (strspn(keyid, "0123456789abcdefABCDEF") != strlen(keyid))
        return false; /* a stranger's, and no hash */
    bytes_printf(&name, "%s%s.json", r->keys != NULL ? "" : "keys/", keyid);
    got = in->ops->read(in->self, memory_text(&name), STORE_MAX_SMALL, out, &why) == 1;
    if (bytes_failed(out) || (!got && why.code == ERR_INTERNAL))
        memory_end();
    bytes_clear(&name);
    return got;
}

char *repository_holder(const struct repository *repo, const char *keyid)
{
    struct bytes text = {0};
    struct json_doc *doc = NULL;
    struct json holder;
    struct err why;
    char *name = NULL;

    err_clear(&why);
    if (key_record_read(repo->self, keyid, &text) &&
        json_doc_read(bytes_span(&text), keyid, JSON_TEXT, &doc, &why) == 0 &&
        json_get(json_root(doc), "holder", &holder) && json_kind(holder) == JSON_STRING &&
        (name = json_strdup(holder)) == NULL)
        err_oom(&why);
    if (why.code == ERR_INTERNAL)
        memory_end(); /* not a key without a holder */
    json_doc_free(doc);
    bytes_clear(&text);
    return name;
}
