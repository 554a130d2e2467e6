/* SPDX-License-Identifier: Apache-2.0 */
/*
 * key.h - public keys as TUF knows them.
 *
 * Invariants:
 *  - the keyid is the SHA-256 of the canonical bytes of the whole key object, unknown fields
 *    included (TUF specification 4.2), computed once, from the bytes that were read or made;
 *  - a key's material (its SubjectPublicKeyInfo) identifies it: two keyids over the same material
 *    are one key and count once;
 *  - key types are the rows of one table in key_type.c; a type that the table does not know is kept,
 *    with its keyid, and verifies nothing: a signature by it is neither good nor bad.
 */
#ifndef METADATA_KEY_H
#define METADATA_KEY_H

#include "metadata/base/bytes.h"
#include "metadata/base/err.h"
#include "metadata/json/json.h"

/* A type is a kind of key together with the scheme that it signs with: one RSA key is of another
 * type under each scheme, and is the same key (key_same_material). */
enum key_type {
    KEY_P256,
    KEY_P384,
    KEY_P521,
    KEY_ED25519,
    KEY_RSA, /* rsassa-pss-sha256 */
    KEY_RSA_PSS_384,
    KEY_RSA_PSS_512,
    KEY_RSA_V15_256, /* rsa-pkcs1v15-sha256 */
    KEY_RSA_V15_384,
    KEY_RSA_V15_512,
    KEY_UNKNOWN,
    KEY_TYPES
};
/* The names of those that tokens sign with here (token_signs), as help and errors list them. */
#define KEY_TYPES_SIGNING "ecdsa-p256, ecdsa-p384, ed25519, rsa, rsa-pkcs1v15-sha256"

struct key;

/* From a TUF key object (kept byte for byte in meaning). Errors: ERR_INPUT with place and path:
 * no valid point, RSA outside 2048-4096 bits, PEM with anything around it, wrong curve. */
int key_from_json(struct json object, struct key **out, struct err *e);
/* From a public key in DER (SubjectPublicKeyInfo, RFC 5280) or PEM ("PUBLIC KEY" or "RSA PUBLIC
 * KEY", one block: see pem.h); the TUF key object is made in the form that every client reads.
 * Errors: ERR_INPUT, with what the text is instead; ERR_SECRET for a private key. */
int key_from_spki(struct span der, struct key **out, struct err *e);
int key_from_pem(struct span pem, struct key **out, struct err *e);
/* From a file in any form that earlier ceremonies left: PEM, SubjectPublicKeyInfo in DER, or the
 * bare uncompressed point of P-256 (65 bytes) or P-384 (97 bytes; SEC 1, section 2.3.3). The bytes
 * say which; the file's name does not count. Errors: ERR_INPUT. */
int key_from_bytes(struct span file, struct key **out, struct err *e);
/* Holds the key once more: keys do not change, and each holder frees its own hold. Never NULL. */
struct key *key_copy(const struct key *k);
/* The same public key under the scheme of another type, in a new object in the form that clients
 * read. Errors: ERR_INPUT when it can't be of that type. */
int key_of_type(const struct key *k, enum key_type type, struct key **out, struct err *e);
void key_free(struct key *k); /* NULL-safe */

const char *key_id(const struct key *k); /* 64 hex digits */
enum key_type key_type(const struct key *k);
struct span key_object(const struct key *k);      /* canonical bytes of the TUF key object */
struct span key_spki(const struct key *k);        /* DER; empty for KEY_UNKNOWN */
const uint8_t *key_material(const struct key *k); /* SHA-256 of the SPKI (unknown: of the object) */
/* The scheme: of KEY_UNKNOWN as its object has it. Valid as long as the key. */
const char *key_scheme(const struct key *k);
/* In words, what old form it is written in and who refuses that (old_form.h); NULL: in none. */
const char *key_old_form(const struct key *k);
bool key_same_material(const struct key *a, const struct key *b);
/* PEM text of the key, appended. */
int key_put_pem(const struct key *k, struct bytes *out, struct err *e);

/* 0 if `sig` (DER for ECDSA, strict; 64 bytes for Ed25519; PSS with any salt length for RSA) is by
 * this key over `message`; else ERR_SIGNATURE; ERR_UNSUPPORTED for KEY_UNKNOWN. */
int key_verify(const struct key *k, struct span message, struct span sig, struct err *e);

/* The table. `key_type_by_name` takes the names that a plan uses. */
const char *key_type_name(enum key_type type);  /* "ecdsa-p256", "rsa-pkcs1v15-sha256" */
const char *key_type_words(enum key_type type); /* "ECDSA on P-256" */
int key_type_by_name(const char *name, enum key_type *out); /* -1: no such type */

#endif
