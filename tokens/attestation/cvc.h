/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cvc.h - card-verifiable certificates (BSI TR-03110, part 3, appendices C and D), as
 * SmartCard-HSMs carry them: a device certificate, its issuer's, and the request that a card makes
 * with each key.
 *
 * Invariants:
 *  - reading copies nothing: spans point into the bytes that were given;
 *  - lengths are minimal, members come in the standard's order, nothing stands behind the last;
 * what is read one way here can't be read another way elsewhere;
 *  - domain parameters are never used: they are compared, all of them, with those of a curve that
 *    OpenSSL knows by name (a curve with another generator lets anybody "verify", as CVE-2020-0601);
 *  - signatures are checked by OpenSSL.
 */
#ifndef TOKENS_CVC_H
#define TOKENS_CVC_H

#include <openssl/evp.h>

#include "metadata/base/bytes.h"

enum cvc_role {
    CVC_DEVICE,
    CVC_ISSUER,
    CVC_ROOT
}; /* what its holder may do: sign no certificates,
      those of devices, those of issuers */

struct cvc {
    struct span whole;     /* 7F21, with its head */
    struct span body;      /* 7F4E, with its head: what is signed */
    struct span car;       /* who signed it, by name; empty: not said */
    struct span chr;       /* whose it is */
    struct span oid;       /* how signatures by its key are made */
    struct span domain[6]; /* p, a, b, G, n, h; all empty when they are the issuer's */
    struct span point;
    struct span modulus, exponent;
    struct span signature;
    enum cvc_role role; /* CVC_DEVICE when nothing is said */
    bool dated;
    long from, to; /* days as 20261123, inclusive */
};

/* A request that the device's own key vouches for (67): made when the card generates a key. */
struct cvc_request {
    struct span whole;        /* 67, with its head */
    struct cvc request;       /* signed by the new key itself */
    struct span signed_bytes; /* the request and `car` with their heads */
    struct span car;          /* whose key signed: the device's */
    struct span signature;
};

/* The next element of `rest`, which it moves on. False: there is none, or it is malformed. */
bool cvc_element(struct span *rest, unsigned *tag, struct span *value, struct span *whole);
#define CVC_CERTIFICATE 0x7F21u
#define CVC_REQUEST     0x67u

/* `whole` is one element from its first byte to its last. */
bool cvc_read(struct span whole, struct cvc *out);
bool cvc_request_read(struct span whole, struct cvc_request *out);

/* OpenSSL's name of its curve, from its domain parameters; NULL when there are none or they are
 * those of no curve that is known here. */
const char *cvc_curve(const struct cvc *c);
/* Its public key; `curve` is its issuer's, for one without domain parameters. NULL: there is none.
 * The caller frees it. */
EVP_PKEY *cvc_public_key(const struct cvc *c, const char *curve);
/* Is `signature` by `key` over `message`, in the way that `oid` says? SHA-1 and SHA-224: never. */
bool cvc_verify(EVP_PKEY *key, struct span oid, struct span message, struct span signature);

#endif
