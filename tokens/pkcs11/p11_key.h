/* SPDX-License-Identifier: Apache-2.0 */
/*
 * p11_key.h - key pairs on the token that is logged in: found, generated, read back.
 *
 * A private key's public half is the public key object (or certificate) with the same CKA_ID; what
 * it says is only a claim: signing checks each signature against the key that was asked for.
 */
#ifndef TOKENS_P11_KEY_H
#define TOKENS_P11_KEY_H

#include "tokens/pkcs11/p11_session.h"

int p11_key_list(struct p11_session *s, struct token_key_list *out, struct err *e);
/* Public key objects: what is to be seen without a login. */
int p11_key_public(struct p11_session *s, struct token_key_list *out, struct err *e);
/* p11_generate.c */
int p11_key_generate(struct p11_session *s, enum key_type type, const char *label,
                     struct token_key *out, struct err *e);
/* Everything about a private key; `public` is its public object, or 0 to look for it. */
int p11_key_pair(struct p11_session *s, CK_OBJECT_HANDLE private, CK_OBJECT_HANDLE public,
                 struct token_key *out, struct err *e);
/* An object of that class (CKO_PRIVATE_KEY or CKO_PUBLIC_KEY) whose public key is `key`, by what
 * the token shows of it: 1 and its handle, 0 none. */
int p11_key_object(struct p11_session *s, CK_OBJECT_CLASS class, const struct key *key,
                   CK_OBJECT_HANDLE *out, struct err *e);
/* The handle of the private key whose public key is `key`. Errors: ERR_TOKEN: not on the token. */
int p11_key_find(struct p11_session *s, const struct key *key, CK_OBJECT_HANDLE *out,
                 struct err *e);

#endif
