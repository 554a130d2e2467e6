/* SPDX-License-Identifier: Apache-2.0 */
/* The keys of card-verifiable certificates, and what they sign. */
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

#include "tokens/attestation/cvc.h"
#include "tokens/mechanism.h"

/* The curves of TR-03110, appendix A.2.1.1, and secp256k1 is none of them. */
static const char *const curves[] = {"prime256v1",      "secp384r1",       "secp521r1",
                                     "brainpoolP256r1", "brainpoolP320r1", "brainpoolP384r1",
                                     "brainpoolP512r1"};

static bool is_number(struct span s, const BIGNUM *n)
{
    BIGNUM *given = s.n <= 80 ? BN_bin2bn(s.p, (int)s.n, NULL) : NULL;
    bool same = given != NULL && BN_cmp(given, n) == 0;

    BN_free(given);
    return same;
}

static bool is_generator(const EC_GROUP *g, struct span point)
{
    uint8_t text[200];
    size_t n = EC_POINT_point2oct(g, EC_GROUP_get0_generator(g), POINT_CONVERSION_UNCOMPRESSED,
                                  text, sizeof text, NULL);

    return n > 0 && span_eq(point, span_of(text, n));
}

static bool is_curve(const struct cvc *c, const char *name)
{
    EC_GROUP *g = EC_GROUP_new_by_curve_name(OBJ_sn2nid(name));
    BIGNUM *p = BN_new(), *a = BN_new(), *b = BN_new();
    bool is = g != NULL && p != NULL && a != NULL && b != NULL &&
              EC_GROUP_get_curve(g, p, a, b, NULL) == 1 && is_number(c->domain[0], p) &&
              is_number(c->domain[1], a) && is_number(c->domain[2], b) &&
              is_generator(g, c->domain[3]) && is_number(c->domain[4], EC_GROUP_get0_order(g)) &&
              is_number(c->domain[5], EC_GROUP_get0_cofactor(g));

    BN_free(p);
    BN_free(a);
    BN_free(b);
    EC_GROUP_free(g);
    return is;
}

const char *cvc_curve(const struct cvc *c)
{
    if (c->domain[0].n == 0)
        return NULL;
    for (size_t i = 0; i < sizeof curves / sizeof curves[0]; i++)
        if (is_curve(c, curves[i]))
            return curves[i];
    return NULL;
}

static EVP_PKEY *rsa_key(const struct cvc *c)
{
    const unsigned char *der;
    EVP_PKEY *pkey = NULL;
    struct key *key;
    struct err why;

    if (mechanism_rsa(c->modulus, c->exponent, &key, &why) != 0)
        return NULL;
    der = key_spki(key).p;
    pkey = d2i_PUBKEY(NULL, &der, (long)key_spki(key).n);
    key_free(key);
    return pkey;
}

EVP_PKEY *cvc_public_key(const struct cvc *c, const char *curve)
{
    EVP_PKEY *pkey;

    if (c->modulus.n > 0)
        pkey = c->modulus.n <= 1024 && c->exponent.n <= 8 ? rsa_key(c) : NULL;
    else {
        if (c->domain[0].n > 0)
            curve = cvc_curve(c);
        pkey = curve != NULL ? mechanism_ec_pkey(curve, c->point) : NULL;
    }
    ERR_clear_error();
    return pkey;
}

/* id-TA (A.6.4), with what RSA and ECDSA have in common: 0.4.0.127.0.7.2.2.2.{1,2}.n */
static const struct scheme {
    uint8_t family, number;
    const EVP_MD *(*digest)(void);
    int padding; /* of RSA */
} schemes[] = {
    {1, 2, EVP_sha256, RSA_PKCS1_PADDING},
    {1, 4, EVP_sha256, RSA_PKCS1_PSS_PADDING},
    {1, 5, EVP_sha512, RSA_PKCS1_PADDING},
    {1, 6, EVP_sha512, RSA_PKCS1_PSS_PADDING},
    {2, 3, EVP_sha256, 0},
    {2, 4, EVP_sha384, 0},
    {2, 5, EVP_sha512, 0},
};

static const struct scheme *scheme_of(struct span oid)
{
    static const uint8_t arc[] = {0x04, 0x00, 0x7F, 0x00, 0x07, 0x02, 0x02, 0x02};

    if (oid.n != sizeof arc + 2 || memcmp(oid.p, arc, sizeof arc) != 0)
        return NULL;
    for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++)
        if (schemes[i].family == oid.p[8] && schemes[i].number == oid.p[9])
            return &schemes[i];
    return NULL;
}

static bool digest_verify(EVP_PKEY *key, const struct scheme *how, struct span message,
                          struct span sig)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    EVP_PKEY_CTX *params = NULL;
    bool ok = ctx != NULL && EVP_DigestVerifyInit(ctx, &params, how->digest(), NULL, key) == 1 &&
              (how->padding == 0 || EVP_PKEY_CTX_set_rsa_padding(params, how->padding) == 1) &&
              EVP_DigestVerify(ctx, sig.p, sig.n, message.p, message.n) == 1;

    EVP_MD_CTX_free(ctx);
    return ok;
}

/* r and s are each as long as the order of the curve. */
static size_t order_bytes(const EVP_PKEY *key)
{
    return ((size_t)EVP_PKEY_get_bits(key) + 7) / 8;
}

bool cvc_verify(EVP_PKEY *key, struct span oid, struct span message, struct span signature)
{
    const struct scheme *how = scheme_of(oid);
    struct bytes der = {0};
    struct err why;
    bool ok = false;

    if (how == NULL || signature.n == 0 || signature.n > 1024 ||
        EVP_PKEY_is_a(key, "RSA") != (how->family == 1))
        return false;
    if (how->family == 1)
        ok = digest_verify(key, how, message, signature);
    else if (mechanism_der(signature, order_bytes(key), &der, &why) == 0)
        ok = digest_verify(key, how, message, bytes_span(&der));
    bytes_clear(&der);
    ERR_clear_error();
    return ok;
}
