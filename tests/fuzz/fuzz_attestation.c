/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates that a token showed, or that a stranger laid beside a key. The first one is pinned,
 * so that what comes behind it is looked at as closely as in a ceremony. */
#include <stdlib.h>

#include "harness.h"
#include "tokens/attestation/attestation.h"
#include "tokens/attestation/cvc.h"

static void must(bool holds)
{
    if (!holds)
        abort();
}

static void look(const struct attestation *a)
{
    struct err e;

    if (a->form == NULL)
        return;
    must(a->device != NULL);
    must(a->chain.n > 0 && attestation_readable(bytes_span(&a->chain), &e) == 0);
    if (a->answers[ATTESTED_CHAIN].is != ATTESTED_HOLDS)
        for (unsigned q = ATTESTED_SERIAL; q < ATTESTED_QUESTIONS; q++)
            must(a->answers[q].is != ATTESTED_HOLDS);
    if (attestation_vouches(a))
        must(a->root[0] != '\0' && a->answers[ATTESTED_ORIGIN].is == ATTESTED_HOLDS &&
             a->answers[ATTESTED_STAYS].is != ATTESTED_FAILS);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct span file = span_of(data, size);
    struct span rest = file, value, first = {0};
    uint8_t pin[1][SHA256_SIZE] = {{0}};
    struct attestation_case c = {.beside = &file,
                                 .nbeside = 1,
                                 .pins = (const uint8_t(*)[SHA256_SIZE])pin,
                                 .npins = 1,
                                 .at = INT64_C(1795392000),
                                 .serial = "0013200461",
                                 .firmware = "1.0"};
    struct attestation a;
    struct bytes words;
    struct err e;
    unsigned tag;

    if (size == 0)
        return 0;
    if (cvc_element(&rest, &tag, &value, &first))
        (void)sha256(first, pin[0]);
    if (attestation_check(&c, &a, &e) == 0)
        look(&a);
    attestation_clear(&a);
    words = (struct bytes){0};
    (void)attestation_pinned(file, c.pins, 1, &words, &e);
    bytes_clear(&words);
    return 0;
}
