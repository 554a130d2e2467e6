/* SPDX-License-Identifier: Apache-2.0 */
/*
 * attestation_form.h - what the forms of attestations share: the certificates at hand, and a row's
 * two questions.
 */
#ifndef TOKENS_ATTESTATION_FORM_H
#define TOKENS_ATTESTATION_FORM_H

#include <openssl/x509.h>

#include "tokens/attestation/attestation.h"
#include "tokens/attestation/cvc.h"

#define POOL_CVC_MAX 256

/* All certificates of a case, those laid beside the key first. */
struct attestation_pool {
    const struct attestation_case *c;
    STACK_OF(X509) * x509;
    int x509_beside;
    struct span cvc[POOL_CVC_MAX]; /* elements: certificates and requests */
    size_t ncvc, cvc_beside;
};

/* Is this fingerprint pinned? Then `words` says by whom. */
bool attestation_pool_pinned(const struct attestation_pool *p, struct span certificate,
                             struct bytes *words);

struct attestation_form {
    const char *name, *device;
    const char *arc; /* of its X.509 extensions; NULL: card-verifiable */
    /* Fills `out` with the attestation of the case, and the answers on chain, origin and leaving.
     * 1: there is one; 0: none in this form. Errors: ERR_INPUT: malformed; ERR_INTERNAL. */
    int (*check)(const struct attestation_form *f, const struct attestation_pool *p,
                 struct attestation *out, struct err *e);
    /* What the maker's extensions say (X.509). */
    int (*read)(X509 *leaf, struct attestation *out, struct err *e);
    /* Is a token's serial, as modules give it, one that the maker's can be compared with? */
    bool decimal;
};

int attestation_x509_check(const struct attestation_form *f, const struct attestation_pool *p,
                           struct attestation *out, struct err *e);
int attestation_yubihsm_read(X509 *leaf, struct attestation *out, struct err *e);
int attestation_piv_read(X509 *leaf, struct attestation *out, struct err *e);
int attestation_cvc_check(const struct attestation_form *f, const struct attestation_pool *p,
                          struct attestation *out, struct err *e);

/* Sets an answer. */
void attested_set(struct attestation *a, enum attested_question q, enum attested is,
                  const char *fmt, ...) __attribute__((format(printf, 4, 5)));
/* The key of an OpenSSL key, or NULL when TUF has no name for it. Errors: ERR_INTERNAL. */
int attested_key_of(EVP_PKEY *pkey, struct key **out, struct err *e);
/* Is the attested key the one that the case asks for? True when it asks for none. */
bool attested_is_asked(const struct attestation_pool *p, const struct key *key);

#endif
