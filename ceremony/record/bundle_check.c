/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/record/bundle_check.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ceremony/record/bundle.h"
#include "ceremony/store/store_tar.h"
#include "metadata/base/array.h"
#include "metadata/json/json.h"

#define MANIFEST "manifest.json"
#define JOURNAL  "journal.jsonl"

struct checking {
    const char *path;
    const struct repository *repo;
    struct store *store; /* the repository's */
    struct account *account;
    struct bundle_facts *facts;
};

void bundle_facts_clear(struct bundle_facts *f)
{
    free(f->program);
    free(f->note);
    bytes_clear(&f->backward);
    *f = (struct bundle_facts){0};
}

static bool has_file(const struct repository *repo, const char *name)
{
    for (size_t i = 0; i < repository_count(repo); i++)
        if (strcmp(repository_file(repo, i)->name, name) == 0)
            return true;
    return false;
}

/* Did the client get everything that the bundle has anew? It never asks for a root up to the one
 * that it trusts. */
static bool all_asked(const struct repository *repo, int64_t trusted)
{
    for (size_t i = 0; i < repository_count(repo); i++) {
        const struct repository_file *f = repository_file(repo, i);

        bool known = span_is(span_of(f->role, f->role_n), "root") && f->version <= trusted;

        if (f->role_n > 0 && !f->in_force && !f->asked && !known)
            return false;
    }
    return true;
}

int bundle_client_run(const struct repository *repo, struct span trusted_root, utc_t now,
                      struct client_report *out, struct err *e)
{
    bool again = true;

    while (again) {
        if (client_run(repo, trusted_root, now, out, e) != 0)
            return -1;
        again = false;
        for (size_t i = 0;
             i < out->n && repository_is_bundle(repo) && all_asked(repo, out->rows[0].version); i++)
            if (out->rows[i].verdict == CLIENT_REFUSED &&
                repository_withhold(repo, out->rows[i].role))
                again = true;
        if (again)
            client_report_clear(out);
    }
    return 0;
}

static int fault(struct checking *c, const char *file, enum err_code code, const char *why,
                 struct err *e)
{
    return account_add(c->account, file, ACCOUNT_FAULT, code, e, "%s", why);
}

/* An error of the bundle's making is a fault of that file; any other ends the work. */
static int judged(struct checking *c, const char *file, const struct err *why, struct err *e)
{
    if (why->code == ERR_INTERNAL || why->code == ERR_IO) {
        *e = *why;
        return -1;
    }
    return account_add(c->account, file, ACCOUNT_FAULT, why->code, e, "%s%s%s", why->what,
                       why->where[0] != '\0' ? "; " : "", why->where);
}

/* The digest of a file of the bundle: 1, 0 when there is none, -1. */
static int digest_of(struct checking *c, const char *name, char out[SHA256_HEX_SIZE], struct err *e)
{
    uint8_t digest[SHA256_SIZE];
    int found = store_sha256(c->store, name, digest, e);

    if (found > 0)
        hex_of(digest, sizeof digest, out);
    return found;
}

/* A name in the manifest, and the digest that it has there. */
static int listed(struct checking *c, const char *name, struct json digest, struct err *e)
{
    char hex[SHA256_HEX_SIZE];
    struct err why;
    int found;

    if (path_check(span_str(name), &why) != 0)
        return judged(c, MANIFEST, &why, e);
    found = digest_of(c, name, hex, &why);
    if (found < 0)
        return judged(c, name, &why, e);
    if (found == 0)
        return fault(c, name, ERR_INCOMPLETE, "the manifest lists it, and it is not here", e);
    if (json_text_is(digest, hex))
        return 0;
    return fault(c, name, ERR_SIGNATURE, "it was changed: the manifest has another SHA-256", e);
}

static int check_listed(struct checking *c, struct json files, struct err *e)
{
    struct json name, digest;
    int rc = 0;

    for (struct json_iter it = json_iter_of(files); rc == 0 && json_next(&it, &name, &digest);) {
        char *text = json_strdup(name);

        rc = text != NULL ? listed(c, text, digest, e) : err_oom(e);
        free(text);
    }
    return rc;
}

