/* SPDX-License-Identifier: Apache-2.0 */
/* p11_destroy.h - a key pair leaves the token that is logged in, and is proven gone. */
#ifndef TOKENS_P11_DESTROY_H
#define TOKENS_P11_DESTROY_H

#include "tokens/pkcs11/p11_session.h"

/* C_DestroyObject on every private key with this public key, then on its public halves, and a look
 * whether one is left. A private key whose public half the token does not show is not touched.
 * Errors: ERR_TOKEN when it is not there, can't be destroyed, or is there still. */
int p11_destroy(struct p11_session *s, const struct key *key, struct err *e);

#endif
