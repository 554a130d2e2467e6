/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/derive_found.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

void found_clear(struct found *f)
{
    for (size_t i = 0; i < f->nroots; i++)
        free(f->roots[i].name);
    free(f->roots);
    cards_clear(&f->cards);
    free(f->targets.name);
    *f = (struct found){0};
}

/* Is it "root.json" or "12.root.json", in any folder? */
static bool is_named(const char *path, const char *role)
{
    const char *base = strrchr(path, '/') != NULL ? strrchr(path, '/') + 1 : path;
    size_t digits = strspn(base, "0123456789"), n = strlen(role);

    if (digits > 0 && base[digits] == '.')
        base += digits + 1;
    return strncmp(base, role, n) == 0 && strcmp(base + n, ".json") == 0;
}

static int read_doc(struct found *f, const char *name, struct json_doc **out, struct err *e)
{
    struct bytes text;
    int found;

    *out = NULL;
    bytes_init(&text);
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
    struct bytes x, y;
    int rc = -1;

    bytes_init(&x);
    bytes_init(&y);
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
    if ((more = realloc(f->roots, (f->nroots + 1) * sizeof *more)) == NULL)
        return err_oom(e);
    f->roots = more;
    memmove(more + at + 1, more + at, (f->nroots - at) * sizeof *more);
    more[at] = (struct found_file){.name = strdup(name), .version = version};
    f->nroots++;
    return more[at].name != NULL ? 0 : err_oom(e);
}

static int add_targets(struct found *f, const char *name, struct err *e)
{
    int64_t version;

    if (version_of(f, name, "targets", &version, e) != 0)
        return -1;
    if (version < 1 || version < f->targets.version)
        return 0;
    if (version == f->targets.version)
        return same_file(f, f->targets.name, name, e);
    free(f->targets.name);
    f->targets = (struct found_file){.name = strdup(name), .version = version};
    return f->targets.name != NULL ? 0 : err_oom(e);
}

static int look_at(void *arg, const char *name, struct err *e)
{
    struct found *f = arg;

    if (is_named(name, "root"))
        return add_root(f, name, e);
    if (is_named(name, "targets"))
        return add_targets(f, name, e);
    return card_is_named(name) ? cards_add(&f->cards, f->store, name, e) : 0;
}

/* The day that the ceremony before confirmed, from a bundle's journal. */
static int read_day(struct found *f, struct err *e)
{
    struct bytes text;
    const char *line, *end;
    int found;

    bytes_init(&text);
    found = f->store->ops->read(f->store->self, "journal.jsonl", STORE_MAX_SMALL, &text, e);
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
    *out = (struct found){.store = store};
    if (store->ops->list(store->self, "", look_at, out, e) == 0 && read_day(out, e) == 0) {
        if (out->nroots > 0)
            return 0;
        err_set(e, ERR_INCOMPLETE, "folder '%s' holds no root metadata", store->path);
        err_todo(e, "give the folder of the repository's metadata, or of the bundle before");
    }
    found_clear(out);
    return -1;
}
