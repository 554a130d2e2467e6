/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/cli/context.h"
#include "ceremony/cli/out.h"
#include "ceremony/record/command_line.h"
#include "ceremony/record/transcript.h"

static int close_it(struct context *d, struct err *e)
{
    const struct session *s = ceremony_session(d->c);
    uint8_t digest[SHA256_SIZE];
    char hex[SHA256_HEX_SIZE];
    struct bytes text = {0};
    int rc;

    rc = transcript_write(d->c, s->covered, &text, e);
    if (rc == 0 && sha256(bytes_span(&text), digest) != 0)
        rc = err_oom(e);
    bytes_clear(&text);
    if (rc != 0)
        return -1;
    hex_of(digest, sizeof digest, hex);
    rc = act_close(d->c, hex, s->bundle_manifest, e);
    if (rc == 0 && in_has(d->in, "json")) {
        cJSON *tree = cJSON_CreateObject();

        cJSON_AddStringToObject(tree, "transcript", hex);
        cJSON_AddStringToObject(tree, "manifest", s->bundle_manifest);
        rc = out_json(tree, e);
    } else if (rc == 0) {
        out_line("the ceremony is closed; digest of transcript.txt:");
        out_digest(digest, 4);
        bytes_init(&text);
        command_line_verify(d->c, &text);
        out_line("check the bundle with: %s", bytes_str(&text));
        bytes_clear(&text);
    }
    return rc;
}

const struct command cmd_close = {
    .name = "close",
    .args = "DIR",
    .summary = "close the ceremony, when the bundle is written",
    .act = close_it,
    .mode = CEREMONY_WORK,
};
