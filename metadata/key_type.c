/* SPDX-License-Identifier: Apache-2.0 */
#include "metadata/key_type.h"

#include <assert.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/rsa.h>
#include <string.h>

static bool is_group(EVP_PKEY *pkey, const char *group)
{
    char name[64];
    size_t n;

    return EVP_PKEY_is_a(pkey, "EC") && EVP_PKEY_get_group_name(pkey, name, sizeof name, &n) == 1 &&
           strcmp(name, group) == 0;
}

static bool ec_sound(EVP_PKEY *pkey, const char *group, const char **why)
{
    EVP_PKEY_CTX *ctx;
    bool ok;

    if (!is_group(pkey, group)) {
        *why = "it is on another curve";
        return false;
    }
    ctx = EVP_PKEY_CTX_new(pkey, NULL);
    ok = ctx != NULL && EVP_PKEY_public_check(ctx) == 1;
    EVP_PKEY_CTX_free(ctx);
    *why = "its point is not on the curve";
    return ok;
}

/* The encodings of the points of order 1, 2, 4 and 8, the sign bit cleared, and those with y not
 * reduced: nobody's key, and signatures under them can be made by anybody (RFC 8032, section 5.1;
 * list as in "Taming the many EdDSAs", K. Chalkias et al., 2020, table 6). */
static const uint8_t small_order[][32] = {
    {0},
    {1},
    {0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4,
     0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6,
     0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05},
    {0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b,
     0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39,
     0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a},
    {0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
     0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
     0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f},
    {0xed, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
     0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
     0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f},
    {0xee, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
     0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
     0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f},
};

bool key_type_ed25519_sound(const uint8_t *point)
{
    uint8_t raw[32];

    memcpy(raw, point, sizeof raw);
    raw[31] &= 0x7F;
    for (size_t i = 0; i < sizeof small_order / sizeof small_order[0]; i++)
        if (memcmp(raw, small_order[i], sizeof raw) == 0)
            return false;
    return true;
}

static bool ed25519_sound(EVP_PKEY *pkey, const char **why)
{
    uint8_t raw[32];
    size_t n = sizeof raw;

    *why = "it is no Ed25519 key";
    if (!EVP_PKEY_is_a(pkey, "ED25519") || EVP_PKEY_get_raw_public_key(pkey, raw, &n) != 1 ||
        n != 32)
        return false;
    *why = "its point has a small order: anybody could sign with it";
    return key_type_ed25519_sound(raw);
}

static bool rsa_sound(EVP_PKEY *pkey, const char **why)
{
    BIGNUM *exponent = NULL;
    int bits;
    bool ok;

    *why = "it is no RSA key";
    if (!EVP_PKEY_is_a(pkey, "RSA"))
        return false;
    bits = EVP_PKEY_get_bits(pkey);
    *why = "an RSA key has 2048 to 4096 bits here";
    if (bits < 2048 || bits > 4096)
        return false;
    *why = "its exponent is not an odd number of 3 or more";
    ok = EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_RSA_E, &exponent) == 1 &&
         BN_is_odd(exponent) && BN_num_bits(exponent) >= 2;
    BN_free(exponent);
    return ok;
}

bool key_type_sound(const struct key_type_row *row, EVP_PKEY *pkey, const char **why)
{
    return row->group != NULL  ? ec_sound(pkey, row->group, why)
           : row->padding != 0 ? rsa_sound(pkey, why)
                               : ed25519_sound(pkey, why);
}

/* DER as X.690 has it and nothing behind it: what is read and written again must be the same. */
static bool strict_der(struct span sig)
{
    const unsigned char *p = sig.p;
    unsigned char *again = NULL;
    ECDSA_SIG *parsed = sig.n > 0 && sig.n < 256 ? d2i_ECDSA_SIG(NULL, &p, (long)sig.n) : NULL;
    int n = parsed != NULL ? i2d_ECDSA_SIG(parsed, &again) : -1;
    bool same = n >= 0 && span_eq(span_of(again, (size_t)n), sig);

    OPENSSL_free(again);
    ECDSA_SIG_free(parsed);
    return same;
}

/* RSA's PSS takes its MGF1 with the same hash, and any length of salt. */
static bool pad(EVP_PKEY_CTX *params, int padding)
{
    return padding == 0 || (EVP_PKEY_CTX_set_rsa_padding(params, padding) == 1 &&
                            (padding != RSA_PKCS1_PSS_PADDING ||
                             EVP_PKEY_CTX_set_rsa_pss_saltlen(params, RSA_PSS_SALTLEN_AUTO) == 1));
}

bool key_type_verify(const struct key_type_row *row, EVP_PKEY *pkey, struct span message,
                     struct span sig)
{
    const EVP_MD *md = row->digest != NULL ? row->digest() : NULL;
    EVP_MD_CTX *ctx;
    EVP_PKEY_CTX *params;
    bool ok;

