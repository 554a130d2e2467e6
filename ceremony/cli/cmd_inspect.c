/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <string.h>

#include "ceremony/cards.h"
#include "ceremony/cli/command.h"
#include "ceremony/cli/file.h"
#include "ceremony/cli/out.h"
#include "ceremony/describe.h"
#include "metadata/envelope.h"

static int print(const struct envelope *env, const struct describe_names *names, utc_t now,
                 struct err *e)
{
    uint8_t digest[SHA256_SIZE];
    struct bytes text;
    int rc;

    bytes_init(&text);
    rc = describe(envelope_object(env), names, now, &text, e);
    if (rc == 0)
        out_text(bytes_span(&text));
    bytes_clear(&text);
    if (rc != 0)
        return -1;
    if (sha256(envelope_signed(env), digest) != 0)
        return err_oom(e);
    out_line("SHA-256 of the signed bytes:");
    out_digest(digest, 4);
    out_line("%zu signatures (not checked here: see 'verify'):", envelope_signature_count(env));
    for (size_t i = 0; i < envelope_signature_count(env); i++) {
        const struct signature *s = envelope_signature(env, i);

        out_line("    %s%s", s->keyid, s->sig.n == 0 ? "  pending" : "");
    }
    return 0;
}

static int print_json(const struct envelope *env, struct err *e)
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
        cJSON_AddItemToArray(list, item);
    }
    return out_json(tree, e);
}

static int run(const struct invocation *in, struct err *e)
{
    const struct env env = env_system();
    struct cards cards = {0};
    const struct describe_names names = describe_cards(&cards);
    struct envelope *file = NULL;
    struct bytes text;
    utc_t now;
    int rc = -1;

    bytes_init(&text);
    if (env.now(env.self, &now, e) == 0 && file_read(in->args[0], &text, e) == 0 &&
        envelope_take(&text, in->args[0], &file, e) == 0 &&
        cards_beside(&cards, in->args[0], e) == 0)
        rc = in_has(in, "json") ? print_json(file, e) : print(file, &names, now, e);
    cards_clear(&cards);
    envelope_free(file);
    bytes_clear(&text);
    return rc;
}

const struct command cmd_inspect = {
    .name = "inspect",
    .args = "FILE|-",
    .summary = "say in words what a metadata file contains",
    .details = "Whose keys they are is said when the file lies in a bundle, by its keys/. Nobody\n"
               "signed those names.",
    .min = 1,
    .max = 1,
    .run = run,
};
