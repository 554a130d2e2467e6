/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pem.h - one public key as PEM text, and what other text is instead of one.
 */
#ifndef METADATA_PEM_H
#define METADATA_PEM_H

#include <openssl/evp.h>

#include "metadata/base/bytes.h"

/* Why text is no public key, and what to do: static words. */
struct pem_fault {
    const char *why;
    const char *todo; /* NULL: nothing but to give a public key */
};

/* The key in one block "PUBLIC KEY" (RFC 7468, section 13) or "RSA PUBLIC KEY" (PKCS #1: RFC 8017,
 * appendix A.1.1), lines ending in LF or CR LF, and nothing before or after it but one line end.
 * NULL when the text is none, or when out of memory: `fault` gives the reason. */
EVP_PKEY *pem_pkey(struct span text, struct pem_fault *fault);

/* Is there the begin of any PEM block ("-----BEGIN ") in these bytes? */
bool pem_is(struct span text);

#endif
