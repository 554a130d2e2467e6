/* SPDX-License-Identifier: Apache-2.0 */
#include "tokens/attestation/cvc.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

#include "tokens/mechanism.h"

#define MEMBERS 8 /* of a body */

/* Tags of one or two bytes; lengths of up to 65535, in their shortest form (X.690, 10.1). */
bool cvc_element(struct span *rest, unsigned *tag, struct span *value, struct span *whole)
{
    const uint8_t *p = rest->p;
    size_t n = rest->n, at = 1, size;

    if (n < 2)
        return false;
    *tag = p[0];
    if ((p[0] & 0x1F) == 0x1F) {
        if (n < 3 || p[1] >= 0x80 || p[1] < 0x1F)
            return false;
        *tag = (unsigned)p[0] << 8 | p[1];
        at = 2;
    }
    size = p[at++];
    if (size > 0x80 && size <= 0x82) {
        size_t more = size - 0x80;

        if (n - at < more || p[at] == 0)
            return false;
        size = more == 1 ? p[at] : (size_t)p[at] << 8 | p[at + 1];
        at += more;
        if (size < 0x80)
            return false;
    } else if (size >= 0x80)
        return false;
    if (n - at < size)
        return false;
    *value = span_of(p + at, size);
    *whole = span_of(p, at + size);
    *rest = span_of(p + at + size, n - at - size);
    return true;
}

/* One element with that tag, and nothing behind it. */
static bool only(struct span all, unsigned wanted, struct span *value)
{
    struct span rest = all, whole;
    unsigned tag;

    return cvc_element(&rest, &tag, value, &whole) && tag == wanted && rest.n == 0;
}

struct member {
    unsigned tag;
    bool needed;
    struct span *to; /* NULL: not kept */
};

/* Members in their order, each at most once, and nothing else. */
static bool read_members(struct span value, const struct member *rows, size_t n)
{
    struct span rest = value, content, whole;
    size_t row = 0;
    unsigned tag;

    while (rest.n > 0) {
        if (!cvc_element(&rest, &tag, &content, &whole))
            return false;
        while (row < n && rows[row].tag != tag)
            if (rows[row++].needed)
                return false;
        if (row == n)
            return false;
        if (rows[row].to != NULL)
            *rows[row].to = content;
        row++;
    }
    while (row < n)
        if (rows[row++].needed)
            return false;
    return true;
}

/* TR-03110, D.3: RSA has modulus and exponent; EC a point and, in roots, the curve. */
static bool read_key(struct span value, struct cvc *c)
{
    struct span first = {0}, second = {0};
    const struct member ec[] = {{0x06, true, &c->oid},        {0x81, false, &c->domain[0]},
                                {0x82, false, &c->domain[1]}, {0x83, false, &c->domain[2]},
                                {0x84, false, &c->domain[3]}, {0x85, false, &c->domain[4]},
                                {0x86, true, &c->point},      {0x87, false, &c->domain[5]}};
    const struct member rsa[] = {
        {0x06, true, &c->oid}, {0x81, true, &first}, {0x82, true, &second}};
    size_t given = 0;

    if (read_members(value, rsa, 3)) {
        c->modulus = first;
        c->exponent = second;
        return true;
    }
    if (!read_members(value, ec, 8))
        return false;
    for (size_t i = 0; i < 6; i++)
        given += c->domain[i].n > 0;
    return given == 0 || given == 6;
}

/* Six digits, one a byte: YYMMDD of the years 2000 to 2099 (D.2.1.3). */
static bool read_day(struct span value, long *out)
{
    if (value.n != 6)
        return false;
    *out = 20;
    for (size_t i = 0; i < 6; i++) {
        if (value.p[i] > 9)
            return false;
        *out = *out * 10 + value.p[i];
    }
    return true;
}

/* The two highest bits of the authorisation (C.1.5): a root, an issuer (of either kind), or none.
 */
static bool read_role(struct span value, struct cvc *c)
{
    struct span oid, bits;
    const struct member rows[] = {{0x06, true, &oid}, {0x53, true, &bits}};

    if (value.p == NULL)
        return true;
    if (!read_members(value, rows, 2) || bits.n == 0)
        return false;
    c->role = (bits.p[0] & 0xC0) == 0xC0   ? CVC_ROOT
              : (bits.p[0] & 0xC0) == 0x00 ? CVC_DEVICE
                                           : CVC_ISSUER;
    return true;
}

/* Printable, without blanks; 1 to 20 bytes (a reference has at most 16). */
static bool is_name(struct span s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] <= 0x20 || s.p[i] >= 0x7F)
            return false;
    return s.n > 0 && s.n <= 20;
}

static bool read_body(struct span value, struct cvc *c)
{
    struct span version = {0}, key = {0}, role = {0}, from = {0}, to = {0};
    const struct member rows[MEMBERS] = {{0x5F29, true, &version}, {0x42, false, &c->car},
                                         {0x7F49, true, &key},     {0x5F20, true, &c->chr},
                                         {0x7F4C, false, &role},   {0x5F25, false, &from},
                                         {0x5F24, false, &to},     {0x65, false, NULL}};

    if (!read_members(value, rows, MEMBERS) || version.n != 1 || version.p[0] != 0 ||
        !is_name(c->chr) || (c->car.p != NULL && !is_name(c->car)) || !read_key(key, c) ||
        !read_role(role, c))
        return false;
    c->dated = from.p != NULL && to.p != NULL;
    return c->dated ? read_day(from, &c->from) && read_day(to, &c->to)
                    : from.p == NULL && to.p == NULL;
}

bool cvc_read(struct span whole, struct cvc *out)
{
    struct span value, content, rest;
    unsigned tag;

    *out = (struct cvc){.whole = whole};
    if (!only(whole, CVC_CERTIFICATE, &value))
        return false;
    rest = value;
    return cvc_element(&rest, &tag, &content, &out->body) && tag == 0x7F4E &&
           read_body(content, out) && only(rest, 0x5F37, &out->signature);
}

bool cvc_request_read(struct span whole, struct cvc_request *out)
{
    struct span value, content, inner, car, rest;
    unsigned tag;

    *out = (struct cvc_request){.whole = whole};
    if (!only(whole, CVC_REQUEST, &value))
        return false;
    rest = value;
    if (!cvc_element(&rest, &tag, &content, &inner) || !cvc_read(inner, &out->request) ||
        !cvc_element(&rest, &tag, &out->car, &car) || tag != 0x42 || !is_name(out->car))
        return false;
    out->signed_bytes = span_of(value.p, inner.n + car.n);
    return only(rest, 0x5F37, &out->signature);
}

/* The keys of card-verifiable certificates, and what they sign. */

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
