/* SPDX-License-Identifier: Apache-2.0 */
#include "attest_forge.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <openssl/asn1.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/x509v3.h>
#include <string.h>

EVP_PKEY *forge_ec(const char *curve)
{
    EVP_PKEY *key = EVP_EC_gen(curve);

    assert_non_null(key);
    return key;
}

struct key *forge_public(EVP_PKEY *key)
{
    unsigned char *der = NULL;
    int n = i2d_PUBKEY(key, &der);
    struct key *out;
    struct err e;

    assert_true(n > 0);
    assert_int_equal(key_from_spki(span_of(der, (size_t)n), &out, &e), 0);
    OPENSSL_free(der);
    return out;
}

static X509_NAME *name_of(const char *text)
{
    X509_NAME *name = X509_NAME_new();

    assert_int_equal(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                                                (const unsigned char *)text, -1, -1, 0),
                     1);
    return name;
}

static void put_extension(X509 *x, const struct forge_extension *ext, bool critical)
{
    ASN1_OBJECT *oid = OBJ_txt2obj(ext->oid, 1);
    ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
    X509_EXTENSION *made;

    assert_int_equal(ASN1_OCTET_STRING_set(value, ext->value.p, (int)ext->value.n), 1);
    made = X509_EXTENSION_create_by_OBJ(NULL, oid, critical, value);
    assert_int_equal(X509_add_ext(x, made, -1), 1);
    X509_EXTENSION_free(made);
    ASN1_OCTET_STRING_free(value);
    ASN1_OBJECT_free(oid);
}

static void put_ca(X509 *x)
{
    BASIC_CONSTRAINTS *ca = BASIC_CONSTRAINTS_new();

    ca->ca = 1;
    assert_int_equal(X509_add1_ext_i2d(x, NID_basic_constraints, ca, 1, X509V3_ADD_DEFAULT), 1);
    BASIC_CONSTRAINTS_free(ca);
}

void forge_x509_put(const struct forge_x509 *c, struct bytes *out)
{
    X509_NAME *subject = name_of(c->subject);
    X509_NAME *issuer = name_of(c->issuer != NULL ? c->issuer : c->subject);
    X509 *x = X509_new();
    unsigned char *der = NULL;
    int n;

    assert_int_equal(X509_set_version(x, X509_VERSION_3), 1);
    ASN1_INTEGER_set(X509_get_serialNumber(x), 4711);
    ASN1_TIME_set_string(X509_getm_notBefore(x), c->from != NULL ? c->from : "20170101000000Z");
    ASN1_TIME_set_string(X509_getm_notAfter(x), c->to != NULL ? c->to : "20711005000000Z");
    assert_int_equal(X509_set_subject_name(x, subject), 1);
    assert_int_equal(X509_set_issuer_name(x, issuer), 1);
    assert_int_equal(X509_set_pubkey(x, c->key), 1);
    for (size_t i = 0; i < FORGE_EXTENSIONS && c->extensions[i].oid != NULL; i++)
        put_extension(x, &c->extensions[i], c->last_critical && i + 1 == FORGE_EXTENSIONS);
    if (c->ca)
        put_ca(x);
    assert_true(X509_sign(x, c->signer, EVP_sha256()) > 0);
    n = i2d_X509(x, &der);
    assert_true(n > 0);
    bytes_put(out, der, (size_t)n);
    OPENSSL_free(der);
    X509_free(x);
    X509_NAME_free(subject);
    X509_NAME_free(issuer);
}

static void put_tlv(unsigned tag, struct span value, struct bytes *out)
{
    if (tag > 0xFF)
        bytes_put_u8(out, (uint8_t)(tag >> 8));
    bytes_put_u8(out, (uint8_t)tag);
    if (value.n >= 0x100) {
        bytes_put_u8(out, 0x82);
        bytes_put_u8(out, (uint8_t)(value.n >> 8));
    } else if (value.n >= 0x80)
        bytes_put_u8(out, 0x81);
    bytes_put_u8(out, (uint8_t)value.n);
    bytes_put_span(out, value);
}

static void put_number(unsigned tag, const BIGNUM *n, int size, struct bytes *out)
{
    uint8_t raw[80];

    assert_int_equal(BN_bn2binpad(n, raw, size), size);
    put_tlv(tag, span_of(raw, (size_t)size), out);
}

