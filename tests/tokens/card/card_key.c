/* SPDX-License-Identifier: Apache-2.0 */
/* Keys, and the card-verifiable certificates (BSI TR-03110) in which the card gives them out. */
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <string.h>

#include "card.h"
#include "tlv.h"

enum {
    TAG_OID = 0x06,
    TAG_KEY = 0x7F49,
    TAG_ISSUER = 0x42,
    TAG_HOLDER = 0x5F20,
    TAG_BODY = 0x7F4E,
    TAG_SIGNATURE = 0x5F37,
    TAG_CERTIFICATE = 0x7F21,
    TAG_REQUEST = 0x67
};

/* Who signs, and whose key it is. */
struct names {
    struct span issuer, holder;
};

static void put_certificate(struct bytes *out, struct span key, const struct names *names)
{
    uint8_t zero = 0, noise[64];
    struct bytes body, inner;

    RAND_bytes(noise, sizeof noise); /* where a real card signs */
    body = (struct bytes){0};
    inner = (struct bytes){0};
    tlv_put(&inner, 0x5F29, span_of(&zero, 1)); /* version 1 */
    tlv_put(&inner, TAG_ISSUER, names->issuer);
    tlv_put(&inner, TAG_KEY, key);
    tlv_put(&inner, TAG_HOLDER, names->holder);
    tlv_put(&body, TAG_BODY, bytes_span(&inner));
    tlv_put(&body, TAG_SIGNATURE, span_of(noise, sizeof noise));
    tlv_put(out, TAG_CERTIFICATE, bytes_span(&body));
    bytes_clear(&body);
    bytes_clear(&inner);
}

/* A request: the certificate, and once more who signs it. */
static void put_request(struct bytes *out, struct span key, const struct names *names)
{
    uint8_t noise[64];
    struct bytes inner;

    RAND_bytes(noise, sizeof noise);
    inner = (struct bytes){0};
    put_certificate(&inner, key, names);
    tlv_put(&inner, TAG_ISSUER, names->issuer);
    tlv_put(&inner, TAG_SIGNATURE, span_of(noise, sizeof noise));
    tlv_put(out, TAG_REQUEST, bytes_span(&inner));
    bytes_clear(&inner);
}

static void put_point(struct bytes *out, EVP_PKEY *key)
{
    uint8_t point[256];
    size_t n = 0;

    if (EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof point, &n) == 1)
        tlv_put(out, 0x86, span_of(point, n));
}

static void put_number(struct bytes *out, unsigned tag, EVP_PKEY *key, const char *name)
{
    uint8_t number[512];
    BIGNUM *n = NULL;

    if (EVP_PKEY_get_bn_param(key, name, &n) == 1 && BN_num_bytes(n) <= (int)sizeof number)
        tlv_put(out, tag, span_of(number, (size_t)BN_bn2bin(n, number)));
    BN_free(n);
}

/* The curve is given by its prime, tags 81 to 85 and 87 by value: told back as they came. */
static EVP_PKEY *make_ec(struct span wanted, struct bytes *public)
{
    static const char *const curves[] = {[32] = "P-256", [48] = "P-384", [66] = "P-521"};
    struct span prime = {NULL, 0}, part;
    EVP_PKEY *key;

    (void)tlv_find(wanted, 0x81, &prime);
    if (prime.n >= sizeof curves / sizeof curves[0] || curves[prime.n] == NULL ||
        (key = EVP_EC_gen(curves[prime.n])) == NULL)
        return NULL;
    for (unsigned tag = 0x81; tag <= 0x87; tag++)
        if (tag == 0x86)
            put_point(public, key);
        else if (tlv_find(wanted, tag, &part))
            tlv_put(public, tag, part);
    return key;
}

static EVP_PKEY *make_rsa(struct span wanted, struct bytes *public)
{
    size_t bits = tlv_number(wanted, 0x02, 0);
    EVP_PKEY *key = bits >= 1024 && bits <= 4096 ? EVP_RSA_gen(bits) : NULL;

    if (key == NULL)
        return NULL;
    put_number(public, 0x81, key, OSSL_PKEY_PARAM_RSA_N);
    put_number(public, 0x82, key, OSSL_PKEY_PARAM_RSA_E);
    return key;
}

