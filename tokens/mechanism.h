/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mechanism.h - what a key type is in PKCS#11: how it is generated, how it signs, and how public
 * keys and signatures are converted. A key type is one row.
 *
 * Messages are hashed in software; the mechanisms are those that every token has: CKM_ECDSA on the
 * digest, CKM_RSA_PKCS_PSS (SHA-256, MGF1 with SHA-256, 32 bytes of salt: TUF's
 * rsassa-pss-sha256), CKM_RSA_PKCS on a DigestInfo (TUF's rsa-pkcs1v15-sha256), CKM_EDDSA without
 * parameter on the message itself. Types without a row are read and verified, and never signed.
 */
#ifndef TOKENS_MECHANISM_H
#define TOKENS_MECHANISM_H

#include <openssl/evp.h>
#include <p11-kit/pkcs11.h>

#include "metadata/base/bytes.h"
#include "metadata/key.h"

#define MECHANISM_CURVES 2

/* DER of CKA_EC_PARAMS. */
struct ec_params {
    const uint8_t *p;
    size_t n;
};

struct mechanism {
    enum key_type type;
    CK_KEY_TYPE ck_type;
    CK_MECHANISM_TYPE generate, sign;
    struct ec_params params[MECHANISM_CURVES]; /* spellings, the usual one first; RSA: none */
    const char *group;                         /* OpenSSL's name of the curve; NULL: no ECDSA */
    size_t point;                              /* bytes of a raw public point; 0 for RSA */
    size_t signature;                          /* bytes of a raw signature; 0: the modulus' size */
    const EVP_MD *(*digest)(void);             /* NULL: the message itself is signed */
    bool digest_info; /* the digest is wrapped (RFC 8017, section 9.2, note 1) */
};

/* NULL when there is none. Of an object that several types fit, the first in the table. */
const struct mechanism *mechanism_of(enum key_type type);
const struct mechanism *mechanism_of_object(CK_KEY_TYPE ck, struct span ec_params);

/* The mechanism that hashes the message itself, for tokens that do it no other way; `m->sign` when
 * that one does. */
CK_MECHANISM_TYPE mechanism_hashing(const struct mechanism *m);

#define MECHANISM_RSA_BITS 3072

/* The bytes for C_Sign: the digest, bare or wrapped, or the message. Errors: ERR_INTERNAL. */
int mechanism_input(const struct mechanism *m, struct span message, struct bytes *out,
                    struct err *e);
/* From r||s to DER for ECDSA; others unchanged; appended. Errors: ERR_TOKEN for a wrong length. */
int mechanism_signature(const struct mechanism *m, struct span raw, struct bytes *out,
                        struct err *e);
/* From r||s of `half` bytes each to DER (RFC 3279, section 2.2.3); appended. Whether that is a
 * signature is found out by who verifies it. Errors: ERR_TOKEN for any other length, and for none.
 */
int mechanism_der(struct span raw, size_t half, struct bytes *out, struct err *e);
/* From CKA_EC_POINT (raw, or wrapped in an OCTET STRING or BIT STRING), or modulus and exponent.
 * Errors: ERR_TOKEN. */
int mechanism_point(const struct mechanism *m, struct span point, struct key **out, struct err *e);
int mechanism_rsa(struct span modulus, struct span exponent, struct key **out, struct err *e);
/* A public key of a curve by OpenSSL's name, from a raw point; NULL when it is none. */
EVP_PKEY *mechanism_ec_pkey(const char *group, struct span raw);

#endif
