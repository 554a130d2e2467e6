/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/record/account.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "ceremony/record/account_part.h"
#include "ceremony/repository/trusted.h"
#include "metadata/base/array.h"

void account_clear(struct account *a)
{
    for (size_t i = 0; i < a->n; i++) {
        free(a->rows[i].file);
        free(a->rows[i].why);
    }
    free(a->rows);
    *a = (struct account){0};
}

static void fault_first(struct account *a, const struct account_row *row)
{
    if (row->kind != ACCOUNT_FAULT ||
        (a->err.code != ERR_NONE && (a->err.code != ERR_INCOMPLETE || row->code == ERR_INCOMPLETE)))
        return;
    err_set(&a->err, row->code, "'%s': %s", row->file, row->why);
    err_todo(&a->err,
             "do not publish or archive this as it is; find out where the file comes from");
}

/* The row of that file, when it has one. */
static struct account_row *row_of(const struct account *a, const char *file)
{
    struct account_row *row = array_find(a->rows, a->sorted, sizeof *a->rows, file);

    if (row != NULL)
        return row;
    for (size_t i = a->sorted; a->sorted > 0 && i < a->n; i++)
        if (strcmp(a->rows[i].file, file) == 0)
            return &a->rows[i];
    return NULL;
}

static struct account_row *row_new(struct account *a, const char *file, struct err *e)
{
    if (array_grow(&a->rows, a->n, sizeof *a->rows, e) != 0)
        return NULL;
    a->rows[a->n] = (struct account_row){.file = strdup(file), .kind = ACCOUNT_KINDS};
    if (a->rows[a->n].file == NULL) {
        err_oom(e);
        return NULL;
    }
    return &a->rows[a->n++];
}

int account_add(struct account *a, const char *file, enum account_kind kind, enum err_code code,
                struct err *e, const char *fmt, ...)
{
    struct account_row *row = row_of(a, file);
    struct bytes words = {0};
    char line[600];
    va_list ap;

    if (row != NULL && row->kind == ACCOUNT_FAULT)
        return 0;
    if (row == NULL && (row = row_new(a, file, e)) == NULL)
        return -1;
    va_start(ap, fmt);
    vsnprintf(line, sizeof line, fmt, ap);
    va_end(ap);
    bytes_put_str(&words, line);
    free(row->why);
    row->why = NULL;
    if (line[0] != '\0' && (row->why = bytes_take_str(&words)) == NULL)
        return err_oom(e);
    bytes_clear(&words);
    if (row->kind < ACCOUNT_KINDS)
        a->counts[row->kind]--;
    a->counts[kind]++;
    row->kind = kind;
    row->code = code;
    fault_first(a, row);
    return 0;
}

/* The roles that the client looked at, each once, with the worst that was said of it. */
static int roles_read(struct accounting *w, struct err *e)
{
    const struct client_report *r = w->report;
    size_t n = 0;

    if ((w->roles = calloc(r->n + 1, sizeof *w->roles)) == NULL)
        return err_oom(e);
    for (size_t i = 0; i < r->n; i++)
        w->roles[i] = (struct looked_at){r->rows[i].role, &r->rows[i]};
    array_sort(w->roles, r->n, sizeof *w->roles);
    for (size_t i = 0; i < r->n; i++) {
        if (n == 0 || strcmp(w->roles[n - 1].role, w->roles[i].role) != 0)
            w->roles[n++] = w->roles[i];
        else if (w->roles[i].row->verdict == CLIENT_REFUSED)
            w->roles[n - 1].row = w->roles[i].row;
    }
    w->nroles = n;
    return 0;
}

static int add_rest(void *arg, const char *name, enum store_kind what, struct err *e)
{
    struct accounting *w = arg;
    struct span role = {0};
    const char *folder = repository_folder(w->repo), *words = store_kind_words(what);
    bool inside = strncmp(name, folder, strlen(folder)) == 0, metadata;
    int64_t version = inside ? file_name_split(name + strlen(folder), &role) : 0;

    metadata = role.n > 0 && (version > 0 || !span_is(role, "root"));
    if (what == STORE_UNREADABLE || what == STORE_DEEP)
        return account_add(w->out, name, ACCOUNT_FAULT, ERR_IO, e, "%s", words);
    if (what == STORE_EMPTY || (!metadata && !w->bundle))
        return account_add(w->out, name, ACCOUNT_UNASKED, 0, e, "%s", words);
    return account_add(w->out, name, ACCOUNT_FAULT, ERR_INPUT, e,
                       "%s, and was not followed or read; a web server may give anything for it",
                       words);
}

/* A bundle's, in force before; compared with the manifest as all of it. */
static int add_in_force(struct accounting *w, const struct repository_file *f, struct err *e)
{
    if (span_is(span_of(f->role, f->role_n), "root") && f->version == w->trusted)
        return account_root_in_force(w, f, e);
    if (f->asked)
        return account_role(w, f, e);
    if (!f->withheld)
        return account_add(w->out, f->name, ACCOUNT_COMPARED, 0, e, "%s", "");
    return account_add(w->out, f->name, ACCOUNT_COMPARED, 0, e,
                       "a client refuses it beside what is signed here; it must be made anew");
}