unsigned card_generate(struct key_record *c, const struct apdu *a, struct bytes *out)
{
    struct names names = {span_str("UTCA00001"), span_str("X")};
    struct span wanted, oid, prime;
    struct bytes public;
    EVP_PKEY *key;

    if (!tlv_find(a->data, TAG_KEY, &wanted) || !tlv_find(wanted, TAG_OID, &oid))
        return SW_DATA;
    (void)tlv_find(a->data, TAG_ISSUER, &names.issuer);
    (void)tlv_find(a->data, TAG_HOLDER, &names.holder);
    public = (struct bytes){0};
    tlv_put(&public, TAG_OID, oid);
    key = tlv_find(wanted, 0x81, &prime) ? make_ec(wanted, &public) : make_rsa(wanted, &public);
    if (key != NULL) {
        EVP_PKEY_free(c->keys[a->p1]);
        c->keys[a->p1] = key;
        put_request(out, bytes_span(&public), &names);
    }
    bytes_clear(&public);
    ERR_clear_error();
    if (key == NULL)
        return SW_DATA;
    return card_save(c) == 0 ? SW_OK : SW_FULL;
}

static const EVP_MD *digest_of(size_t n)
{
    return n == 20 ? EVP_sha1() : n == 48 ? EVP_sha384() : n == 64 ? EVP_sha512() : EVP_sha256();
}

/* Algorithms by number (P2): 20 raw RSA, 3x PKCS#1, 4x PSS, 7x ECDSA; x3 hashes on the card. */
static bool prepare(EVP_PKEY_CTX *ctx, unsigned algorithm, size_t n)
{
    if (EVP_PKEY_sign_init(ctx) != 1)
        return false;
    switch (algorithm >> 4) {
    case 2:
        return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_NO_PADDING) == 1;
    case 3:
        return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) == 1;
    case 4:
        return EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) == 1 &&
               EVP_PKEY_CTX_set_signature_md(ctx, digest_of(n)) == 1 &&
               EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, RSA_PSS_SALTLEN_DIGEST) == 1;
    default:
        return algorithm >> 4 == 7;
    }
}

unsigned card_sign(struct key_record *c, const struct apdu *a, struct bytes *out)
{
    EVP_PKEY *key = c->keys[a->p1];
    EVP_PKEY_CTX *ctx = key != NULL ? EVP_PKEY_CTX_new(key, NULL) : NULL;
    uint8_t digest[SHA256_SIZE], sig[1024];
    struct span input = a->data;
    size_t n = sizeof sig;
    bool done;

    if (ctx == NULL)
        return SW_NO_KEY;
    if ((a->p2 & 0x0f) == 3 && sha256(input, digest) == 0)
        input = span_of(digest, sizeof digest);
    done = prepare(ctx, a->p2, input.n) && EVP_PKEY_sign(ctx, sig, &n, input.p, input.n) == 1;
    EVP_PKEY_CTX_free(ctx);
    ERR_clear_error();
    if (!done)
        return SW_DATA;
    bytes_put(out, sig, n);
    return SW_OK;
}

unsigned card_random(struct key_record *c, const struct apdu *a, struct bytes *out)
{
    uint8_t random[1024];
    size_t n = a->expected < sizeof random ? a->expected : sizeof random;

    (void)c;
    if (n == 0)
        return SW_LENGTH;
    if (RAND_bytes(random, (int)n) != 1)
        return SW_UNKNOWN;
    bytes_put(out, random, n);
    return SW_OK;
}

int card_birth_certificate(struct key_record *c)
{
    static const uint8_t ecdsa_sha256[] = {0x04, 0x00, 0x7F, 0x00, 0x07,
                                           0x02, 0x02, 0x02, 0x02, 0x03};
    struct bytes public, certificate, holder;
    struct names names = {.issuer = span_str("VHSMCA00001")};
    EVP_PKEY *key = EVP_EC_gen("P-256");
    int rc;

    public = (struct bytes){0};
    certificate = (struct bytes){0};
    holder = (struct bytes){0};
    bytes_printf(&holder, "%.11s00001", c->serial); /* OpenSC reads the serial number from it */
    names.holder = bytes_span(&holder);
    tlv_put(&public, TAG_OID, span_of(ecdsa_sha256, sizeof ecdsa_sha256));
    if (key != NULL)
        put_point(&public, key);
    put_certificate(&certificate, bytes_span(&public), &names);
    rc = card_file_write(c, 0x2F02, 0, bytes_span(&certificate));
    EVP_PKEY_free(key);
    bytes_clear(&public);
    bytes_clear(&certificate);
    bytes_clear(&holder);
    return rc;
}
