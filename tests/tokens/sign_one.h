/* SPDX-License-Identifier: Apache-2.0 */
/* One signature: a batch of one, verified. */
#ifndef TESTS_SIGN_ONE_H
#define TESTS_SIGN_ONE_H

#include "tokens/token.h"

/* Appended. Errors: those of sign_all; ERR_TOKEN when it is not by the key. */
int sign_one(struct tokens *t, const struct key *key, struct span message, struct bytes *sig,
             struct err *e);

#endif
