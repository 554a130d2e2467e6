/* SPDX-License-Identifier: Apache-2.0 */
#include "tokens/mechanism.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/param_build.h>
#include <openssl/x509.h>

#include "tokens/token.h"

static const uint8_t p256[] = {0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};
static const uint8_t p384[] = {0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22};
static const uint8_t ed25519_name[] = {0x13, 0x0c, 'e', 'd', 'w', 'a', 'r',
                                       'd',  's',  '2', '5', '5', '1', '9'};
static const uint8_t ed25519_oid[] = {0x06, 0x03, 0x2b, 0x65, 0x70}; /* RFC 8410 */

static const struct mechanism table[] = {
    {.type = KEY_P256,
     .ck_type = CKK_EC,
     .generate = CKM_EC_KEY_PAIR_GEN,
     .sign = CKM_ECDSA,
     .params = {{p256, sizeof p256}},
     .group = "P-256",
     .point = 65,
     .signature = 64,
     .digest = EVP_sha256},
    {.type = KEY_P384,
     .ck_type = CKK_EC,
     .generate = CKM_EC_KEY_PAIR_GEN,
     .sign = CKM_ECDSA,
     .params = {{p384, sizeof p384}},
     .group = "P-384",
     .point = 97,
     .signature = 96,
     .digest = EVP_sha384},
    {.type = KEY_ED25519,
     .ck_type = CKK_EC_EDWARDS,
     .generate = CKM_EC_EDWARDS_KEY_PAIR_GEN,
     .sign = CKM_EDDSA,
     .params = {{ed25519_name, sizeof ed25519_name}, {ed25519_oid, sizeof ed25519_oid}},
     .point = 32,
     .signature = 64},
    {.type = KEY_RSA,
     .ck_type = CKK_RSA,
     .generate = CKM_RSA_PKCS_KEY_PAIR_GEN,
     .sign = CKM_RSA_PKCS_PSS,
     .digest = EVP_sha256},
    {.type = KEY_RSA_V15_256,
     .ck_type = CKK_RSA,
     .generate = CKM_RSA_PKCS_KEY_PAIR_GEN,
     .sign = CKM_RSA_PKCS,
     .digest = EVP_sha256,
     .digest_info = true},
};

const struct mechanism *mechanism_of(enum key_type type)
{
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (table[i].type == type)
            return &table[i];
    return NULL;
}

bool token_signs(enum key_type type)
{
    return mechanism_of(type) != NULL;
}

/* Parameters that are spelt out instead of named (RFC 3279, section 2.3.5): ykcs11 shows those of
 * imported keys so. */
static bool is_group(const char *group, struct span params)
{
    const unsigned char *p = params.p;
    EC_GROUP *given = NULL, *named;
    bool same = false;

    if (params.n == 0 || params.p[0] != 0x30)
        return false;
    given = d2i_ECPKParameters(NULL, &p, (long)params.n);
    named = EC_GROUP_new_by_curve_name(EC_curve_nist2nid(group));
    if (given != NULL && named != NULL && p == params.p + params.n)
        same = EC_GROUP_cmp(given, named, NULL) == 0;
    EC_GROUP_free(given);
    EC_GROUP_free(named);
    ERR_clear_error();
    return same;
}

static bool has_params(const struct mechanism *m, struct span params)
{
    if (m->group != NULL && is_group(m->group, params))
        return true;
    for (size_t i = 0; i < MECHANISM_CURVES; i++)
        if (m->params[i].n > 0 && span_eq(params, span_of(m->params[i].p, m->params[i].n)))
            return true;
    return m->params[0].n == 0;
}

/* Tokens older than CKK_EC_EDWARDS call Ed25519 an EC key on a curve of that name. */
static bool is_type(const struct mechanism *m, CK_KEY_TYPE ck)
{
    return m->ck_type == ck || (m->ck_type == CKK_EC_EDWARDS && ck == CKK_EC);
}

const struct mechanism *mechanism_of_object(CK_KEY_TYPE ck, struct span ec_params)
{
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (is_type(&table[i], ck) && has_params(&table[i], ec_params))
            return &table[i];
    return NULL;
}

CK_MECHANISM_TYPE mechanism_hashing(const struct mechanism *m)
{
    switch (m->sign) {
    case CKM_ECDSA:
        return m->digest == EVP_sha384 ? CKM_ECDSA_SHA384 : CKM_ECDSA_SHA256;
    case CKM_RSA_PKCS_PSS:
        return CKM_SHA256_RSA_PKCS_PSS;
    case CKM_RSA_PKCS:
        return CKM_SHA256_RSA_PKCS;
    default:
        return m->sign;
    }
}

int mechanism_input(const struct mechanism *m, struct span message, struct bytes *out,
                    struct err *e)
{
    static const uint8_t sha256_info[] = {0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60,
                                          0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02,
                                          0x01, 0x05, 0x00, 0x04, 0x20};
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned n = 0;

    if (m->digest_info)
        bytes_put(out, sha256_info, sizeof sha256_info);
    if (m->digest == NULL)
        bytes_put_span(out, message);
    else if (EVP_Digest(message.p, message.n, digest, &n, m->digest(), NULL) != 1)
        return err_set(e, ERR_INTERNAL, "the message can't be hashed");
    bytes_put(out, digest, n);
    return bytes_failed(out) ? err_oom(e) : 0;
}

static int refuse_signature(size_t n, size_t wanted, struct err *e)
{
    err_set(e, ERR_TOKEN, "the token gave a signature of %zu bytes instead of %zu", n, wanted);
    return err_todo(e, "try again; if it happens twice, use another token");
}

