/* SPDX-License-Identifier: Apache-2.0 */
/*
 * attestation.h - what a token's maker vouches for: this very key was made on that very device, and
 * can't leave it.
 *
 * Bytes in, answers out: no disk, no clock, no token. A form is a row of a table in attestation.c;
 * the makers' roots that the program knows are the rows of another, SHA-256 fingerprints only: the
 * certificates themselves come from the ceremony's inputs.
 *
 * Invariants:
 *  - an attestation is worth something only when its chain ends in a certificate whose fingerprint
 *    is pinned, by the program or by the plan, and holds on the day that is asked for;
 *  - X.509 chains are verified by OpenSSL (X509_verify_cert), every signature by OpenSSL;
 *  - that the attested key is the enrolled key is a question of its own, and always asked;
 *  - what evidence does not say is ATTESTED_UNKNOWN, never ATTESTED_HOLDS.
 */
#ifndef TOKENS_ATTESTATION_H
#define TOKENS_ATTESTATION_H

#include "metadata/base/bytes.h"
#include "metadata/base/err.h"
#include "metadata/key.h"

#define ATTESTATION_MAX ((size_t)1 << 20) /* bytes of one file of certificates */

enum attested_question {
    ATTESTED_CHAIN,    /* does a pinned root vouch for it? */
    ATTESTED_KEY,      /* is it about the key that is enrolled? */
    ATTESTED_SERIAL,   /* and about the token that was inserted? */
    ATTESTED_ORIGIN,   /* was the key generated on the device? */
    ATTESTED_STAYS,    /* and can't it leave? */
    ATTESTED_FIRMWARE, /* is no advisory known for the device and this type of key? */
    ATTESTED_QUESTIONS
};

enum attested { ATTESTED_UNKNOWN, ATTESTED_HOLDS, ATTESTED_FAILS };

struct attested_answer {
    enum attested is;
    char words[300];
};

struct attestation {
    const char *form;   /* "yubihsm2"; NULL: there is no attestation */
    const char *device; /* "YubiHSM 2" */
    char serial[48];    /* as the device's maker writes it; "" when not said */
    char firmware[24];  /* "2.1.2"; "" when not said */
    struct key *key;    /* the attested key; NULL when TUF has no name for its type */
    char root[160];     /* who vouches, when the chain holds */
    struct attested_answer answers[ATTESTED_QUESTIONS];
    struct bytes chain; /* the attestation, then its issuers up to the root, as far as they go */
    bool pem;           /* `chain` is PEM; otherwise card-verifiable certificates */
};

struct attestation_case {
    /* What was laid beside the key: it claims to be about it. The first file in front. */
    const struct span *beside;
    size_t nbeside;
    /* What else may help: issuers, roots, and attestations of whatever keys. */
    const struct span *pool;
    size_t npool;
    const uint8_t (*pins)[SHA256_SIZE]; /* the plan's own roots */
    size_t npins;
    int64_t at; /* seconds since 1970, UTC, in the day at whose end the chain must hold */
    const struct key *key; /* the enrolled key; NULL: not asked */
    const char *serial;    /* of the token, as its module says; NULL: not asked */
    const char *firmware;  /* of the token, as its module says, or NULL */
};

/* Looks for an attestation of the key, among what was laid beside it and in the pool; what lies
 * beside and is about another key is taken, too, and says so. `out->form` stays NULL when there is
 * none. Errors: ERR_INPUT: a file is malformed; ERR_INTERNAL. */
int attestation_check(const struct attestation_case *c, struct attestation *out, struct err *e);
void attestation_clear(struct attestation *a);

/* Is this a file of certificates (X.509 in DER or PEM, card-verifiable ones; any number), whole?
 * Errors: ERR_INPUT. */
int attestation_readable(struct span file, struct err *e);
/* Does it say, with a pinned root behind it, that this very key was made on the device, and nothing
 * that speaks against it? (Firmware is told apart; a form that can't say more leaves it unknown.)
 */
bool attestation_vouches(const struct attestation *a);
/* What a question asks, for people: "made on the device". */
const char *attested_title(enum attested_question q);

/* The pinned certificates of a file, in words, a line each; appended. Errors: as
 * attestation_readable. */
int attestation_pinned(struct span file, const uint8_t (*pins)[SHA256_SIZE], size_t npins,
                       struct bytes *out, struct err *e);

#endif
