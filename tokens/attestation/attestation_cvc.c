/* SPDX-License-Identifier: Apache-2.0 */
/* Attestations in card-verifiable certificates: with each key that it generates, a SmartCard-HSM
 * makes a request for a certificate, which its device key vouches for. The chain is short and of
 * one kind: request, device, device issuer, root. */
#include <openssl/err.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "tokens/attestation/attestation_form.h"

#define CHAIN_MAX    4 /* device, issuers, root */
#define CHR_SEQUENCE 5 /* digits at the end of a holder's reference; what is before is its name */

struct path {
    struct cvc certificate[CHAIN_MAX]; /* the device's first */
    size_t n;
    bool rooted; /* the last one is pinned */
    struct bytes root;
};

static long day_of(int64_t at)
{
    time_t t = (time_t)at;
    struct tm day;

    if (gmtime_r(&t, &day) == NULL)
        return 0;
    return (day.tm_year + 1900L) * 10000 + (day.tm_mon + 1) * 100 + day.tm_mday;
}

/* The certificate of that holder; a pinned one rather than another. */
static bool find_holder(const struct attestation_pool *p, struct span name, struct cvc *out,
                        bool *is_pinned, struct bytes *words)
{
    struct cvc c;
    bool found = false;

    *is_pinned = false;
    for (size_t i = 0; i < p->ncvc && !*is_pinned; i++) {
        if (!cvc_read(p->cvc[i], &c) || !span_eq(c.chr, name))
            continue;
        *is_pinned = attestation_pool_pinned(p, c.whole, words);
        if (!found || *is_pinned)
            *out = c;
        found = true;
    }
    return found;
}

/* From the device upwards, by names; nothing is believed yet. */
static void find_path(const struct attestation_pool *p, struct span device, struct path *path)
{
    struct span name = device;

    while (path->n < CHAIN_MAX && !path->rooted &&
           find_holder(p, name, &path->certificate[path->n], &path->rooted, &path->root)) {
        name = path->certificate[path->n++].car;
        if (!path->rooted && span_eq(name, path->certificate[path->n - 1].chr))
            return; /* its own root, and not pinned */
    }
}

/* What is wrong with one certificate under its issuer, or NULL. */
static const char *fault_of(const struct attestation_pool *p, const struct cvc *c, size_t depth,
                            EVP_PKEY *issuer, struct span oid)
{
    long day = day_of(p->c->at);

    if (!c->dated || day < c->from || day > c->to)
        return "a certificate of it is not valid on this day";
    if ((depth == 0) != (c->role == CVC_DEVICE))
        return "a certificate of it may not do what it does here";
    if (issuer != NULL && !cvc_verify(issuer, oid, c->body, c->signature))
        return "a signature in it is wrong";
    return NULL;
}

/* From the root downwards: each key is used only after its certificate held. *key is the device's,
 * or NULL; returns what is wrong, or NULL. */
static const char *walk_down(const struct attestation_pool *p, const struct path *path,
                             EVP_PKEY **key)
{
    const char *fault = NULL, *curve = NULL;
    EVP_PKEY *issuer = NULL;
    struct span oid = {0};

    *key = NULL;
    for (size_t i = path->n; i-- > 0 && fault == NULL;) {
        const struct cvc *c = &path->certificate[i];
        const char *own = cvc_curve(c);
        EVP_PKEY *next;

        fault = fault_of(p, c, i, issuer, oid);
        next = fault == NULL ? cvc_public_key(c, curve) : NULL;
        if (fault == NULL && next == NULL)
            fault = "a key in it is none, or on a curve that is not a known one";
        EVP_PKEY_free(issuer);
        issuer = next;
        oid = c->oid;
        curve = own != NULL ? own : curve;
    }
    *key = issuer;
    return fault;
}

static void put_name(struct span s, char *out, size_t size)
{
    size_t n = s.n < size - 1 ? s.n : size - 1;

    if (n > 0)
        memcpy(out, s.p, n);
    out[n] = '\0';
}

