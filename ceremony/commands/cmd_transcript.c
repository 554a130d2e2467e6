/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/cli/context.h"
#include "ceremony/cli/out.h"
#include "ceremony/record/transcript.h"

static int print(const struct ceremony *c, bool json, struct err *e)
{
    struct bytes text = {0};
    cJSON *tree;
    int rc;

    rc = transcript_write(c, ceremony_session(c)->covered, &text, e);
    if (rc == 0 && !json)
        rc = out_raw(bytes_span(&text), e);
    else if (rc == 0) {
        tree = cJSON_CreateObject();
        cJSON_AddStringToObject(tree, "transcript", bytes_str(&text));
        rc = out_json(tree, e);
    }
    bytes_clear(&text);
    return rc;
}

static int run(const struct invocation *in, struct err *e)
{
    struct context d;
    int rc = context_open(&d, in, in->args[0], CEREMONY_READ, e);

    if (rc == 0)
        rc = print(d.c, in_has(in, "json"), e);
    context_close(&d);
    return rc;
}

const struct command cmd_transcript = {
    .name = "transcript",
    .args = "DIR",
    .summary = "what happened, as a page to print and sign by hand",
    .min = 1,
    .max = 1,
    .run = run,
};
