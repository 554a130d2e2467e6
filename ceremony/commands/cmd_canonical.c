/* SPDX-License-Identifier: Apache-2.0 */
#include "ceremony/cli/command.h"
#include "ceremony/cli/file.h"
#include "ceremony/cli/out.h"
#include "metadata/json/json.h"

static int run(const struct invocation *in, struct err *e)
{
    struct bytes text = {0};
    struct json_doc *doc = NULL;
    struct json v;
    int rc = -1;

    if (file_read(in->args[0], &text, e) == 0 &&
        json_doc_take(&text, in->args[0], JSON_TEXT, &doc, e) == 0) {
        v = json_root(doc);
        rc = in_has(in, "signed") ? json_need(v, "signed", JSON_OBJECT, &v, e) : 0;
        if (rc == 0)
            rc = out_raw(json_span(v), e);
    }
    json_doc_free(doc);
    bytes_clear(&text);
    return rc;
}

const struct command cmd_canonical = {
    .name = "canonical",
    .args = "FILE|-",
    .summary = "write a file's canonical JSON to standard output",
    .details =
        "What TUF signs is the canonical JSON (OLPC) of 'signed'. To check a digest that was\n"
        "read aloud: tuf-ceremony canonical --signed FILE | sha256sum\n"
        "On a terminal, characters that could steer it are replaced.",
    .options = {{"signed", NULL, "only the member 'signed'"}},
    .run = run,
};