static int add_file(struct accounting *w, const struct repository_file *f, struct err *e)
{
    const char *folder = repository_folder(w->repo);

    if (f->in_force)
        return add_in_force(w, f, e);
    if (f->role_n > 0)
        return span_is(span_of(f->role, f->role_n), "root") ? account_root(w, f, e)
                                                            : account_role(w, f, e);
    if (w->bundle)
        return account_add(w->out, f->name, ACCOUNT_COMPARED, 0, e, "%s", "");
    if (strncmp(f->name, folder, strlen(folder)) != 0)
        return account_add(w->out, f->name, ACCOUNT_UNSEEN, 0, e,
                           "it is outside '%s', and target files are not compared", folder);
    return account_add(w->out, f->name, ACCOUNT_UNASKED, 0, e, "its name is not that of metadata");
}

/* The newest root that is here is at least the trusted one: else this is a part, or went back. */
static int newest_root(struct accounting *w, struct err *e)
{
    const struct repository_file *newest = NULL;

    for (size_t i = 0; i < repository_count(w->repo); i++) {
        const struct repository_file *f = repository_file(w->repo, i);

        if (f->version > 0 && !f->in_force && span_is(span_of(f->role, f->role_n), "root") &&
            (newest == NULL || f->version > newest->version))
            newest = f;
    }
    if (newest == NULL || newest->version >= w->trusted)
        return 0;
    return account_add(w->out, newest->name, ACCOUNT_FAULT, ERR_VERSION, e,
                       "it is the newest root here, and older than the trusted one, which is "
                       "version %" PRId64 ": this is an older state of the repository, or a part",
                       w->trusted);
}

int account_make(const struct repository *repo, const struct client_report *report,
                 struct span trusted_root, struct account *out, struct err *e)
{
    struct store *store = repository_store(repo);
    struct accounting w = {.repo = repo,
                           .report = report,
                           .trusted_text = trusted_root,
                           .bundle = repository_is_bundle(repo),
                           .out = out};
    int rc;

    *out = (struct account){0};
    rc = roles_read(&w, e);
    if (rc == 0)
        rc = account_roots_begin(&w, e);
    for (size_t i = 0; rc == 0 && i < repository_count(repo); i++)
        rc = add_file(&w, repository_file(repo, i), e);
    if (rc == 0 && store->ops->list_rest != NULL)
        rc = store->ops->list_rest(store->self, add_rest, &w, e);
    account_roots_end(&w);
    free(w.roles);
    array_sort(out->rows, out->n, sizeof *out->rows);
    out->sorted = out->n;
    if (rc == 0)
        rc = newest_root(&w, e);
    if (rc != 0)
        account_clear(out);
    return rc;
}

/* The first refusal that is more than something missing; NULL: there is none. */
static const struct err *refusal(const struct client_report *r)
{
    for (size_t i = 0; i < r->n; i++)
        if (r->rows[i].verdict == CLIENT_REFUSED && r->rows[i].err.code != ERR_INCOMPLETE)
            return &r->rows[i].err;
    return NULL;
}

/* A file of a bundle's own that no client asks for. */
static const struct account_row *not_led_to(const struct account *a)
{
    for (size_t i = 0; i < a->n; i++)
        if (a->rows[i].kind == ACCOUNT_UNASKED && a->rows[i].code == ERR_INCOMPLETE)
            return &a->rows[i];
    return NULL;
}

int account_judge(const struct account *a, const struct client_report *report, bool bundle,
                  struct err *e)
{
    const struct err *why = refusal(report);
    const struct account_row *row;

    if (why == NULL && a->err.code != ERR_NONE && a->err.code != ERR_INCOMPLETE)
        why = &a->err;
    if (why == NULL && !report->accepted)
        why = &report->err;
    if (why == NULL && a->err.code != ERR_NONE)
        why = &a->err;
    if (why != NULL) {
        *e = *why;
        return -1;
    }
    if (a->counts[ACCOUNT_ACCEPTED] == 0 && a->counts[ACCOUNT_UNASKED] == 0) {
        err_set(e, ERR_INCOMPLETE, "there is no metadata here");
        return err_todo(e, "give the folder in which the metadata is, or a bundle");
    }
    if (a->counts[ACCOUNT_ACCEPTED] == 0) {
        err_set(e, ERR_INCOMPLETE, "no client that trusts this root asks for any file here");
        return err_todo(e, "add what leads to them (the reason is beside each), or trust "
                           "another root");
    }
    if ((row = not_led_to(a)) != NULL) {
        err_set(e, ERR_INCOMPLETE, "'%s': %s", row->file, row->why);
        return err_todo(e, "what leads to it is missing in " TRUSTED_FOLDER);
    }
    if (report->complete || bundle)
        return 0;
    err_set(e, ERR_INCOMPLETE, "this is a part of a repository: snapshot or timestamp is not here");
    return err_todo(e, "add what the online side makes, then verify again; what is here was "
                       "accepted");
}
