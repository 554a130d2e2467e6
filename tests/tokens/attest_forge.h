/* SPDX-License-Identifier: Apache-2.0 */
/*
 * attest_forge.h - a maker of tokens, for tests: roots, devices and attestations in each maker's
 * form, true ones and false ones.
 *
 * What it makes is appended to buffers as a file would hold it (DER, or card-verifiable). Anything
 * that fails fails the test.
 */
#ifndef TESTS_ATTEST_FORGE_H
#define TESTS_ATTEST_FORGE_H

#include <openssl/x509.h>

#include "metadata/base/bytes.h"
#include "metadata/key.h"

#define FORGE_EXTENSIONS 8

struct forge_extension {
    const char *oid;
    struct span value; /* what stands in the extension's OCTET STRING */
};

struct forge_x509 {
    const char *subject;
    EVP_PKEY *key;
    const char *issuer; /* NULL: itself */
    EVP_PKEY *signer;
    bool ca;
    const char *from, *to; /* "20170101000000Z"; NULL: 2017 to 2071 */
    struct forge_extension extensions[FORGE_EXTENSIONS];
    bool last_critical; /* the last of them: who does not know it must refuse */
};

void forge_x509_put(const struct forge_x509 *c, struct bytes *out);

struct forge_cvc {
    const char *car; /* NULL: not said */
    const char *chr;
    EVP_PKEY *key;
    const char *curve;     /* its domain parameters are written; NULL: they are not */
    int role;              /* of the authorisation's last byte; -1: none */
    const char *from, *to; /* "261123"; NULL: no dates */
    EVP_PKEY *signer;
    struct span generator; /* instead of the curve's own, when given */
};

void forge_cvc_put(const struct forge_cvc *c, struct bytes *out);
/* A request (67) around `inner`, by the device `car` whose key is `device`. */
void forge_request_put(const struct forge_cvc *inner, const char *car, EVP_PKEY *device,
                       struct bytes *out);

/* A new key of a curve by OpenSSL's name. */
EVP_PKEY *forge_ec(const char *curve);
/* The same as a TUF key. */
struct key *forge_public(EVP_PKEY *key);

/* A whole maker, with one device: what a true attestation looks like, to be changed by a test. */
struct forge_maker {
    EVP_PKEY *root, *device, *token_key;
    struct bytes root_file;   /* the root's certificate */
    struct bytes device_file; /* the device's, and its issuers' */
    uint8_t pin[1][SHA256_SIZE];
    struct key *key; /* the attested key, as a TUF key */
};

void forge_yubihsm_maker(struct forge_maker *m);
void forge_piv_maker(struct forge_maker *m);
void forge_cvc_maker(struct forge_maker *m);
void forge_maker_clear(struct forge_maker *m);

/* Their true attestations; change what is to be false, then put. Serial 13200461, or DENK0102947.
 */
struct forge_x509 forge_yubihsm(const struct forge_maker *m);
struct forge_x509 forge_piv(const struct forge_maker *m);
struct forge_cvc forge_sc_hsm(const struct forge_maker *m);
#define FORGE_CVC_DEVICE "DENK010294700000"
#define FORGE_CVC_ISSUER "DETEST0100001"
#define FORGE_CVC_ROOT   "DETESTROOT00001"

#endif
