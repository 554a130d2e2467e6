/* SPDX-License-Identifier: Apache-2.0 */
/*
 * forge.h - makes keys, signatures and metadata files for tests, with OpenSSL and from text.
 *
 * Everything in here fails the running test when it can't be done.
 */
#ifndef TESTS_METADATA_FORGE_H
#define TESTS_METADATA_FORGE_H

#include <openssl/evp.h>

#include "metadata/envelope.h"
#include "metadata/key.h"

/* A private key and the TUF key of its public half. */
struct signer {
    EVP_PKEY *pkey;
    struct key *key;
};

#define FORGE_SALT_DIGEST (-1) /* RSA-PSS: as long as the digest; RSA_PSS_SALTLEN_DIGEST */

EVP_PKEY *forge_pkey(enum key_type type); /* the caller frees it */
/* The PEM of the public half ("BEGIN PUBLIC KEY"), appended. */
void forge_pem(EVP_PKEY *pkey, struct bytes *out);

void signer_init(struct signer *s, enum key_type type);
void signer_clear(struct signer *s);
/* The TUF signature, appended; `salt` is the length of the PSS salt in bytes. */
void signer_sign_salted(const struct signer *s, struct span message, int salt, struct bytes *sig);
void signer_sign(const struct signer *s, struct span message, struct bytes *sig);

/* An Ed25519 key that nobody holds, another for each number, cheaply: any 32 bytes are read as one.
 */
struct key *forge_key(uint32_t number);

/* Reads text that must be sound JSON; `text` outlives the document. */
struct json_doc *forge_doc(const char *text);

/* One signature of a file: by whom, and under which keyid (NULL: the key's own). */
struct forged_signature {
    const struct signer *by;
    const char *keyid;
};

/* The metadata file {"signatures": ..., "signed": ...} over the canonical form of `text`, appended.
 */
void forge_file(const char *text, const struct forged_signature *sigs, size_t n, struct bytes *out);
/* The same, signed by `n` signers under their own keyids. */
void forge_signed_by(const char *text, const struct signer *const *signers, size_t n,
                     struct bytes *out);

/* `"keyid": {key object}` and `"a", "b"`: the inner text of "keys" and "keyids", appended. */
void forge_keys(const struct signer *const *signers, size_t n, struct bytes *out);
void forge_keyids(const struct signer *const *signers, size_t n, struct bytes *out);

#endif
