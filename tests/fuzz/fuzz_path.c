/* SPDX-License-Identifier: Apache-2.0 */
/* Names of roles and targets from strangers, before they become paths; dates and durations. */
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "metadata/plain.h"
#include "metadata/signed.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span text = span_of(data, size);
    struct duration d;
    struct bytes plain;
    struct err e;
    utc_t t;
    char at[UTC_SIZE];

    if (path_check(text, &e) == 0 &&
        (size == 0 || data[0] == '/' || memchr(data, '\0', size) != NULL ||
         memmem(data, size, "//", 2) != NULL))
        abort();
    (void)role_name_check(text, &e);
    if (utc_parse(text, &t, &e) == 0) {
        utc_format(t, at);
        if (size != strlen(at) || memcmp(data, at, size) != 0)
            abort(); /* there is one way to write a time */
    }
    (void)duration_parse(text, &d, &e);
    bytes_init(&plain);
    plain_put(&plain, text);
    if (!plain_is(bytes_span(&plain)))
        abort(); /* what was made harmless is */
    bytes_clear(&plain);
    return 0;
}