static void answer_chain(const struct attestation_pool *p, const struct cvc_request *r,
                         const struct path *path, struct attestation *out)
{
    char name[32] = "";
    EVP_PKEY *device = NULL;
    const char *fault;

    if (!path->rooted) {
        put_name(path->n > 0 ? path->certificate[path->n - 1].car : r->car, name, sizeof name);
        attested_set(out, ATTESTED_CHAIN, ATTESTED_UNKNOWN,
                     "it leads to '%s', and no such root is pinned and among the inputs", name);
        return;
    }
    fault = walk_down(p, path, &device);
    if (fault == NULL && path->n < 2)
        fault = "it is its own root";
    if (fault == NULL &&
        !cvc_verify(device, path->certificate[0].oid, r->signed_bytes, r->signature))
        fault = "the device did not sign the request for this key";
    EVP_PKEY_free(device);
    if (fault != NULL) {
        attested_set(out, ATTESTED_CHAIN, ATTESTED_FAILS, "its chain does not hold: %s", fault);
        return;
    }
    snprintf(out->root, sizeof out->root, "%s", bytes_str(&path->root));
    attested_set(out, ATTESTED_CHAIN, ATTESTED_HOLDS, "by %s", out->root);
}

/* The request for the key that is asked for, wherever it lies; else the first beside it. */
static int find_request(const struct attestation_pool *p, struct cvc_request *out, struct key **key,
                        struct err *e)
{
    struct cvc_request r;
    int found = 0;

    for (size_t i = 0; i < p->ncvc; i++) {
        EVP_PKEY *pkey;
        struct key *k;
        int rc;

        if (!cvc_request_read(p->cvc[i], &r))
            continue;
        pkey = cvc_public_key(&r.request, NULL);
        rc = attested_key_of(pkey, &k, e);
        EVP_PKEY_free(pkey);
        if (rc != 0)
            return -1;
        if ((attested_is_asked(p, k) && p->c->key != NULL) || (found == 0 && i < p->cvc_beside)) {
            key_free(*key);
            *key = k;
            *out = r;
            found = 1;
            if (attested_is_asked(p, k))
                return 1;
        } else
            key_free(k);
    }
    return found;
}

static void answer_origin(const struct cvc_request *r, struct attestation *out)
{
    EVP_PKEY *own = cvc_public_key(&r->request, NULL);

    if (own != NULL && cvc_verify(own, r->request.oid, r->request.body, r->request.signature))
        attested_set(out, ATTESTED_ORIGIN, ATTESTED_HOLDS,
                     "the card generated it: it makes such a request only then, and the key signed "
                     "it");
    else
        attested_set(out, ATTESTED_ORIGIN, ATTESTED_FAILS,
                     "the request is not signed by the key that it is about");
    EVP_PKEY_free(own);
    attested_set(
        out, ATTESTED_STAYS, ATTESTED_UNKNOWN,
        "the card does not report it: set up with a key encryption key (DKEK), it can give "
        "the key out wrapped");
}

int attestation_cvc_check(const struct attestation_form *f, const struct attestation_pool *p,
                          struct attestation *out, struct err *e)
{
    struct path path = {.n = 0};
    struct cvc_request r;
    int found = find_request(p, &r, &out->key, e);

    (void)f;
    if (found <= 0)
        return found;
    find_path(p, r.car, &path);
    answer_chain(p, &r, &path, out);
    answer_origin(&r, out);
    if (r.car.n > CHR_SEQUENCE)
        put_name(span_of(r.car.p, r.car.n - CHR_SEQUENCE), out->serial, sizeof out->serial);
    bytes_put_span(&out->chain, r.whole);
    for (size_t i = 0; i < path.n; i++)
        bytes_put_span(&out->chain, path.certificate[i].whole);
    bytes_clear(&path.root);
    return 1;
}
