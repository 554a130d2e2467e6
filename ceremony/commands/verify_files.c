/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/commands/verify_files.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "ceremony/cli/out.h"

static const char *const kinds[] = {
    [ACCOUNT_ACCEPTED] = "accepted", [ACCOUNT_COMPARED] = "compared",
    [ACCOUNT_IN_FORCE] = "in force", [ACCOUNT_UNASKED] = "not asked",
    [ACCOUNT_UNSEEN] = "not seen",   [ACCOUNT_REFUSED] = "refused",
    [ACCOUNT_FAULT] = "FAULT"};
static_assert(sizeof kinds / sizeof kinds[0] == ACCOUNT_KINDS, "every kind has a word");

static void print_kind(const struct account *a, enum account_kind kind)
{
    for (size_t i = 0; i < a->n; i++)
        if (a->rows[i].kind == kind && a->rows[i].why != NULL)
            out_line("%-12s %s: %s", kinds[kind], a->rows[i].file, a->rows[i].why);
}

static const char *files(size_t n)
{
    return n == 1 ? "file" : "files";
}

/* "5 files looked at and accepted, 2 that no client asks for." */
static void print_counts(const struct account *a)
{
    const size_t *n = a->counts;
    struct bytes line;

    bytes_init(&line);
    bytes_printf(&line, "%zu %s looked at and accepted", n[ACCOUNT_ACCEPTED],
                 files(n[ACCOUNT_ACCEPTED]));
    if (n[ACCOUNT_COMPARED] > 0)
        bytes_printf(&line, ", %zu compared with the manifest", n[ACCOUNT_COMPARED]);
    if (n[ACCOUNT_IN_FORCE] > 0)
        bytes_printf(&line, ", %zu in force before, compared and followed", n[ACCOUNT_IN_FORCE]);
    if (n[ACCOUNT_REFUSED] > 0)
        bytes_printf(&line, ", %zu refused", n[ACCOUNT_REFUSED]);
    if (n[ACCOUNT_FAULT] > 0)
        bytes_printf(&line, ", %zu at fault", n[ACCOUNT_FAULT]);
    if (n[ACCOUNT_UNASKED] > 0)
        bytes_printf(&line, ", %zu that no client asks for and nothing is claimed of",
                     n[ACCOUNT_UNASKED]);
    if (n[ACCOUNT_UNSEEN] > 0)
        bytes_printf(&line, ", %zu not looked at", n[ACCOUNT_UNSEEN]);
    out_line("%s.", bytes_str(&line));
    bytes_clear(&line);
}

static bool is_missing(const struct client_row *row)
{
    return row->verdict == CLIENT_ABSENT ||
           (row->verdict == CLIENT_REFUSED && row->err.code == ERR_INCOMPLETE);
}

static void print_missing(const struct client_report *r)
{
    struct bytes line;
    size_t n = 0;

    bytes_init(&line);
    for (size_t i = 0; i < r->n; i++)
        if (is_missing(&r->rows[i]))
            bytes_printf(&line, "%s%s", n++ > 0 ? ", " : "", r->rows[i].role);
    if (n > 0)
        out_line("Not here: %s.", bytes_str(&line));
    bytes_clear(&line);
}

static void print_notes(const struct verified *v)
{
    if (v->account.encoded > 0)
        out_line("%zu %s found under a percent-encoded name, '4.targets%%2Fsimple.json': a plain "
                 "web server looks for '4.targets/simple.json' when it is asked for it.",
                 v->account.encoded, v->account.encoded == 1 ? "file was" : "files were");
    if (v->tree)
        out_line("This is a git tree of tuf-on-ci: clients get its published form, the same files "
                 "under names like '7.targets.json'.");
}

void verify_files_print(const struct verified *v)
{
    print_kind(&v->account, ACCOUNT_IN_FORCE);
    print_kind(&v->account, ACCOUNT_COMPARED);
    print_kind(&v->account, ACCOUNT_UNASKED);
    print_kind(&v->account, ACCOUNT_UNSEEN);
    print_kind(&v->account, ACCOUNT_FAULT);
    print_counts(&v->account);
    print_missing(&v->report);
    print_notes(v);
}

