/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "ceremony/base/memory.h"
#include "ceremony/changes/describe.h"
#include "ceremony/cli/command.h"
#include "ceremony/cli/file.h"
#include "ceremony/cli/out.h"
#include "ceremony/repository/key_records.h"
#include "ceremony/repository/repository.h"
#include "metadata/base/plain.h"
#include "metadata/base/utc.h"
#include "metadata/client/lookup.h"
#include "metadata/envelope.h"
#include "metadata/private_key.h"

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
    struct bytes way = {0};

    if (row != NULL && row->version > 0)
        out_line("%zu. %s, version %" PRId64 ", %u signatures, %u needed", i + 1, s->role,
                 row->version, row->valid, row->threshold);
    else
        out_line("%zu. %s%s", i + 1, s->role, row == NULL ? " (not asked)" : "");
    /* By which words a delegator sends the client on. */
    bytes_printf(&way, "    sent here by %s", s->delegator);
    if (s->share == SHARE_PATTERN)
        bytes_printf(&way, ", whose pattern '%s' matches", s->by);
    else if (s->share == SHARE_PREFIX)
        bytes_printf(&way, ": the hash of the path begins with '%s'", s->by);
    else if (s->share == SHARE_BIN)
        bytes_printf(&way, ": the bin '%s-...' of the path's hash", s->by);
    if (s->terminating)
        bytes_put_str(&way, "; terminating: nothing behind it is looked at");
    out_line("%s", memory_text(&way));
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

static void print_lookup(const struct invocation *in, const struct repository *repo,
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
        print_lookup(in, repo, l);
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
    int64_t newest = REPOSITORY_NEWEST;
    int found;

    if (root != NULL)
        return file_read(root, out, e);
    found = repo->fetch(repo->self, "root", &newest, out, e);
    if (found != 0)
        return found > 0 ? 0 : -1;
    err_set(e, ERR_INCOMPLETE, "there is no root in '%s'", in->args[0]);
    return err_todo(e, "give one with --trusted-root");
}

