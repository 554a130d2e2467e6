/* SPDX-License-Identifier: Apache-2.0 */
/* A journal that somebody may have changed: read line by line, and told as a transcript tells it.
 */
#include <stdlib.h>

#include "ceremony/record/transcript_event.h"
#include "ceremony/session/journal.h"
#include "harness.h"
#include "memory_store.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct memory_file files[2] = {{"journal.jsonl", span_of(data, size)}, {NULL, {NULL, 0}}};
    struct store s = memory_store(files);
    struct journal *j;
    struct bytes text;
    char *torn = NULL;
    struct err e;

    if (journal_open(&s, false, &j, &torn, &e) != 0)
        return 0;
    text = (struct bytes){0};
    for (size_t i = 0; i < journal_count(j); i++)
        (void)transcript_event(journal_event(j, i), &text, &e);
    bytes_clear(&text);
    journal_free(j);
    free(torn);
    return 0;
}