    if ((row->group != NULL && !strict_der(sig)) || (md == NULL && sig.n != 64))
        return false;
    ctx = EVP_MD_CTX_new();
    ok = ctx != NULL && EVP_DigestVerifyInit(ctx, &params, md, NULL, pkey) == 1 &&
         pad(params, row->padding) &&
         EVP_DigestVerify(ctx, sig.p, sig.n, message.p, message.n) == 1;
    EVP_MD_CTX_free(ctx);
    return ok;
}

static EVP_PKEY *hex_pkey(struct span hex)
{
    uint8_t raw[32];

    return hex_read(hex, raw, sizeof raw)
               ? EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, raw, sizeof raw)
               : NULL;
}

EVP_PKEY *key_type_pkey(const struct key_type_row *row, struct span text, struct pem_fault *fault)
{
    return row->pem ? pem_pkey(text, fault) : hex_pkey(text);
}

#define RSA_ROW(name_, words_, pad, md)                                                            \
    {                                                                                              \
        .name = (name_), .words = (words_), .keytype = "rsa", .scheme = (name_), .padding = (pad), \
        .digest = (md), .pem = true                                                                \
    }

static const struct key_type_row rows[] = {
    [KEY_P256] = {.name = "ecdsa-p256",
                  .words = "ECDSA on P-256",
                  .keytype = "ecdsa",
                  .legacy = "ecdsa-sha2-nistp256",
                  .scheme = "ecdsa-sha2-nistp256",
                  .group = "prime256v1",
                  .digest = EVP_sha256,
                  .pem = true},
    [KEY_P384] = {.name = "ecdsa-p384",
                  .words = "ECDSA on P-384",
                  .keytype = "ecdsa",
                  .legacy = "ecdsa-sha2-nistp384",
                  .scheme = "ecdsa-sha2-nistp384",
                  .group = "secp384r1",
                  .digest = EVP_sha384,
                  .pem = true},
    [KEY_P521] = {.name = "ecdsa-p521",
                  .words = "ECDSA on P-521",
                  .keytype = "ecdsa",
                  .legacy = "ecdsa-sha2-nistp521",
                  .scheme = "ecdsa-sha2-nistp521",
                  .group = "secp521r1",
                  .digest = EVP_sha512,
                  .pem = true},
    [KEY_ED25519] = {.name = "ed25519",
                     .words = "Ed25519",
                     .keytype = "ed25519",
                     .scheme = "ed25519"},
    [KEY_RSA] = {.name = "rsa",
                 .words = "RSA with PSS",
                 .keytype = "rsa",
                 .scheme = "rsassa-pss-sha256",
                 .padding = RSA_PKCS1_PSS_PADDING,
                 .digest = EVP_sha256,
                 .pem = true},
    [KEY_RSA_PSS_384] =
        RSA_ROW("rsassa-pss-sha384", "RSA with PSS and SHA-384", RSA_PKCS1_PSS_PADDING, EVP_sha384),
    [KEY_RSA_PSS_512] =
        RSA_ROW("rsassa-pss-sha512", "RSA with PSS and SHA-512", RSA_PKCS1_PSS_PADDING, EVP_sha512),
    [KEY_RSA_V15_256] =
        RSA_ROW("rsa-pkcs1v15-sha256", "RSA with PKCS #1 v1.5", RSA_PKCS1_PADDING, EVP_sha256),
    [KEY_RSA_V15_384] = RSA_ROW("rsa-pkcs1v15-sha384", "RSA with PKCS #1 v1.5 and SHA-384",
                                RSA_PKCS1_PADDING, EVP_sha384),
    [KEY_RSA_V15_512] = RSA_ROW("rsa-pkcs1v15-sha512", "RSA with PKCS #1 v1.5 and SHA-512",
                                RSA_PKCS1_PADDING, EVP_sha512),
};
static_assert(sizeof rows / sizeof rows[0] == KEY_UNKNOWN, "every known type has a row");

const struct key_type_row *key_type_row(enum key_type type)
{
    return (unsigned)type < KEY_UNKNOWN ? &rows[type] : NULL;
}

const char *key_type_name(enum key_type type)
{
    return (unsigned)type < KEY_UNKNOWN ? rows[type].name : "unknown";
}

const char *key_type_words(enum key_type type)
{
    return (unsigned)type < KEY_UNKNOWN ? rows[type].words : "of an unknown type";
}

int key_type_by_name(const char *name, enum key_type *out)
{
    for (unsigned i = 0; i < KEY_UNKNOWN; i++) {
        if (strcmp(rows[i].name, name) == 0) {
            *out = (enum key_type)i;
            return 0;
        }
    }
    return -1;
}
