/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "ceremony/changes/describe.h"
#include "ceremony/cli/command.h"
#include "ceremony/cli/file.h"
#include "ceremony/cli/out.h"
#include "ceremony/commands/inspect_path.h"
#include "ceremony/repository/key_records.h"
#include "metadata/base/plain.h"
#include "metadata/envelope.h"
#include "metadata/private_key.h"

static void put_member(const char *of, struct json name, struct json value, struct bytes *out)
{
    bytes_printf(out, "unknown member %.*s of %s, which nobody signed: %.*s%s\n", (int)name.n,
                 (const char *)name.p, of, value.n < 200 ? (int)value.n : 200,
                 (const char *)value.p, value.n < 200 ? "" : "...");
}

/* Members of the file and of its signatures that nobody signed, and what is no key. */
static void put_unsigned(const struct envelope *env, struct bytes *out)
{
    struct json file = envelope_file(env), signatures, one, name, value;
    struct json_iter it, members;

    json_iter_init(&members, file);
    while (json_next(&members, &name, &value))
        if (!json_text_is(name, "signed") && !json_text_is(name, "signatures"))
            put_member("the file", name, value, out);
    if (json_get(file, "signatures", &signatures)) {
        json_iter_init(&it, signatures);
        while (json_next(&it, NULL, &one)) {
            json_iter_init(&members, one);
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
    struct bytes text;

    bytes_init(&text);
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
    struct bytes line, plain;
    int rc = 0;

    bytes_init(&line);
    bytes_init(&plain);
    lines_read(&r, lines, 0);
    while (rc == 0 && lines_read_next(&r, &line)) {
        plain_put(&plain, bytes_span(&line));
        if (bytes_failed(&line) || bytes_failed(&plain) ||
            !cJSON_AddItemToArray(list, cJSON_CreateString(bytes_str(&plain))))
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
                    "name a metadata file in it; 'inspect --path PATH %s' says who signs for a "
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
    struct bytes text;
    int rc = -1;

    bytes_init(&text);
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
    .summary = "say in words what a metadata file contains, or who signs for a path",
    .details =
        "With --path, FILE is a repository, a bundle or its .tar: it is shown which roles a\n"
        "client would ask for that target path, in its order, who can sign for each, and\n"
        "where the target is found. Exit status 0 unless a client would refuse a file.\n"
        "Whose keys they are is said when the file lies in a bundle, by its keys/. Nobody\n"
        "signed those names.",
    .min = 1,
    .max = 1,
    .options = {{"path", "PATH", "the target path, such as simple/django/index.html"},
                {"trusted-root", "FILE",
                 "with --path: trust starts here; default: the newest root"},
                {"at", "UTC", "the time to judge expiry by; default: now"}},
    .run = run,
};
