/* SPDX-License-Identifier: Apache-2.0 */
/* What a process with a vendor's module in it may answer: anything. */
#include "harness.h"
#include "tokens/worker/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct wire_in in = {.rest = span_of(data, size)};
    struct token_key_list keys = {0};
    struct token_list list = {0};
    struct token_key key = {0};
    struct token_id id;
    struct err e, told;

    (void)wire_list(&in, &list, &e);
    token_list_clear(&list);
    in = (struct wire_in){.rest = span_of(data, size)};
    (void)wire_key_list(&in, &keys, &e);
    token_key_list_clear(&keys);
    in = (struct wire_in){.rest = span_of(data, size)};
    (void)wire_key(&in, &key, &e);
    token_key_clear(&key);
    in = (struct wire_in){.rest = span_of(data, size)};
    wire_err(&in, &told);
    wire_id(&in, &id);
    (void)wire_done(&in);
    return 0;
}
