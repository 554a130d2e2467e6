/* SPDX-License-Identifier: Apache-2.0 */
/*
 * p11_able.h - what a token says that it can sign with: its list of mechanisms (PKCS#11 v2.40,
 * section 5.5).
 *
 * A token that gives no list says nothing; one that gives a list without the mechanism says no.
 */
#ifndef TOKENS_P11_ABLE_H
#define TOKENS_P11_ABLE_H

#include "tokens/pkcs11/p11_session.h"

/* By CKM_ECDSA and the like, or the one that hashes too. Errors: ERR_TOKEN: it says that it can't
 * sign with keys of that type. */
int p11_able_check(struct p11_session *s, enum key_type type, struct err *e);
/* Sets `signs` of the keys that the token has no mechanism for. */
void p11_able_mark(struct p11_session *s, struct token_key_list *keys);

#endif