static void put_domain(const struct forge_cvc *c, struct bytes *out)
{
    EC_GROUP *g = EC_GROUP_new_by_curve_name(OBJ_txt2nid(c->curve));
    BIGNUM *p = BN_new(), *a = BN_new(), *b = BN_new();
    int size = (EC_GROUP_get_degree(g) + 7) / 8;
    uint8_t point[200];
    size_t n;

    assert_int_equal(EC_GROUP_get_curve(g, p, a, b, NULL), 1);
    put_number(0x81, p, size, out);
    put_number(0x82, a, size, out);
    put_number(0x83, b, size, out);
    n = EC_POINT_point2oct(g, EC_GROUP_get0_generator(g), POINT_CONVERSION_UNCOMPRESSED, point,
                           sizeof point, NULL);
    put_tlv(0x84, c->generator.n > 0 ? c->generator : span_of(point, n), out);
    put_number(0x85, EC_GROUP_get0_order(g), size, out);
    BN_free(p);
    BN_free(a);
    BN_free(b);
    EC_GROUP_free(g);
}

static void put_key(const struct forge_cvc *c, struct bytes *out)
{
    static const uint8_t oid[] = {0x04, 0x00, 0x7F, 0x00, 0x07, 0x02, 0x02, 0x02, 0x02, 0x03};
    struct bytes value;
    uint8_t point[200];
    size_t n;

    value = (struct bytes){0};
    put_tlv(0x06, span_of(oid, sizeof oid), &value);
    if (c->curve != NULL)
        put_domain(c, &value);
    assert_int_equal(
        EVP_PKEY_get_octet_string_param(c->key, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof point, &n),
        1);
    put_tlv(0x86, span_of(point, n), &value);
    if (c->curve != NULL)
        put_tlv(0x87, span_of("\x01", 1), &value);
    put_tlv(0x7F49, bytes_span(&value), out);
    bytes_clear(&value);
}

static void put_day(unsigned tag, const char *day, struct bytes *out)
{
    uint8_t digits[6];

    for (size_t i = 0; i < 6; i++)
        digits[i] = (uint8_t)(day[i] - '0');
    put_tlv(tag, span_of(digits, 6), out);
}

static void put_role(int role, struct bytes *out)
{
    static const uint8_t oid[] = {0x2B, 0x06, 0x01, 0x04, 0x01, 0x81, 0xC3, 0x1F, 0x03, 0x01, 0x01};
    struct bytes value;
    uint8_t byte = (uint8_t)role;

    value = (struct bytes){0};
    put_tlv(0x06, span_of(oid, sizeof oid), &value);
    put_tlv(0x53, span_of(&byte, 1), &value);
    put_tlv(0x7F4C, bytes_span(&value), out);
    bytes_clear(&value);
}

/* r and s side by side. */
static void put_signature(EVP_PKEY *key, struct span message, struct bytes *out)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    uint8_t der[300], raw[200];
    const unsigned char *at = der;
    int half = (EVP_PKEY_get_bits(key) + 7) / 8;
    size_t n = sizeof der;
    ECDSA_SIG *sig;

    assert_int_equal(EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, key), 1);
    assert_int_equal(EVP_DigestSign(ctx, der, &n, message.p, message.n), 1);
    sig = d2i_ECDSA_SIG(NULL, &at, (long)n);
    assert_int_equal(BN_bn2binpad(ECDSA_SIG_get0_r(sig), raw, half), half);
    assert_int_equal(BN_bn2binpad(ECDSA_SIG_get0_s(sig), raw + half, half), half);
    put_tlv(0x5F37, span_of(raw, 2 * (size_t)half), out);
    ECDSA_SIG_free(sig);
    EVP_MD_CTX_free(ctx);
}

void forge_cvc_put(const struct forge_cvc *c, struct bytes *out)
{
    struct bytes value, body;

    value = (struct bytes){0};
    body = (struct bytes){0};
    put_tlv(0x5F29, span_of("", 1), &value);
    if (c->car != NULL)
        put_tlv(0x42, span_str(c->car), &value);
    put_key(c, &value);
    put_tlv(0x5F20, span_str(c->chr), &value);
    if (c->role >= 0)
        put_role(c->role, &value);
    if (c->from != NULL) {
        put_day(0x5F25, c->from, &value);
        put_day(0x5F24, c->to, &value);
    }
    put_tlv(0x7F4E, bytes_span(&value), &body);
    put_signature(c->signer, bytes_span(&body), &body);
    put_tlv(0x7F21, bytes_span(&body), out);
    bytes_clear(&value);
    bytes_clear(&body);
}

void forge_request_put(const struct forge_cvc *inner, const char *car, EVP_PKEY *device,
                       struct bytes *out)
{
    struct bytes value;

    value = (struct bytes){0};
    forge_cvc_put(inner, &value);
    put_tlv(0x42, span_str(car), &value);
    put_signature(device, bytes_span(&value), &value);
    put_tlv(0x67, bytes_span(&value), out);
    bytes_clear(&value);
}