int mechanism_der(struct span raw, size_t half, struct bytes *out, struct err *e)
{
    ECDSA_SIG *sig = NULL;
    BIGNUM *r = NULL, *s = NULL;
    unsigned char *der = NULL;
    int n = -1;

    if (half == 0 || raw.n % 2 != 0 || raw.n / 2 != half)
        return refuse_signature(raw.n, 2 * half, e);
    sig = ECDSA_SIG_new();
    r = BN_bin2bn(raw.p, (int)half, NULL);
    s = BN_bin2bn(raw.p + half, (int)half, NULL);
    if (sig != NULL && r != NULL && s != NULL && ECDSA_SIG_set0(sig, r, s) == 1) {
        r = s = NULL; /* moved */
        n = i2d_ECDSA_SIG(sig, &der);
    }
    if (n > 0)
        bytes_put(out, der, (size_t)n);
    OPENSSL_free(der);
    BN_free(r);
    BN_free(s);
    ECDSA_SIG_free(sig);
    return n > 0 && !bytes_failed(out) ? 0 : err_oom(e);
}

int mechanism_signature(const struct mechanism *m, struct span raw, struct bytes *out,
                        struct err *e)
{
    if (m->group != NULL)
        return mechanism_der(raw, m->signature / 2, out, e);
    if (raw.n == 0 || (m->signature != 0 && raw.n != m->signature))
        return refuse_signature(raw.n, m->signature, e);
    bytes_put_span(out, raw);
    return bytes_failed(out) ? err_oom(e) : 0;
}

static int refuse_public(struct err *e)
{
    ERR_clear_error();
    err_set(e, ERR_TOKEN, "the token gave a public key that is not valid");
    return err_todo(e, "generate a new key, or use another token");
}

static int key_of_pkey(EVP_PKEY *pkey, struct key **out, struct err *e)
{
    unsigned char *der = NULL;
    int n = i2d_PUBKEY(pkey, &der);
    int rc = n > 0 ? key_from_spki(span_of(der, (size_t)n), out, e) : refuse_public(e);

    OPENSSL_free(der);
    return rc;
}

static EVP_PKEY *from_params(const char *algorithm, OSSL_PARAM *params)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, algorithm, NULL);
    EVP_PKEY *pkey = NULL;

    if (ctx == NULL || params == NULL || EVP_PKEY_fromdata_init(ctx) != 1 ||
        EVP_PKEY_fromdata(ctx, &pkey, EVP_PKEY_PUBLIC_KEY, params) != 1)
        pkey = NULL;
    EVP_PKEY_CTX_free(ctx);
    return pkey;
}

EVP_PKEY *mechanism_ec_pkey(const char *group, struct span raw)
{
    OSSL_PARAM_BLD *b = OSSL_PARAM_BLD_new();
    OSSL_PARAM *params = NULL;
    EVP_PKEY *pkey = NULL;

    if (b != NULL &&
        OSSL_PARAM_BLD_push_utf8_string(b, OSSL_PKEY_PARAM_GROUP_NAME, group, 0) == 1 &&
        OSSL_PARAM_BLD_push_octet_string(b, OSSL_PKEY_PARAM_PUB_KEY, raw.p, raw.n) == 1 &&
        (params = OSSL_PARAM_BLD_to_param(b)) != NULL)
        pkey = from_params("EC", params);
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(b);
    return pkey;
}

/* Tokens give the point wrapped in an OCTET STRING, as the standard says, in a BIT STRING, or raw.
 */
static bool unwrap(const struct mechanism *m, struct span *point)
{
    size_t n = m->point;

    if (point->n == n + 2 && point->p[0] == 0x04 && point->p[1] == n)
        *point = span_of(point->p + 2, n);
    else if (point->n == n + 3 && point->p[0] == 0x03 && point->p[1] == n + 1 && point->p[2] == 0)
        *point = span_of(point->p + 3, n);
    return point->n == n;
}

int mechanism_point(const struct mechanism *m, struct span point, struct key **out, struct err *e)
{
    EVP_PKEY *pkey;
    int rc;

    *out = NULL;
    if (m->point == 0 || !unwrap(m, &point))
        return refuse_public(e);
    pkey = m->group != NULL ? mechanism_ec_pkey(m->group, point)
                            : EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, point.p, point.n);
    if (pkey == NULL)
        return refuse_public(e);
    rc = key_of_pkey(pkey, out, e);
    EVP_PKEY_free(pkey);
    return rc;
}

int mechanism_rsa(struct span modulus, struct span exponent, struct key **out, struct err *e)
{
    OSSL_PARAM_BLD *b = OSSL_PARAM_BLD_new();
    OSSL_PARAM *params = NULL;
    EVP_PKEY *pkey = NULL;
    BIGNUM *n = BN_bin2bn(modulus.p, (int)modulus.n, NULL);
    BIGNUM *x = BN_bin2bn(exponent.p, (int)exponent.n, NULL);
    int rc;

    *out = NULL;
    if (b != NULL && n != NULL && x != NULL &&
        OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_RSA_N, n) == 1 &&
        OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_RSA_E, x) == 1 &&
        (params = OSSL_PARAM_BLD_to_param(b)) != NULL)
        pkey = from_params("RSA", params);
    rc = pkey != NULL ? key_of_pkey(pkey, out, e) : refuse_public(e);
    EVP_PKEY_free(pkey);
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(b);
    BN_free(n);
    BN_free(x);
    return rc;
}
