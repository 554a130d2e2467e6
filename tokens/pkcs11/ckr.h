/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ckr.h - return values of Cryptoki (PKCS#11 v2.40, section 5.1) as errors for people.
 */
#ifndef TOKENS_CKR_H
#define TOKENS_CKR_H

#include <p11-kit/pkcs11.h>
#include <stdbool.h>

#include "metadata/base/err.h"

/* The session is gone, or nothing that is said over it can be trusted any more. */
bool ckr_lost(CK_RV rv);
/* Another template or parameter may succeed. */
bool ckr_refuses_template(CK_RV rv);
/* Empties OpenSSL's error queue too: modules that use OpenSSL leave errors behind. Returns -1. */
int ckr_err(struct err *e, CK_RV rv, const char *call);

#endif
