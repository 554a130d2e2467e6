/* SPDX-License-Identifier: Apache-2.0 */
/*
 * key_type.h - the table of key types: one row says how a type is named, read, checked and
 * verified.
 */
#ifndef METADATA_KEY_TYPE_H
#define METADATA_KEY_TYPE_H

#include <openssl/evp.h>

#include "metadata/key.h"
#include "metadata/pem.h"

struct key_type_row {
    const char *name;    /* in plans */
    const char *words;   /* for people */
    const char *keytype; /* in TUF key objects; what we write */
    const char *legacy;  /* another keytype that means the same when read, or NULL */
    const char *scheme;
    const char *group;             /* OpenSSL's name of the curve; NULL: no ECDSA */
    int padding;                   /* RSA_PKCS1_PADDING or RSA_PKCS1_PSS_PADDING; 0: no RSA */
    const EVP_MD *(*digest)(void); /* NULL: the message itself is signed */
    bool pem;                      /* keyval.public is PEM; otherwise 64 hex digits */
};

/* The key in the text of keyval.public, as the type has it; NULL: see `fault`, which is left as it
 * is where 64 hex digits are expected. */
EVP_PKEY *key_type_pkey(const struct key_type_row *row, struct span text, struct pem_fault *fault);
/* Is this OpenSSL key of this type, and sound? Says why not in `why` (static words). */
bool key_type_sound(const struct key_type_row *row, EVP_PKEY *pkey, const char **why);
/* Is `sig` by `pkey`, which is sound, over `message`? */
bool key_type_verify(const struct key_type_row *row, EVP_PKEY *pkey, struct span message,
                     struct span sig);

/* The row of a known type; NULL for KEY_UNKNOWN. */
const struct key_type_row *key_type_row(enum key_type type);

/* Is the point (32 bytes) none of small order? */
bool key_type_ed25519_sound(const uint8_t *point);

#endif
