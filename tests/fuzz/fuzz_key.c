/* SPDX-License-Identifier: Apache-2.0 */
/* A public key's file, in whatever form. What is taken for a key is the same key when it is written
 * and read again. */
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "metadata/key.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct key *key, *again = NULL;
    struct bytes pem;
    struct err e;

    if (key_from_bytes(span_of(size > 0 ? data : (const uint8_t *)"", size), &key, &e) != 0)
        return 0;
    pem = (struct bytes){0};
    if (key_put_pem(key, &pem, &e) != 0 || key_from_bytes(bytes_span(&pem), &again, &e) != 0 ||
        strcmp(key_id(key), key_id(again)) != 0)
        abort();
    bytes_clear(&pem);
    key_free(key);
    key_free(again);
    return 0;
}
