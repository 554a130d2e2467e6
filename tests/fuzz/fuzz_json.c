/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever is read has one canonical form, which reads as itself, printed or not. */
#include <stdlib.h>

#include "harness.h"
#include "metadata/json/json.h"

static void same(struct span text, enum json_form form, struct span canonical)
{
    struct json_doc *doc;
    struct err e;

    if (json_doc_read(text, "again", form, &doc, &e) != 0 ||
        !span_eq(json_span(json_root(doc)), canonical))
        abort();
    json_doc_free(doc);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct json_doc *doc;
    struct bytes printed;
    struct span canonical;
    struct err e;

    if (json_doc_read(span_of(data, size), "fuzz", JSON_TEXT, &doc, &e) != 0) {
        if (e.code == ERR_NONE || doc != NULL)
            abort();
        return 0;
    }
    canonical = json_span(json_root(doc));
    printed = (struct bytes){0};
    json_print(canonical, 1, &printed);
    same(bytes_span(&printed), JSON_TEXT, canonical);
    same(canonical, JSON_CANONICAL, canonical);
    bytes_clear(&printed);
    json_doc_free(doc);
    return 0;
}
