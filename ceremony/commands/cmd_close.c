/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/base/memory.h"
#include "ceremony/cli/context.h"
#include "ceremony/cli/out.h"
#include "ceremony/record/bundle.h"
#include "ceremony/record/command_line.h"

static int close_it(struct context *d, struct err *e)
{
    const struct session *s = ceremony_session(d->c);
    uint8_t digest[SHA256_SIZE];
    struct bytes text = {0};

    if (bundle_close(d->c, digest, e) != 0)
        return -1;
    if (in_has(d->in, "json")) {
        cJSON *tree = cJSON_CreateObject();

        cJSON_AddStringToObject(tree, "transcript", s->transcript);
        cJSON_AddStringToObject(tree, "manifest", s->bundle_manifest);
        return out_json(tree, e);
    }
    out_line("the ceremony is closed; digest of transcript.txt:");
    out_digest(digest, 4);
    command_line_verify(d->c, &text);
    out_line("check the bundle with: %s", memory_text(&text));
    bytes_clear(&text);
    return 0;
}

const struct command cmd_close = {
    .name = "close",
    .args = "DIR",
    .summary = "close the ceremony, when the bundle is written",
    .act = close_it,
    .mode = CEREMONY_WORK,
};