/* The digests of roots, as the screens of the review and the transcript have them. */
static void print_roots(const struct client_report *r)
{
    struct bytes raw;

    for (size_t i = 0; i < r->n; i++) {
        if (strcmp(r->rows[i].role, "root") != 0 || r->rows[i].verdict != CLIENT_ACCEPTED ||
            r->rows[i].version < 1)
            continue;
        bytes_init(&raw);
        if (hex_decode(span_str(r->rows[i].sha256), &raw) == 0 && raw.n == SHA256_SIZE) {
            out_line("  root version %" PRId64 ", SHA-256 of the signed bytes", r->rows[i].version);
            out_digest(raw.p, 4);
        }
        bytes_clear(&raw);
    }
}

void verify_digests_print(const struct verified *v)
{
    const struct bundle_facts *b = &v->bundle;

    if (!b->there)
        return;
    if (b->rebuilt)
        out_line("The bundle was made again from its plan, inputs and journal, and compared.");
    if (b->note != NULL)
        out_line("note: %s", b->note);
    out_line("To compare with what was written down in the room:");
    out_line("  manifest.json, SHA-256");
    out_digest(b->manifest, 4);
    out_line("  transcript.txt, SHA-256");
    out_digest(b->transcript, 4);
    print_roots(&v->report);
    if (b->lines == 0)
        return;
    out_line("  journal.jsonl has %zu lines; the SHA-256 of the last is", b->lines);
    out_line("    %s", b->last);
}

static cJSON *row_json(const struct account_row *row)
{
    cJSON *item = cJSON_CreateObject();

    cJSON_AddStringToObject(item, "file", row->file);
    cJSON_AddStringToObject(item, "verdict",
                            row->kind == ACCOUNT_FAULT ? "fault" : kinds[row->kind]);
    if (row->why != NULL)
        cJSON_AddStringToObject(item, "reason", row->why);
    if (row->kind == ACCOUNT_FAULT)
        cJSON_AddNumberToObject(item, "status", row->code);
    return item;
}

static void bundle_json(const struct bundle_facts *b, cJSON *tree)
{
    cJSON *out = cJSON_AddObjectToObject(tree, "bundle"), *journal;
    char hex[SHA256_HEX_SIZE];

    cJSON_AddBoolToObject(out, "made_again", b->rebuilt);
    hex_of(b->manifest, SHA256_SIZE, hex);
    cJSON_AddStringToObject(out, "manifest", hex);
    hex_of(b->transcript, SHA256_SIZE, hex);
    cJSON_AddStringToObject(out, "transcript", hex);
    journal = cJSON_AddObjectToObject(out, "journal");
    cJSON_AddNumberToObject(journal, "lines", (double)b->lines);
    cJSON_AddStringToObject(journal, "last", b->last);
    if (b->program != NULL)
        cJSON_AddStringToObject(out, "program", b->program);
    if (b->note != NULL)
        cJSON_AddStringToObject(out, "note", b->note);
}

static void counts_json(const struct account *a, cJSON *tree)
{
    static const char *const names[] = {
        [ACCOUNT_ACCEPTED] = "accepted", [ACCOUNT_COMPARED] = "compared",
        [ACCOUNT_IN_FORCE] = "in_force", [ACCOUNT_UNASKED] = "not_asked",
        [ACCOUNT_UNSEEN] = "not seen",   [ACCOUNT_REFUSED] = "refused",
        [ACCOUNT_FAULT] = "faults"};
    cJSON *counts = cJSON_AddObjectToObject(tree, "counts");

    for (size_t i = 0; i < ACCOUNT_KINDS; i++)
        cJSON_AddNumberToObject(counts, names[i], (double)a->counts[i]);
    cJSON_AddNumberToObject(counts, "percent_encoded", (double)a->encoded);
}

void verify_files_json(const struct verified *v, cJSON *tree)
{
    cJSON *trusted = cJSON_AddObjectToObject(tree, "trusted"), *list;

    cJSON_AddStringToObject(trusted, "file", v->root);
    cJSON_AddNumberToObject(trusted, "version", (double)v->report.rows[0].version);
    cJSON_AddStringToObject(trusted, "sha256", v->root_sha256);
    list = cJSON_AddArrayToObject(tree, "files");
    for (size_t i = 0; i < v->account.n; i++)
        cJSON_AddItemToArray(list, row_json(&v->account.rows[i]));
    counts_json(&v->account, tree);
    list = cJSON_AddArrayToObject(tree, "missing");
    for (size_t i = 0; i < v->report.n; i++)
        if (is_missing(&v->report.rows[i]))
            cJSON_AddItemToArray(list, cJSON_CreateString(v->report.rows[i].role));
    cJSON_AddStringToObject(tree, "layout", v->tree ? "tuf-on-ci tree" : "published");
    if (v->bundle.there)
        bundle_json(&v->bundle, tree);
}
