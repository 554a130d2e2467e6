/* SPDX-License-Identifier: Apache-2.0 */
/*
 * raw_sign.h - what a token itself needs for a signature: C_SignInit and C_Sign on a digest, in a
 * process of its own, and nothing around it.
 */
#ifndef TESTS_RAW_SIGN_H
#define TESTS_RAW_SIGN_H

#include "tokens/token.h"

/* Microseconds for each of `n` signatures by a key of that type on the token; the PIN is the
 * contract's. `beside` is called when the token begins to sign, and runs while it does. Negative
 * when it can't be done. */
double raw_sign(const struct token_id *id, enum key_type type, unsigned n,
                void (*beside)(void *self), void *self);

#endif