/* Over the repository args[0], with --path, --trusted-root and --at. */
static int inspect_path(const struct invocation *in, utc_t now, struct err *e)
{
    struct repository repo;
    struct lookup l;
    struct bytes root = {0};
    int rc;

    if (repository_open(in->args[0], &repo, e) != 0)
        return -1;
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

static void put_member(const char *of, struct json name, struct json value, struct bytes *out)
{
    struct span shown = private_key_member(name, value)
                            ? span_str("a private key, which is not shown")
                            : span_of(value.p, value.n < 200 ? value.n : 200);

    bytes_printf(out, "unknown member %.*s of %s, which nobody signed: %.*s%s\n", (int)name.n,
                 (const char *)name.p, of, (int)shown.n, (const char *)shown.p,
                 shown.p != value.p || value.n < 200 ? "" : "...");
}

/* Members of the file and of its signatures that nobody signed, and what is no key. */
static void put_unsigned(const struct envelope *env, struct bytes *out)
{
    struct json file = envelope_file(env), signatures, one, name, value;
    struct json_iter it, members;

    members = json_iter_of(file);
    while (json_next(&members, &name, &value))
        if (!json_text_is(name, "signed") && !json_text_is(name, "signatures"))
            put_member("the file", name, value, out);
    if (json_get(file, "signatures", &signatures)) {
        it = json_iter_of(signatures);
        while (json_next(&it, NULL, &one)) {
            members = json_iter_of(one);
            while (json_next(&members, &name, &value))
                if (!json_text_is(name, "keyid") && !json_text_is(name, "sig"))
                    put_member("a signature", name, value, out);
        }
    }
    if (private_key_empty(file))
        bytes_put_str(out, "note: 'keyval.private' is there and empty, as old tools wrote it; it "
                           "holds no key\n");
}

/* What is said of the file behind its digest and signatures: made harmless. NULL: no memory. */
static struct lines *unsigned_lines(const struct envelope *env, struct err *e)
{
    struct lines *lines = lines_new();
    struct bytes text = {0};

    put_unsigned(env, &text);
    if (lines == NULL || lines_add_text(lines, &text, e) != 0) {
        lines_free(lines);
        (void)err_oom(e);
        return NULL;
    }
    return lines;
}

static int print(const struct envelope *env, const struct describe_names *names, utc_t now,
                 struct err *e)
{
    uint8_t digest[SHA256_SIZE];
    struct lines *lines = lines_new();
    int rc;

    if (lines == NULL)
        return err_oom(e);
    rc = describe(envelope_object(env), names, now, lines, e);
    if (rc == 0)
        rc = out_lines(lines, e);
    lines_free(lines);
    if (rc != 0)
        return -1;
    if (sha256(envelope_signed(env), digest) != 0)
        return err_oom(e);
    out_line("SHA-256 of the signed bytes:");
    out_digest(digest, 4);
    out_line("%zu signatures (not checked here: see 'verify'):", envelope_signature_count(env));
    for (size_t i = 0; i < envelope_signature_count(env); i++) {
        const struct signature *s = envelope_signature(env, i);

        out_line("    %s%s", s->keyid,
                 s->not_hex      ? "  not hex: it does not verify"
                 : s->sig.n == 0 ? "  pending"
                                 : "");
    }
    if ((lines = unsigned_lines(env, e)) == NULL)
        return -1;
    rc = out_lines(lines, e);
    lines_free(lines);
    return rc;
}

/* A description as an array of its lines. */
static int add_lines(cJSON *list, const struct lines *lines, struct err *e)
{
    struct lines_reader r;
    struct bytes line = {0}, plain = {0};
    int rc = 0;

    lines_read(&r, lines, 0);
    while (rc == 0 && lines_read_next(&r, &line)) {
        plain_put(&plain, bytes_span(&line));
        if (bytes_failed(&line) || bytes_failed(&plain) ||
            !cJSON_AddItemToArray(list, cJSON_CreateString(memory_text(&plain))))
            rc = err_oom(e);
        bytes_truncate(&line, 0);
        bytes_truncate(&plain, 0);
    }
    lines_reader_clear(&r);
    bytes_clear(&line);
    bytes_clear(&plain);
    return rc;
}

/* "text": the same words as without --json. */
static int add_text(const struct envelope *env, const struct describe_names *names, utc_t now,
                    cJSON *tree, struct err *e)
{
    cJSON *list = cJSON_AddArrayToObject(tree, "text");
    struct lines *lines = lines_new();
    int rc;

    if (lines == NULL)
        return err_oom(e);
    rc = describe(envelope_object(env), names, now, lines, e);
    if (rc == 0)
        rc = add_lines(list, lines, e);
    lines_free(lines);
    if (rc != 0 || (lines = unsigned_lines(env, e)) == NULL)
        return -1;
    rc = add_lines(list, lines, e);
    lines_free(lines);
    return rc;
}

static int print_json(const struct invocation *in, const struct envelope *env,
                      const struct describe_names *names, utc_t now, const struct err *secret,
                      struct err *e)
{
    cJSON *tree = cJSON_CreateObject(), *list;
    struct signed_head head;
    char hex[SHA256_HEX_SIZE], at[UTC_SIZE];

    if (signed_head_read(envelope_object(env), &head, e) != 0) {
        cJSON_Delete(tree);
        return -1;
    }
    if (sha256_hex(envelope_signed(env), hex) != 0) {
        cJSON_Delete(tree);
        return err_oom(e);
    }
    utc_format(head.expires, at);
    cJSON_AddStringToObject(tree, "type", signed_type_name(head.type));
    cJSON_AddNumberToObject(tree, "version", (double)head.version);
    cJSON_AddStringToObject(tree, "expires", at);
    cJSON_AddStringToObject(tree, "sha256", hex);
    list = cJSON_AddArrayToObject(tree, "signatures");
    for (size_t i = 0; i < envelope_signature_count(env); i++) {
        cJSON *item = cJSON_CreateObject();

        cJSON_AddStringToObject(item, "keyid", envelope_signature(env, i)->keyid);
        cJSON_AddBoolToObject(item, "pending", envelope_signature(env, i)->sig.n == 0);
        cJSON_AddBoolToObject(item, "hex", !envelope_signature(env, i)->not_hex);
        cJSON_AddItemToArray(list, item);
    }
    if (add_text(env, names, now, tree, e) != 0) {
        cJSON_Delete(tree);
        return -1;
    }
    return out_answer(in, tree, secret, e);
}

/* The time to judge expiry by. */
static int when(const struct invocation *in, utc_t *now, struct err *e)
{
    const struct env env = env_system();
    const char *at = in_value(in, "at");

    if (at == NULL)
        return env.now(env.self, now, e);
    if (utc_parse(span_str(at), now, e) == 0)
        return 0;
    e->code = ERR_USAGE;
    return -1;
}

/* A repository is asked for a path, checked, or read file by file. */
static int refuse_folder(const char *path, struct err *e)
{
    struct stat st;

    if (stat(path, &st) != 0 || !S_ISDIR(st.st_mode))
        return 0;
    err_set(e, ERR_INPUT, "'%s' is a folder, and one file is read", path);
    return err_todo(e,
                    "name a metadata file in it; 'inspect --path PATH %s' shows who signs for a "
                    "path, 'verify --trusted-root FILE %s' checks all of it",
                    path, path);
}

/* A private key in the file is printed first, and is the exit status. */
static int print_file(const struct invocation *in, const struct envelope *file,
                      const struct describe_names *names, utc_t now, struct err *e)
{
    struct err secret;
    bool stolen = envelope_secret(file, &secret) != 0;

    if (in_has(in, "json")) {
        if (print_json(in, file, names, now, stolen ? &secret : NULL, e) != 0)
            return -1;
    } else {
        if (stolen)
            out_stolen(&secret);
        if (print(file, names, now, e) != 0)
            return -1;
    }
    if (stolen)
        *e = secret;
    return stolen ? -1 : 0;
}

static int inspect_file(const struct invocation *in, utc_t now, struct err *e)
{
    struct envelope *file = NULL;
    struct key_records records = {0};
    const struct describe_names names = describe_key_records(&records);
    struct bytes text = {0};
    int rc = -1;

    if (refuse_folder(in->args[0], e) == 0 && file_read(in->args[0], &text, e) == 0 &&
        envelope_take_any(&text, in->args[0], &file, e) == 0 &&
        key_records_beside(&records, in->args[0], e) == 0) {
        json_allow_old_forms(envelope_file(file));
        rc = print_file(in, file, &names, now, e);
    }
    key_records_clear(&records);
    envelope_free(file);
    bytes_clear(&text);
    return rc;
}

static int run(const struct invocation *in, struct err *e)
{
    utc_t now;

    if (when(in, &now, e) != 0)
        return -1;
    if (in_has(in, "path"))
        return inspect_path(in, now, e);
    if (in_has(in, "trusted-root"))
        return err_set(e, ERR_USAGE, "--trusted-root goes with --path");
    return inspect_file(in, now, e);
}

const struct command cmd_inspect = {
    .name = "inspect",
    .args = "FILE|-",
    .summary = "describe in words what a metadata file contains, or who signs for a path",
    .details =
        "With --path, FILE is a repository, a bundle or its .tar: it is shown which roles a\n"
        "client would ask for that target path, in its order, who can sign for each, and\n"
        "where the target is found. Exit status 0 unless a client would refuse a file.\n"
        "Keyholders are named when the file is in a bundle, from its keys/. Nobody\n"
        "signed those names.",
    .options = {{"path", "PATH", "the target path, such as simple/django/index.html"},
                {"trusted-root", "FILE",
                 "with --path: trust starts here; default: the newest root"},
                {"at", "UTC", "the time to judge expiry by; default: now"}},
    .run = run,
};
