/* SPDX-License-Identifier: Apache-2.0 */
/* A pkcs11: URI from a plan or a command line, held against a token. */
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "tokens/uri.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct token_info token = {
        .id = {"/lib/module.so", "S0", "Alice"}, .manufacturer = "maker", .model = "model"};
    char *text = malloc(size + 1);
    struct token_uri *uri;
    struct err e;

    if (text == NULL)
        return 0;
    memcpy(text, size > 0 ? data : (const uint8_t *)"", size);
    text[size] = '\0';
    if (token_uri_parse(text, &uri, &e) == 0) {
        (void)token_uri_matches(uri, &token);
        (void)token_uri_pin_source(uri);
        token_uri_free(uri);
    }
    free(text);
    return 0;
}
