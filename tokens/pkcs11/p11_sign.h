/* SPDX-License-Identifier: Apache-2.0 */
/*
 * p11_sign.h - signatures, checked by who takes them.
 */
#ifndef TOKENS_P11_SIGN_H
#define TOKENS_P11_SIGN_H

#include "tokens/pkcs11/p11_session.h"

/* Whether any key on the token wants the PIN before each signature (CKA_ALWAYS_AUTHENTICATE). */
bool p11_sign_asks(struct p11_session *s);
/* As sign_all of token.h. */
int p11_sign_all(struct p11_session *s, const struct token_batch *b, struct err *e);

#endif
