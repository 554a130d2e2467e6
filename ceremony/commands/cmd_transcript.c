/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/base/memory.h"
#include "ceremony/cli/context.h"
#include "ceremony/cli/out.h"
#include "ceremony/record/transcript.h"

static int print(struct context *d, struct err *e)
{
    struct bytes text = {0};
    cJSON *tree;
    int rc;

    rc = transcript_write(d->c, ceremony_session(d->c)->covered, &text, e);
    if (rc == 0 && !in_has(d->in, "json"))
        rc = out_raw(bytes_span(&text), e);
    else if (rc == 0) {
        tree = cJSON_CreateObject();
        cJSON_AddStringToObject(tree, "transcript", memory_text(&text));
        rc = out_json(tree, e);
    }
    bytes_clear(&text);
    return rc;
}

const struct command cmd_transcript = {
    .name = "transcript",
    .args = "DIR",
    .summary = "what happened, as a page to print and sign by hand",
    .act = print,
};
