/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/commands/inspect_path.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "ceremony/cli/file.h"
#include "ceremony/cli/out.h"
#include "ceremony/repository/repository.h"
#include "metadata/client/lookup.h"

#define FEW 8 /* roles to come that are shown */

static const char *const ends[] = {[LOOKUP_FOUND] = "found",
                                   [LOOKUP_NOWHERE] = "nowhere",
                                   [LOOKUP_LIMIT] = "limit",
                                   [LOOKUP_ABSENT] = "absent",
                                   [LOOKUP_REFUSED] = "refused"};
static const char *const shares[] = {[SHARE_ALL] = "all",
                                     [SHARE_PATTERN] = "pattern",
                                     [SHARE_PREFIX] = "hash prefix",
                                     [SHARE_BIN] = "succinct bin"};

/* By which words a delegator sends the client on. */
static void put_way(const struct lookup_step *s, struct bytes *out)
{
    bytes_printf(out, "    sent here by %s", s->delegator);
    if (s->share == SHARE_PATTERN)
        bytes_printf(out, ", whose pattern '%s' matches", s->by);
    else if (s->share == SHARE_PREFIX)
        bytes_printf(out, ": the hash of the path begins with '%s'", s->by);
    else if (s->share == SHARE_BIN)
        bytes_printf(out, ": the bin '%s-...' of the path's hash", s->by);
    if (s->terminating)
        bytes_put_str(out, "; terminating: nothing behind it is looked at");
}

/* Key records have the specification's ids, which files need not list; NULL: nobody is known. */
static char *holder_of(const struct repository *repo, const struct lookup_step *s, size_t i)
{
    return s->key_ids[i] != NULL ? repository_holder(repo, s->key_ids[i]) : NULL;
}

static void print_signers(const struct repository *repo, const struct lookup_step *s)
{
    out_line("    signed by any %u of %zu key%s:", s->threshold, s->nkeyids,
             s->nkeyids == 1 ? "" : "s");
    for (size_t i = 0; i < s->nkeyids; i++) {
        char *holder = holder_of(repo, s, i);

        out_line("        %.16s...%s%s", s->keyids[i], holder != NULL ? "  " : "",
                 holder != NULL ? holder : "");
        free(holder);
    }
}

static void print_step(const struct repository *repo, const struct lookup *l, size_t i)
{
    const struct lookup_step *s = &l->steps[i];
    const struct client_row *row = s->visited ? &l->client.rows[s->row] : NULL;
    struct bytes way;

    if (row != NULL && row->version > 0)
        out_line("%zu. %s, version %" PRId64 ", %u signatures, %u needed", i + 1, s->role,
                 row->version, row->valid, row->threshold);
    else
        out_line("%zu. %s%s", i + 1, s->role, row == NULL ? " (not asked)" : "");
    bytes_init(&way);
    put_way(s, &way);
    out_line("%s", bytes_str(&way));
    bytes_clear(&way);
    if (s->differs)
        out_line("    warning: not every client reads this pattern so for this path");
    print_signers(repo, s);
    if (row == NULL)
        return;
    if (row->verdict == CLIENT_ABSENT)
        out_line("    its file is not here");
    if (row->verdict == CLIENT_REFUSED)
        out_line("    REFUSED: %s", row->err.what);
    if (row->note != NULL)
        out_line("    note: %s", row->note);
}

static void print_end(const struct lookup *l, const char *path)
{
    const char *last = l->visited > 0 ? l->steps[l->visited - 1].role : "root";

    switch (l->end) {
    case LOOKUP_FOUND:
        out_line("Found: '%s' is listed by %s, with %" PRId64 " bytes and SHA-256 %s.", path, last,
                 l->length, l->target_hash[0] != '\0' ? l->target_hash : "not given");
        break;
    case LOOKUP_NOWHERE:
        out_line("Not found: no role that may list '%s' does.", path);
        break;
    case LOOKUP_LIMIT:
        out_line("Not found: clients give up after %d delegations, and more would come.",
                 LOOKUP_MAX);
        break;
    case LOOKUP_ABSENT:
        out_line("Open: a client would ask for %s, which is not here.", last);
        break;
    case LOOKUP_REFUSED:
        out_line("Refused: a client stops at %s.", last);
        break;
    }
}

static void print(const struct invocation *in, const struct repository *repo,
                  const struct lookup *l)
{
    size_t shown = 0;

    out_line("Trust begins with %s.",
             in_has(in, "trusted-root") ? "the root that was given"
                                        : "the newest root in there; --trusted-root names another");
    if (!l->client.complete)
        out_line("Snapshot and timestamp are not here: a client would need them.");
    out_line("A client that wants '%s' asks, in this order:", in_value(in, "path"));
    for (size_t i = 0; i < l->visited; i++)
        print_step(repo, l, i);
    print_end(l, in_value(in, "path"));
    for (size_t i = l->visited; i < l->n && shown < FEW; i++, shown++)
        print_step(repo, l, i);
    if (l->n - l->visited > shown)
        out_line("... and %zu more", l->n - l->visited - shown);
}

