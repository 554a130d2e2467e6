/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <string.h>

#include "ceremony/cli/command.h"
#include "ceremony/cli/file.h"
#include "ceremony/cli/out.h"
#include "ceremony/history.h"
#include "ceremony/repository.h"

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

static void print(const struct client_report *r, int64_t since)
{
    for (size_t i = 0; i < r->n; i++)
        print_row(&r->rows[i]);
    if (r->accepted && !r->complete)
        out_line("Everything that is there is accepted. Snapshot and timestamp are made by the "
                 "online side; a client needs them too.");
    else
        out_line(r->accepted ? "A client accepts this repository."
                             : "A client refuses this repository.");
    if (since > 0)
        out_line("Clients that were shipped with root v%" PRId64 " or a later one accept it; those "
                 "with this root are stuck.",
                 since);
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

static int print_json(const struct invocation *in, const struct client_report *r, int64_t since,
                      const struct err *verdict, struct err *e)
{
    cJSON *tree = cJSON_CreateObject(), *rows;

    cJSON_AddBoolToObject(tree, "accepted", r->accepted);
    cJSON_AddBoolToObject(tree, "complete", r->complete);
    if (since > 0)
        cJSON_AddNumberToObject(tree, "accepted_since", (double)since);
    rows = cJSON_AddArrayToObject(tree, "roles");
    for (size_t i = 0; i < r->n; i++)
        cJSON_AddItemToArray(rows, row_json(&r->rows[i]));
    return out_answer(in, tree, verdict, e);
}

/* Ids that are not their keys' hashes are notes, unless --strict. */
static int strict(const struct client_report *r, struct err *e)
{
    for (size_t i = 0; i < r->n; i++)
        if (r->rows[i].note != NULL) {
            err_set(e, ERR_INPUT, "'%s' version %" PRId64 ": %s", r->rows[i].role,
                    r->rows[i].version, r->rows[i].note);
            return err_todo(e, "with --strict, notes are refusals");
        }
    return 0;
}

/* What the exit status says about the report. */
static int judge(const struct invocation *in, const struct client_report *r, struct err *e)
{
    if (r->accepted)
        return in_has(in, "strict") ? strict(r, e) : 0;
    *e = r->err;
    return -1;
}

static int answer(const struct invocation *in, const struct client_report *r, int64_t since,
                  struct err *e)
{
    struct err why;
    int verdict, rc = 0;

    err_clear(&why);
    verdict = judge(in, r, &why);
    if (in_has(in, "json"))
        rc = print_json(in, r, since, verdict != 0 ? &why : NULL, e);
    else
        print(r, since);
    if (rc == 0 && verdict != 0)
        *e = why;
    return rc != 0 ? rc : verdict;
}

static int verify(const struct invocation *in, struct span root, utc_t now, struct err *e)
{
    struct repository repo;
    struct client_report report;
    int64_t since = 0;
    int rc = -1;

    if (repository_open(in->args[0], &repo, e) != 0)
        return -1;
    if (client_run(&repo, root, now, &report, e) == 0) {
        if (report.accepted || history_since(&repo, root, now, &since, e) == 0)
            rc = answer(in, &report, since, e);
        client_report_clear(&report);
    }
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
        "every delegated role that is there. Exit status 0 only if a client would accept. Of an\n"
        "old root of the repository's own that leads nowhere, it is said since which version\n"
        "clients are not stuck.",
    .min = 1,
    .max = 1,
    .options = {{"trusted-root", "FILE", "the root from which trust starts"},
                {"at", "UTC", "the time to judge expiry by; default: now"},
                {"strict", NULL, "notes are refusals too"}},
    .run = run,
};
