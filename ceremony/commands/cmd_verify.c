/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <string.h>

#include "ceremony/cli/command.h"
#include "ceremony/cli/file.h"
#include "ceremony/cli/out.h"
#include "ceremony/commands/verify_clients.h"
#include "ceremony/commands/verify_files.h"
#include "ceremony/repository/history.h"

static const char *const verdicts[] = {[CLIENT_ACCEPTED] = "ok",
                                       [CLIENT_ABSENT] = "absent",
                                       [CLIENT_UNBOUND] = "ok, unbound",
                                       [CLIENT_REFUSED] = "REFUSED"};

static void print_row(const struct client_row *r)
{
    char at[UTC_SIZE];
    struct bytes by;

    if (r->verdict == CLIENT_ABSENT) {
        out_line("%-12s %s: not there", verdicts[r->verdict], r->role);
        return;
    }
    utc_format(r->expires, at);
    bytes_init(&by);
    for (size_t i = 0; i < r->nsigners; i++)
        bytes_printf(&by, "%s%.8s", i > 0 ? " " : "", r->signers[i]);
    if (r->old_threshold > 0)
        bytes_printf(&by, "; by the keys before: %u signatures, %u needed", r->old_valid,
                     r->old_threshold);
    out_line("%-12s %s v%" PRId64 ", expires %s, %u signatures, %u needed: %s",
             verdicts[r->verdict], r->role, r->version, r->version > 0 ? at : "-", r->valid,
             r->threshold, bytes_str(&by));
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
    struct bytes accept, refuse;
    unsigned accepting, refusing;

    bytes_init(&accept);
    bytes_init(&refuse);
    accepting = verify_clients_names(r, false, &accept);
    refusing = verify_clients_names(r, true, &refuse);
    if (v->bundle.there)
        out_line("The bundle is whole.");
    if (refusing == 0)
        out_line("A client accepts %s.", what);
    else {
        if (accepting > 0)
            out_line("By their rules, %s accept%s %s.", bytes_str(&accept),
                     accepting == 1 ? "s" : "", what);
        out_line("%s refuse%s it: the reasons stand above.", bytes_str(&refuse),
                 refusing == 1 ? "s" : "");
    }
    if (v->bundle.there && !r->complete)
        out_line("Snapshot and timestamp are made by the online side; a client needs them too.");
    bytes_clear(&accept);
    bytes_clear(&refuse);
}

static void print_verdict(const struct verified *v, const struct err *verdict)
{
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
    verify_files_print(v);
    verify_digests_print(v);
    verify_clients_print(r);
    print_verdict(v, verdict);
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
    err_set(e, ERR_INPUT, "%zu files lie under percent-encoded names", a->encoded);
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
    struct bytes text;
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
    bytes_init(&text);
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
        "every delegated role that is there, and names every file that no client asks for, with\n"
        "the reason. Of a bundle it also compares the manifest with every file, and every file\n"
        "with what plan, inputs and journal give, and prints the digests to compare with paper;\n"
        "what it does not have anew it takes from the bundle's inputs/trusted, verified as well.\n"
        "Exit status 0 only if a client accepts, no file is at fault, and nothing is missing (of\n"
        "a bundle, snapshot and timestamp are not expected); 7 if it is a part of a repository.\n"
        "Where stock clients part, each is named with its verdict, by the rules known of it; what\n"
        "all of them refuse is refused. A private key in a file is printed first, with an exit\n"
        "status of its own.\n"
        "Of an old root of the repository's own that leads nowhere, it is said since which\n"
        "version clients are not stuck.",
    .min = 1,
    .max = 1,
    .options = {{"trusted-root", "FILE", "the root from which trust starts"},
                {"at", "UTC", "the time to judge expiry by; default: now"},
                {"strict", NULL,
                 "notes, files too many, and what one stock client refuses, are refusals"}},
    .run = run,
};