static cJSON *signers_json(const struct repository *repo, const struct lookup_step *s)
{
    cJSON *list = cJSON_CreateArray();

    for (size_t i = 0; i < s->nkeyids; i++) {
        cJSON *item = cJSON_CreateObject();
        char *holder = holder_of(repo, s, i);

        cJSON_AddStringToObject(item, "keyid", s->keyids[i]);
        if (holder != NULL)
            cJSON_AddStringToObject(item, "holder", holder);
        free(holder);
        cJSON_AddItemToArray(list, item);
    }
    return list;
}

static cJSON *step_json(const struct repository *repo, const struct lookup *l,
                        const struct lookup_step *s)
{
    const struct client_row *row = s->visited ? &l->client.rows[s->row] : NULL;
    cJSON *item = cJSON_CreateObject();

    cJSON_AddStringToObject(item, "role", s->role);
    cJSON_AddStringToObject(item, "delegator", s->delegator);
    cJSON_AddStringToObject(item, "share", shares[s->share]);
    if (s->by != NULL)
        cJSON_AddStringToObject(item, "by", s->by);
    cJSON_AddBoolToObject(item, "terminating", s->terminating);
    cJSON_AddBoolToObject(item, "clients_differ", s->differs);
    cJSON_AddNumberToObject(item, "threshold", s->threshold);
    cJSON_AddItemToObject(item, "keys", signers_json(repo, s));
    cJSON_AddBoolToObject(item, "visited", s->visited);
    if (row == NULL)
        return item;
    cJSON_AddBoolToObject(item, "here", row->version > 0);
    cJSON_AddNumberToObject(item, "version", (double)row->version);
    cJSON_AddNumberToObject(item, "valid", row->valid);
    if (row->verdict == CLIENT_REFUSED)
        cJSON_AddStringToObject(item, "reason", row->err.what);
    if (row->note != NULL)
        cJSON_AddStringToObject(item, "note", row->note);
    return item;
}

static cJSON *lookup_json(const struct invocation *in, const struct repository *repo,
                          const struct lookup *l)
{
    cJSON *tree = cJSON_CreateObject(), *steps;

    cJSON_AddStringToObject(tree, "path", in_value(in, "path"));
    cJSON_AddStringToObject(tree, "path_sha256", l->path_hash);
    cJSON_AddBoolToObject(tree, "complete", l->client.complete);
    cJSON_AddStringToObject(tree, "end", ends[l->end]);
    if (l->end == LOOKUP_FOUND) {
        cJSON_AddStringToObject(tree, "found_in", l->steps[l->visited - 1].role);
        cJSON_AddNumberToObject(tree, "length", (double)l->length);
        cJSON_AddStringToObject(tree, "sha256", l->target_hash);
    }
    steps = cJSON_AddArrayToObject(tree, "steps");
    for (size_t i = 0; i < l->n; i++)
        cJSON_AddItemToArray(steps, step_json(repo, l, &l->steps[i]));
    return tree;
}

static int answer(const struct invocation *in, const struct repository *repo,
                  const struct lookup *l, struct err *e)
{
    const struct err *verdict = l->end == LOOKUP_REFUSED ? &l->client.err : NULL;

    if (in_has(in, "json")) {
        if (out_answer(in, lookup_json(in, repo, l), verdict, e) != 0)
            return -1;
    } else
        print(in, repo, l);
    if (verdict == NULL)
        return 0;
    *e = *verdict;
    return -1;
}

/* The root that was given, or the newest one that is there. */
static int root_read_bytes(const struct invocation *in, const struct repository *repo,
                           struct bytes *out, struct err *e)
{
    const char *root = in_value(in, "trusted-root");
    int found;

    if (root != NULL)
        return file_read(root, out, e);
    found = repo->fetch(repo->self, "root", REPOSITORY_NEWEST, out, e);
    if (found != 0)
        return found > 0 ? 0 : -1;
    err_set(e, ERR_INCOMPLETE, "there is no root in '%s'", in->args[0]);
    return err_todo(e, "give one with --trusted-root");
}

int inspect_path(const struct invocation *in, utc_t now, struct err *e)
{
    struct repository repo;
    struct lookup l;
    struct bytes root;
    int rc;

    if (repository_open(in->args[0], &repo, e) != 0)
        return -1;
    bytes_init(&root);
    rc = root_read_bytes(in, &repo, &root, e);
    if (rc == 0)
        rc = lookup_run(&repo, bytes_span(&root), now, in_value(in, "path"), &l, e);
    if (rc == 0) {
        rc = answer(in, &repo, &l, e);
        lookup_clear(&l);
    }
    bytes_clear(&root);
    repository_close(&repo);
    return rc;
}
