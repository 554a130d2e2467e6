/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "ceremony/base/memory.h"
#include "ceremony/changes/diff.h"
#include "ceremony/cli/command.h"
#include "ceremony/cli/file.h"
#include "ceremony/cli/out.h"
#include "ceremony/repository/key_records.h"
#include "metadata/envelope.h"

static int read_one(const char *path, struct envelope **out, struct signed_head *head,
                    struct err *e)
{
    struct bytes text = {0};
    int rc = -1;

    if (file_read(path, &text, e) == 0 && envelope_take_any(&text, path, out, e) == 0) {
        json_allow_old_forms(envelope_file(*out));
        rc = signed_head_read(envelope_object(*out), head, e);
    }
    if (rc == 0)
        envelope_settle(*out);
    bytes_clear(&text);
    return rc;
}

/* Is it a private half, by where it lies, or has it a private key in it? */
static bool is_secret(const char *path, struct json v)
{
    static const char half[] = "private";
    size_t n = strlen(path), m = sizeof half - 1;
    struct json at;

    return (n >= m && strcmp(path + n - m, half) == 0 && v.n > strlen("\"\"")) ||
           private_key_find(v, &at);
}

static void add_value(cJSON *item, const char *name, const char *path, struct json v)
{
    struct bytes text = {0};

    if (v.n == 0)
        return;
    if (is_secret(path, v)) {
        cJSON_AddStringToObject(item, name, "a private key, which is not shown");
        return;
    }
    json_print(json_span(v), 0, &text);
    cJSON_AddRawToObject(item, name, memory_text(&text));
    bytes_clear(&text);
}

static int print_change(const struct changes *c, size_t i, struct err *e)
{
    cJSON *item = cJSON_CreateObject();
    struct bytes path = {0}, words = {0}, text = {0};
    int rc;

    change_path(c, i, &path);
    change_words(c, i, &words);
    cJSON_AddStringToObject(item, "path", memory_text(&path));
    cJSON_AddStringToObject(item, "words", memory_text(&words));
    add_value(item, "old", memory_text(&path), change_old(c, i));
    add_value(item, "new", memory_text(&path), change_new(c, i));
    rc = out_put_json(item, &text, e);
    out_json_part("%s%s", i > 0 ? ",\n" : "", memory_text(&text));
    bytes_clear(&text);
    bytes_clear(&path);
    bytes_clear(&words);
    cJSON_Delete(item);
    return rc;
}

/* One after the other: there may be one for each of 700,000 entries. */
static int print_json(const struct invocation *in, const struct changes *c,
                      const struct err *secret, struct err *e)
{
    cJSON *tree = secret != NULL ? out_err_json(secret) : NULL;
    struct bytes text = {0};
    int rc = 0;

    if (secret != NULL && (rc = out_put_json(tree, &text, e)) == 0)
        out_json_part("%.*s,\n\"changes\": [", (int)text.n - 2, memory_text(&text)); /* no "\n}" */
    else
        out_json_part("{\"changes\": [");
    cJSON_Delete(tree);
    bytes_clear(&text);
    if (rc != 0)
        return -1;
    for (size_t i = 0; i < c->n; i++)
        if (print_change(c, i, e) != 0)
            return -1;
    out_json_part("]}\n");
    *in->answered = true;
    return 0;
}

static int print_lines(const struct changes *c, struct err *e)
{
    struct bytes text = {0};
    bool failed;

    if (c->n > CHANGES_FEW) {
        changes_summary(c, "", &text);
        out_text(&text);
        bytes_truncate(&text, 0);
    }
    for (size_t i = 0; i < c->n && !bytes_failed(&text); i++) {
        change_words(c, i, &text);
        out_text(&text);
        bytes_truncate(&text, 0);
    }
    if (c->n == 0)
        out_line("what is signed is the same, byte for byte");
    failed = bytes_failed(&text);
    bytes_clear(&text);
    return failed ? err_oom(e) : 0;
}

static int compare(const struct invocation *in, const struct envelope *a, const struct envelope *b,
                   const struct err *secret, struct err *e)
{
    struct key_records records = {0};
    const struct describe_names names = describe_key_records(&records);
    struct changes c;
    int rc = -1;

    /* of one key's two records the newer is found first */
    if (key_records_beside(&records, in->args[1], e) == 0 &&
        key_records_beside(&records, in->args[0], e) == 0)
        rc = diff(envelope_object(a), envelope_object(b), &names, &c, e);
    if (rc == 0) {
        rc = in_has(in, "json") ? print_json(in, &c, secret, e) : print_lines(&c, e);
        changes_clear(&c);
    }
    key_records_clear(&records);
    return rc;
}

/* A private key in one of the files is printed first, and is the exit status. */
static int print_stolen(const struct invocation *in, const struct envelope *a,
                        const struct envelope *b, struct err *e)
{
    struct err secret;
    bool stolen = envelope_secret(b, &secret) != 0 || envelope_secret(a, &secret) != 0;

    if (stolen && !in_has(in, "json"))
        out_stolen(&secret);
    if (compare(in, a, b, stolen ? &secret : NULL, e) != 0)
        return -1;
    if (stolen)
        *e = secret;
    return stolen ? -1 : 0;
}

static int run(const struct invocation *in, struct err *e)
{
    struct envelope *a = NULL, *b = NULL;
    struct signed_head x, y;
    int rc = -1;

    if (read_one(in->args[0], &a, &x, e) == 0 && read_one(in->args[1], &b, &y, e) == 0) {
        if (x.type == y.type)
            rc = print_stolen(in, a, b, e);
        else {
            err_set(e, ERR_USAGE, "'%s' is %s metadata, '%s' is %s", in->args[0],
                    signed_type_name(x.type), in->args[1], signed_type_name(y.type));
            err_todo(e, "give two versions of one file");
        }
    }
    envelope_free(a);
    envelope_free(b);
    return rc;
}

const struct command cmd_diff = {
    .name = "diff",
    .args = "OLD NEW",
    .summary = "describe in words what changes between two versions of a metadata file",
    .details = "Keyholders are named when the files are in a bundle, from its keys/. Nobody\n"
               "signed those names.",
    .run = run,
};
