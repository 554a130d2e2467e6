/* SPDX-License-Identifier: Apache-2.0 */
/*
 * p11_object.h - objects on the token that is logged in: found, and certificates read.
 */
#ifndef TOKENS_P11_OBJECT_H
#define TOKENS_P11_OBJECT_H

#include "tokens/pkcs11/p11_session.h"

#define P11_OBJECTS_MAX 256 /* more are not looked at */

struct p11_objects {
    CK_OBJECT_HANDLE h[P11_OBJECTS_MAX];
    CK_ULONG n;
};

#define P11_ATTRIBUTE_MAX TOKEN_KEY_ID_MAX /* bytes; an RSA-4096 modulus has 512 */

struct p11_attribute {
    uint8_t p[P11_ATTRIBUTE_MAX];
    size_t n;
};

/* An attribute that the token does not show, or that is larger, is empty: one odd key does not hide
 * the others. Any other failure is the call's. */
int p11_object_attribute(struct p11_session *s, CK_OBJECT_HANDLE h, CK_ATTRIBUTE_TYPE type,
                         struct p11_attribute *out, struct err *e);
int p11_object_find(struct p11_session *s, CK_ATTRIBUTE *filter, CK_ULONG nfilter,
                    struct p11_objects *out, struct err *e);
/* The certificates that the token shows: those with this CKA_ID first. */
int p11_certificates(struct p11_session *s, struct span cka_id, struct token_certificates *out,
                     struct err *e);

#endif