/* One file too many? */
static int check_unlisted(struct checking *c, struct json files, struct err *e)
{
    for (size_t i = 0; i < repository_count(c->repo); i++) {
        const char *name = repository_file(c->repo, i)->name;
        struct json digest;

        if (strcmp(name, MANIFEST) != 0 && !json_get(files, name, &digest) &&
            fault(c, name, ERR_INPUT, "it is not of this bundle: the manifest does not list it",
                  e) != 0)
            return -1;
    }
    return 0;
}

static int check_manifest(struct checking *c, struct err *e)
{
    struct json_doc *doc = NULL;
    struct json files;
    struct bytes text = {0};
    struct err why;
    int found, rc;

    err_clear(&why);
    found = c->store->ops->read(c->store->self, MANIFEST, STORE_MAX_SMALL, &text, &why);
    if (found == 0)
        err_set(&why, ERR_INCOMPLETE, "a bundle without it: nothing can be compared with paper");
    if (found <= 0 || sha256(bytes_span(&text), c->facts->manifest) != 0 ||
        json_doc_take(&text, MANIFEST, JSON_TEXT, &doc, &why) != 0 ||
        json_need(json_root(doc), "files", JSON_OBJECT, &files, &why) != 0)
        rc = judged(c, MANIFEST, &why, e);
    else
        rc = check_listed(c, files, e) == 0 ? check_unlisted(c, files, e) : -1;
    json_doc_free(doc);
    bytes_clear(&text);
    return rc;
}

static int note(struct checking *c, struct err *e, const char *text)
{
    free(c->facts->note);
    c->facts->note = strdup(text);
    return c->facts->note != NULL ? 0 : err_oom(e);
}

/* Did this version of the program begin the ceremony? Another one may word things in another way.
 */
static int read_program(struct checking *c, const struct journal *j, bool *same, struct err *e)
{
    struct json program;

    *same = false;
    if (journal_count(j) == 0 || !json_get(journal_event(j, 0)->data, "program", &program) ||
        json_kind(program) != JSON_STRING)
        return 0;
    free(c->facts->program);
    c->facts->program = json_strdup(program);
    *same = json_text_is(program, "tuf-ceremony " TC_VERSION);
    return c->facts->program != NULL ? 0 : err_oom(e);
}

/* What is signed, and the keys, are the same by whatever version. */
static bool is_worded(const char *name)
{
    size_t n = strlen(name);

    return strncmp(name, "metadata/", strlen("metadata/")) != 0 &&
           !(n > 4 && strcmp(name + n - 4, ".pem") == 0);
}

/* Holds the bundle's file against the one that was made again. */
static int compare(struct checking *c, const struct bundle_file *made, bool same_program,
                   bool *differs, struct err *e)
{
    uint8_t digest[SHA256_SIZE] = {0};
    struct err why;
    int found = store_sha256(c->store, made->name, digest, &why);

    if (found < 0)
        return judged(c, made->name, &why, e);
    if (found > 0 && memcmp(digest, made->sha256, sizeof digest) == 0)
        return 0;
    *differs = true;
    if (found == 0)
        return fault(c, made->name, ERR_INCOMPLETE,
                     "plan, inputs and journal give it, and it is not here", e);
    if (!same_program && is_worded(made->name))
        return note(
            c, e,
            "another version of the program wrote this bundle: how transcript, key records and "
            "manifest are worded was not compared");
    return fault(c, made->name, ERR_SIGNATURE, "it is not what plan, inputs and journal give", e);
}

static int compare_all(struct checking *c, const struct bundle *b, bool same_program, bool *differs,
                       struct err *e)
{
    for (size_t i = 0; i < b->n; i++)
        if (compare(c, &b->files[i], same_program, differs, e) != 0)
            return -1;
    for (size_t i = 0; i < repository_count(c->repo); i++) {
        const char *name = repository_file(c->repo, i)->name;

        if (array_find(b->files, b->n, sizeof *b->files, name) == NULL &&
            fault(c, name, ERR_INPUT, "plan, inputs and journal do not give it", e) != 0)
            return -1;
    }
    return 0;
}

