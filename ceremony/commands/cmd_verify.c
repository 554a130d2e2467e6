/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <cjson/cJSON.h>
#include <inttypes.h>
#include <string.h>

#include "ceremony/base/memory.h"
#include "ceremony/cli/command.h"
#include "ceremony/cli/file.h"
#include "ceremony/cli/out.h"
#include "ceremony/record/account.h"
#include "ceremony/record/bundle_check.h"
#include "ceremony/repository/history.h"
#include "metadata/client/client.h"

/* All that 'verify' found. */
struct verified {
    const char *root; /* the file that was trusted */
    char root_sha256[SHA256_HEX_SIZE];
    struct client_report report;
    struct account account;
    struct bundle_facts bundle;
    bool tree;     /* of tuf-on-ci */
    int64_t since; /* see history.h */
};

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
    struct bytes line = {0};

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
    out_line("%s.", memory_text(&line));
    bytes_clear(&line);
}

static bool is_missing(const struct client_row *row)
{
    return row->verdict == CLIENT_ABSENT ||
           (row->verdict == CLIENT_REFUSED && row->err.code == ERR_INCOMPLETE);
}

static void print_missing(const struct client_report *r)
{
    struct bytes line = {0};
    size_t n = 0;

    for (size_t i = 0; i < r->n; i++)
        if (is_missing(&r->rows[i]))
            bytes_printf(&line, "%s%s", n++ > 0 ? ", " : "", r->rows[i].role);
    if (n > 0)
        out_line("Not here: %s.", memory_text(&line));
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

/* The digests of roots, as the screens of the review and the transcript have them. */
static void print_roots(const struct client_report *r)
{
    uint8_t raw[SHA256_SIZE];

    for (size_t i = 0; i < r->n; i++) {
        if (strcmp(r->rows[i].role, "root") != 0 || r->rows[i].verdict != CLIENT_ACCEPTED ||
            r->rows[i].version < 1)
            continue;
        if (hex_read(span_str(r->rows[i].sha256), raw, sizeof raw)) {
            out_line("  root version %" PRId64 ", SHA-256 of the signed bytes", r->rows[i].version);
            out_digest(raw, 4);
        }
    }
}

/* What an auditor compares with paper: digests as hex groups and words. */
static void verify_digests_print(const struct verified *v)
{
    const struct bundle_facts *b = &v->bundle;

    if (!b->there)
        return;
    if (b->rebuilt)
        out_line("The bundle was made again from its plan, inputs and journal, and compared.");
    if (b->note != NULL)
        out_line("note: %s", b->note);
    if (b->backward.n > 0)
        out_line("note: the machine's clock went back in the ceremony:");
    out_text(&b->backward);
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

static cJSON *file_json(const struct account_row *row)
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
    if (b->backward.n > 0)
        cJSON_AddStringToObject(journal, "clock_went_back", memory_text(&b->backward));
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

/* The members "trusted", "files", "counts", "missing", "bundle", "layout". */
static void verify_files_json(const struct verified *v, cJSON *tree)
{
    cJSON *trusted = cJSON_AddObjectToObject(tree, "trusted"), *list;

    cJSON_AddStringToObject(trusted, "file", v->root);
    cJSON_AddNumberToObject(trusted, "version", (double)v->report.rows[0].version);
    cJSON_AddStringToObject(trusted, "sha256", v->root_sha256);
    list = cJSON_AddArrayToObject(tree, "files");
    for (size_t i = 0; i < v->account.n; i++)
        cJSON_AddItemToArray(list, file_json(&v->account.rows[i]));
    counts_json(&v->account, tree);
    list = cJSON_AddArrayToObject(tree, "missing");
    for (size_t i = 0; i < v->report.n; i++)
        if (is_missing(&v->report.rows[i]))
            cJSON_AddItemToArray(list, cJSON_CreateString(v->report.rows[i].role));
    cJSON_AddStringToObject(tree, "layout", v->tree ? "tuf-on-ci tree" : "published");
    if (v->bundle.there)
        bundle_json(&v->bundle, tree);
}

/* A client that was not run is not said to accept more than its rules do. */
static void verify_clients_print(const struct client_report *r)
{
    if (!r->accepted)
        return;
    out_line("Stock clients, by the rules in which they part:");
    for (unsigned c = 0; c < STOCK_CLIENTS; c++) {
        const char *why = r->stock.why[c];

        out_line("    %-10s  %s%s", stock_client_name(c), why != NULL ? "refuses: " : "accepts",
                 why != NULL ? why : "");
    }
}

/* "tuf-js, go-tuf and tough": those that refuse, or those that no rule says that of; appended.
 * Returns how many they are. */
static unsigned verify_clients_names(const struct client_report *r, bool refuse, struct bytes *out)
{
    unsigned n = 0, put = 0;

    for (unsigned c = 0; c < STOCK_CLIENTS; c++)
        n += (r->stock.why[c] != NULL) == refuse;
    for (unsigned c = 0; c < STOCK_CLIENTS; c++) {
        if ((r->stock.why[c] != NULL) != refuse)
            continue;
        bytes_put_str(out, put == 0 ? "" : put + 1 == n ? " and " : ", ");
        bytes_put_str(out, stock_client_name(c));
        put++;
    }
    return n;
}

static void verify_clients_json(const struct client_report *r, cJSON *tree)
{
    cJSON *clients, *one;

    if (!r->accepted)
        return;
    clients = cJSON_AddObjectToObject(tree, "clients");
    for (unsigned c = 0; c < STOCK_CLIENTS; c++) {
        one = cJSON_AddObjectToObject(clients, stock_client_name(c));
        cJSON_AddBoolToObject(one, "accepts", r->stock.why[c] == NULL);
        if (r->stock.why[c] != NULL)
            cJSON_AddStringToObject(one, "reason", r->stock.why[c]);
    }
}

/* -1: ERR_INPUT when every stock client refuses, or with --strict one of them. */
static int verify_clients_judge(const struct invocation *in, const struct client_report *r,
                                struct err *e)
{
    unsigned n = 0, one = 0;

    for (unsigned c = 0; c < STOCK_CLIENTS; c++)
        if (r->stock.why[c] != NULL) {
            n++;
            one = c;
        }
    if (!r->accepted || n == 0 || (n < STOCK_CLIENTS && !in_has(in, "strict")))
        return 0;
    err_set(e, ERR_INPUT,
            n == STOCK_CLIENTS ? "every stock client refuses this; %s: %s" : "%s refuses this: %s",
            stock_client_name(one), r->stock.why[one]);
    return err_todo(e, "use what every client reads: see 'Stock clients' in the output");
}

static const char *const verdicts[] = {[CLIENT_ACCEPTED] = "ok",
                                       [CLIENT_ABSENT] = "absent",
                                       [CLIENT_UNBOUND] = "ok, unbound",
                                       [CLIENT_REFUSED] = "REFUSED"};

static void print_row(const struct client_row *r)
{
    char at[UTC_SIZE];
    struct bytes head = {0}, by = {0};

    if (r->verdict == CLIENT_ABSENT) {
        out_line("%-12s %s: not there", verdicts[r->verdict], r->role);
        return;
    }
    bytes_printf(&head, "%-12s %s", verdicts[r->verdict], r->role);
    utc_format(r->expires, at);
    if (r->version > 0) /* it was read */
        bytes_printf(&head, " v%" PRId64 ", expires %s", r->version, at);
    for (size_t i = 0; i < r->nsigners; i++)
        bytes_printf(&by, "%s%.8s", i > 0 ? " " : ": ", r->signers[i]);
    if (r->old_threshold > 0)
        bytes_printf(&by, "; by the keys before: %u signatures, %u needed", r->old_valid,
                     r->old_threshold);
    out_line("%s, %u signatures, %u needed%s", memory_text(&head), r->valid, r->threshold,
             memory_text(&by));
    bytes_clear(&head);
    bytes_clear(&by);
    if (r->verdict == CLIENT_REFUSED)
        out_line("             %s", r->err.what);
    if (r->note != NULL)
        out_line("             note: %s", r->note);
}

/* "A client accepts this repository", or which do and which do not. */
static void print_accepted(const struct verified *v)
{
    const struct client_report *r = &v->report;
    const char *what = v->bundle.there ? "its metadata"
                       : v->tree       ? "what is published from this tree"
                                       : "this repository";
    struct bytes accept = {0}, refuse = {0};
    unsigned accepting, refusing;

    accepting = verify_clients_names(r, false, &accept);
    refusing = verify_clients_names(r, true, &refuse);
    if (v->bundle.there)
        out_line("The bundle is whole.");
    if (refusing == 0)
        out_line("A client accepts %s.", what);
    else {
        if (accepting > 0)
            out_line("By their rules, %s accept%s %s.", memory_text(&accept),
                     accepting == 1 ? "s" : "", what);
        out_line("%s refuse%s it: the reasons are above.", memory_text(&refuse),
                 refusing == 1 ? "s" : "");
    }
    if (v->bundle.there && !r->complete)
        out_line("Snapshot and timestamp are made by the online side; a client needs them too.");
    bytes_clear(&accept);
    bytes_clear(&refuse);
}

static void print(const struct verified *v, const struct err *verdict)
{
    const struct client_report *r = &v->report;

    if (r->secret.code != ERR_NONE)
        out_stolen(&r->secret);
    out_line("trusted      root v%" PRId64 " from '%s', SHA-256 of that file:", r->rows[0].version,
             v->root);
    out_line("             %s", v->root_sha256);
    for (size_t i = 0; i < r->n; i++)
        print_row(&r->rows[i]);
    /* Files at fault and files that no client asks for, a line each; then how many are what. */
    print_kind(&v->account, ACCOUNT_IN_FORCE);
    print_kind(&v->account, ACCOUNT_COMPARED);
    print_kind(&v->account, ACCOUNT_UNASKED);
    print_kind(&v->account, ACCOUNT_UNSEEN);
    print_kind(&v->account, ACCOUNT_FAULT);
    print_counts(&v->account);
    print_missing(&v->report);
    print_notes(v);
    verify_digests_print(v);
    verify_clients_print(r);
    if (!v->report.accepted)
        out_line("A client refuses this repository.");
    else if (v->account.counts[ACCOUNT_ACCEPTED] == 0)
        out_line("Nothing is here that a client could accept.");
    else if (verdict != NULL)
        out_line("What a client asks for here is accepted; this as a whole is not.");
    else
        print_accepted(v);
    if (v->since > 0)
        out_line("Clients that were shipped with root v%" PRId64 " or a later one accept it; those "
                 "with this root are stuck.",
                 v->since);
}

static cJSON *row_json(const struct client_row *r)
{
    cJSON *row = cJSON_CreateObject(), *signers = cJSON_CreateArray();
    char at[UTC_SIZE];

    utc_format(r->expires, at);
    cJSON_AddStringToObject(row, "role", r->role);
    cJSON_AddStringToObject(row, "verdict", verdicts[r->verdict]);
    cJSON_AddNumberToObject(row, "version", (double)r->version);
    cJSON_AddStringToObject(row, "expires", at);
    cJSON_AddNumberToObject(row, "threshold", r->threshold);
    cJSON_AddNumberToObject(row, "valid", r->valid);
    cJSON_AddNumberToObject(row, "old_threshold", r->old_threshold);
    cJSON_AddNumberToObject(row, "old_valid", r->old_valid);
    cJSON_AddStringToObject(row, "sha256", r->sha256);
    for (size_t i = 0; i < r->nsigners; i++)
        cJSON_AddItemToArray(signers, cJSON_CreateString(r->signers[i]));
    cJSON_AddItemToObject(row, "signers", signers);
    if (r->verdict == CLIENT_REFUSED)
        cJSON_AddStringToObject(row, "reason", r->err.what);
    if (r->note != NULL)
        cJSON_AddStringToObject(row, "note", r->note);
    return row;
}

static int print_json(const struct invocation *in, const struct verified *v,
                      const struct err *verdict, struct err *e)
{
    cJSON *tree = cJSON_CreateObject(), *rows;

    cJSON_AddBoolToObject(tree, "accepted", verdict == NULL);
    cJSON_AddBoolToObject(tree, "complete", v->report.complete);
    if (v->since > 0)
        cJSON_AddNumberToObject(tree, "accepted_since", (double)v->since);
    rows = cJSON_AddArrayToObject(tree, "roles");
    for (size_t i = 0; i < v->report.n; i++)
        cJSON_AddItemToArray(rows, row_json(&v->report.rows[i]));
    verify_files_json(v, tree);
    verify_clients_json(&v->report, tree);
    return out_answer(in, tree, verdict, e);
}

/* Ids that are not their keys' hashes, and files that no client asks for, are notes, unless
 * --strict. */
static int strict(const struct verified *v, struct err *e)
{
    const struct client_report *r = &v->report;
    const struct account *a = &v->account;

    for (size_t i = 0; i < r->n; i++)
        if (r->rows[i].note != NULL) {
            err_set(e, ERR_INPUT, "'%s' version %" PRId64 ": %s", r->rows[i].role,
                    r->rows[i].version, r->rows[i].note);
            return err_todo(e, "with --strict, notes are refusals");
        }
    for (size_t i = 0; i < a->n; i++)
        if (a->rows[i].kind == ACCOUNT_UNASKED || a->rows[i].kind == ACCOUNT_UNSEEN) {
            err_set(e, ERR_INPUT, "'%s' is here and not accepted: %s", a->rows[i].file,
                    a->rows[i].why);
            return err_todo(e, "with --strict, a file too many is a refusal");
        }
    if (a->encoded == 0)
        return 0;
    err_set(e, ERR_INPUT, "%zu files have percent-encoded names", a->encoded);
    return err_todo(e, "with --strict, what a plain web server does not find is a refusal");
}

/* What the exit status says about it all. */
static int judge(const struct invocation *in, const struct verified *v, struct err *e)
{
    if (v->report.secret.code != ERR_NONE) {
        *e = v->report.secret;
        return -1;
    }
    if (account_judge(&v->account, &v->report, v->bundle.there, e) != 0 ||
        verify_clients_judge(in, &v->report, e) != 0)
        return -1;
    return in_has(in, "strict") ? strict(v, e) : 0;
}

static int answer(const struct invocation *in, const struct verified *v, struct err *e)
{
    struct err why;
    int verdict, rc = 0;

    err_clear(&why);
    verdict = judge(in, v, &why);
    if (in_has(in, "json"))
        rc = print_json(in, v, verdict != 0 ? &why : NULL, e);
    else
        print(v, verdict != 0 ? &why : NULL);
    if (rc == 0 && verdict != 0)
        *e = why;
    return rc != 0 ? rc : verdict;
}

/* The files behind the client's report. */
static int check_files(const struct invocation *in, const struct repository *repo, struct span root,
                       utc_t now, struct verified *v, struct err *e)
{
    v->tree = repository_is_tree(repo);
    if (account_make(repo, &v->report, root, &v->account, e) != 0 ||
        (repository_is_bundle(repo) &&
         bundle_check(in->args[0], repo, &v->account, &v->bundle, e) != 0))
        return -1;
    return v->report.accepted ? 0 : history_since(repo, root, now, &v->since, e);
}

static int verify(const struct invocation *in, struct span root, utc_t now, struct err *e)
{
    struct verified v = {.root = in_value(in, "trusted-root")};
    struct repository repo;
    int rc = -1;

    if (sha256_hex(root, v.root_sha256) != 0)
        return err_oom(e);
    if (repository_open(in->args[0], &repo, e) != 0)
        return -1;
    if (bundle_client_run(&repo, root, now, &v.report, e) == 0 &&
        check_files(in, &repo, root, now, &v, e) == 0)
        rc = answer(in, &v, e);
    client_report_clear(&v.report);
    account_clear(&v.account);
    bundle_facts_clear(&v.bundle);
    repository_close(&repo);
    return rc;
}

static int run(const struct invocation *in, struct err *e)
{
    const struct env env = env_system();
    const char *root = in_value(in, "trusted-root"), *at = in_value(in, "at");
    struct bytes text = {0};
    utc_t now;
    int rc = -1;

    if (root == NULL) {
        err_set(e, ERR_USAGE, "'verify' needs --trusted-root");
        return err_todo(e, "give a root file that you trust for another reason than that it came "
                           "along: its digest was read aloud or printed");
    }
    if (at != NULL ? utc_parse(span_str(at), &now, e) != 0 : env.now(env.self, &now, e) != 0) {
        if (at != NULL)
            e->code = ERR_USAGE;
        return -1;
    }
    if (file_read(root, &text, e) == 0)
        rc = verify(in, bytes_span(&text), now, e);
    bytes_clear(&text);
    return rc;
}

const struct command cmd_verify = {
    .name = "verify",
    .args = "PATH",
    .summary = "check a repository, a bundle or its .tar as a client would",
    .details =
        "Follows the root chain from the trusted root, then timestamp, snapshot, targets and\n"
        "every delegated role that is there, and lists every file that no client asks for, with\n"
        "the reason. Of a bundle it also compares the manifest with every file, and every file\n"
        "with what plan, inputs and journal give, and prints the digests to compare with paper;\n"
        "what the bundle does not publish again comes from its inputs/trusted, verified as well.\n"
        "Exit status 0 only if a client accepts, no file is at fault, and nothing is missing (of\n"
        "a bundle, snapshot and timestamp are not expected); 7 if it is a part of a repository.\n"
        "Where stock clients differ, each is listed with its verdict, by the rules known of it;\n"
        "what all of them refuse is refused. A private key in a file is printed first, with an\n"
        "exit status of its own.\n"
        "For an old root of the repository from which the newest can't be reached, it prints\n"
        "from which version on clients can reach it.",
    .options = {{"trusted-root", "FILE", "the root from which trust starts"},
                {"at", "UTC", "the time to judge expiry by; default: now"},
                {"strict", NULL,
                 "notes, files too many, and what one stock client refuses, are refusals"}},
    .run = run,
};