/* The tar as it is on the disk, held against the one that is made again. */
struct on_disk {
    FILE *file;
    uint64_t at;
    bool differs;
};

static int compare_part(void *to, struct span part, struct err *e)
{
    struct on_disk *d = to;

    (void)e;
    for (size_t i = 0; i < part.n && !d->differs; i++, d->at++)
        d->differs = getc(d->file) != part.p[i];
    return 0;
}

/* Times, order and padding of a tar are given too: every byte of it is. */
static int compare_tar(struct checking *c, const struct bundle *b, utc_t time, struct err *e)
{
    struct on_disk d = {.file = fopen(c->path, "rbe")};
    int rc;

    if (d.file == NULL)
        return err_system(e, errno, "'%s' can't be read", c->path);
    rc = bundle_tar(b, "bundle", time, compare_part, &d, e);
    if (rc == 0 && !d.differs)
        d.differs = getc(d.file) != EOF;
    if (rc == 0 && ferror(d.file))
        rc = err_system(e, errno, "'%s' can't be read", c->path);
    (void)fclose(d.file);
    if (rc != 0 || !d.differs)
        return rc;
    return account_add(c->account, c->path, ACCOUNT_FAULT, ERR_INPUT, e,
                       "the files in it are right, but it is not the tar that the ceremony wrote: "
                       "byte %" PRIu64 " differs",
                       d.at);
}

static int rebuild(struct checking *c, const struct ceremony *from, struct err *e)
{
    const struct journal *j = ceremony_journal(from);
    bool same_program, differs = false;
    struct bundle b;
    struct err why;
    int rc;

    c->facts->lines = journal_count(j);
    journal_put_backward(j, c->facts->lines, &c->facts->backward);
    if (bytes_failed(&c->facts->backward))
        return err_oom(e);
    if (c->facts->lines > 0)
        memcpy(c->facts->last, journal_event(j, c->facts->lines - 1)->hash, SHA256_HEX_SIZE);
    if (ceremony_warning(from) != NULL &&
        fault(c, JOURNAL, ERR_JOURNAL, ceremony_warning(from), e) != 0)
        return -1;
    if (read_program(c, j, &same_program, e) != 0)
        return -1;
    if (bundle_make(from, &b, &why) != 0)
        return judged(c, JOURNAL, &why, e);
    rc = compare_all(c, &b, same_program, &differs, e);
    c->facts->rebuilt = rc == 0 && c->account->err.code == ERR_NONE;
    if (c->facts->rebuilt && !differs && !store_is_folder(c->path))
        rc = compare_tar(c, &b, ceremony_session(from)->date, e);
    bundle_clear(&b);
    return rc;
}

/* Folds the journal as the room did; what is refused is a fault of the file that the error is
 * about. */
static int check_record(struct checking *c, struct err *e)
{
    const struct env env = env_system();
    struct ceremony *from = NULL;
    struct store *again = NULL;
    struct err why;
    int rc;

    if (!has_file(c->repo, "plan.json"))
        return note(c, e,
                    "this bundle does not hold its plan: journal, transcript and metadata were "
                    "compared with the manifest only");
    if (store_open_given(c->path, &again, e) != 0)
        return -1;
    err_clear(&why);
    if (ceremony_open(again, &env, CEREMONY_READ, &from, &why) != 0)
        return judged(c, why.code == ERR_JOURNAL ? JOURNAL : "plan.json", &why, e);
    rc = rebuild(c, from, e);
    ceremony_free(from);
    return rc;
}

int bundle_check(const char *path, const struct repository *repo, struct account *a,
                 struct bundle_facts *out, struct err *e)
{
    struct checking c = {path, repo, repository_store(repo), a, out};
    struct err why;

    *out = (struct bundle_facts){.there = true};
    if (store_sha256(c.store, "transcript.txt", out->transcript, &why) < 0 &&
        judged(&c, "transcript.txt", &why, e) != 0)
        return -1;
    if (check_manifest(&c, e) == 0 && check_record(&c, e) == 0)
        return 0;
    bundle_facts_clear(out);
    return -1;
}
