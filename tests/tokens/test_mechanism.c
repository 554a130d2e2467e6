/* SPDX-License-Identifier: Apache-2.0 */
/* What tokens say of keys and signatures, in the forms in which they have been seen to say it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <string.h>

#include "metadata/key_type.h"
#include "tokens/mechanism.h"
#include "tokens/token.h"

static const uint8_t p256[] = {0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};
static const uint8_t p384[] = {0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22};
static const uint8_t p521[] = {0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x23};
static const uint8_t ed25519_name[] = "\x13\x0c"
                                      "edwards25519";
static const uint8_t ed25519_oid[] = {0x06, 0x03, 0x2b, 0x65, 0x70};

static void a_curve_is_known_by_each_of_its_names(void **state)
{
    const struct {
        CK_KEY_TYPE ck;
        struct span params;
        enum key_type type; /* KEY_UNKNOWN: none */
    } rows[] = {
        {CKK_EC, span_of(p256, sizeof p256), KEY_P256},
        {CKK_EC, span_of(p384, sizeof p384), KEY_P384},
        {CKK_EC, span_of(p521, sizeof p521), KEY_UNKNOWN},
        {CKK_EC, span_of(p256, sizeof p256 - 1), KEY_UNKNOWN},
        {CKK_EC, span_of(NULL, 0), KEY_UNKNOWN},
        {CKK_EC_EDWARDS, span_of(ed25519_name, sizeof ed25519_name - 1), KEY_ED25519},
        {CKK_EC_EDWARDS, span_of(ed25519_oid, sizeof ed25519_oid), KEY_ED25519},
        {CKK_EC, span_of(ed25519_oid, sizeof ed25519_oid),
         KEY_ED25519}, /* before there was a type */
        {CKK_EC_EDWARDS, span_of(p256, sizeof p256), KEY_UNKNOWN},
        {CKK_RSA, span_of("modulus", 7), KEY_RSA},
        {CKK_AES, span_of(p256, sizeof p256), KEY_UNKNOWN},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct mechanism *m = mechanism_of_object(rows[i].ck, rows[i].params);

        assert_int_equal(m != NULL ? m->type : KEY_UNKNOWN, rows[i].type);
    }
}

static void curves_are_known_by_explicit_parameters(void **state)
{
    static const struct {
        int nid;
        enum key_type type;
    } rows[] = {{NID_X9_62_prime256v1, KEY_P256},
                {NID_secp384r1, KEY_P384},
                {NID_secp521r1, KEY_UNKNOWN},
                {NID_secp256k1, KEY_UNKNOWN}};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        EC_GROUP *g = EC_GROUP_new_by_curve_name(rows[i].nid);
        const struct mechanism *m;
        unsigned char *der = NULL;
        int n;

        EC_GROUP_set_asn1_flag(g, OPENSSL_EC_EXPLICIT_CURVE);
        n = i2d_ECPKParameters(g, &der);
        assert_true(n > 100 && der[0] == 0x30);
        m = mechanism_of_object(CKK_EC, span_of(der, (size_t)n));
        assert_int_equal(m != NULL ? m->type : KEY_UNKNOWN, rows[i].type);
        assert_null(mechanism_of_object(CKK_EC, span_of(der, (size_t)n - 1)));
        OPENSSL_free(der);
        EC_GROUP_free(g);
    }
}

/* The raw public point of a new key of that type. */
static void new_point(enum key_type type, struct bytes *out)
{
    EVP_PKEY *key = type == KEY_ED25519 ? EVP_PKEY_Q_keygen(NULL, NULL, "ED25519")
                                        : EVP_EC_gen(type == KEY_P256 ? "P-256" : "P-384");
    uint8_t point[128];
    size_t n = sizeof point;

    assert_non_null(key);
    if (type == KEY_ED25519)
        assert_int_equal(EVP_PKEY_get_raw_public_key(key, point, &n), 1);
    else
        assert_int_equal(
            EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, point, n, &n), 1);
    bytes_put(out, point, n);
    EVP_PKEY_free(key);
}

static int read_as(enum key_type type, const uint8_t *head, size_t nhead, struct span point,
                   struct key **out)
{
    struct bytes b;
    struct err e;
    int rc;

    b = (struct bytes){0};
    bytes_put(&b, head, nhead);
    bytes_put_span(&b, point);
    rc = mechanism_point(mechanism_of(type), bytes_span(&b), out, &e);
    if (rc != 0) {
        assert_int_equal(e.code, ERR_TOKEN);
        assert_true(e.what[0] != '\0' && e.todo[0] != '\0');
        assert_null(*out);
    }
    bytes_clear(&b);
    return rc;
}

static void a_point_is_read_in_each_wrapping(void **state)
{
    static const enum key_type types[] = {KEY_P256, KEY_P384, KEY_ED25519};

    (void)state;
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        struct key *raw, *octets, *bits, *none;
        struct bytes point;
        uint8_t head[3];

        point = (struct bytes){0};
        new_point(types[i], &point);
        assert_int_equal(read_as(types[i], NULL, 0, bytes_span(&point), &raw), 0);
        head[0] = 0x04;
        head[1] = (uint8_t)point.n;
        assert_int_equal(read_as(types[i], head, 2, bytes_span(&point), &octets), 0);
        head[1]++; /* a length that is not that of what follows */
        assert_int_equal(read_as(types[i], head, 2, bytes_span(&point), &none), -1);
        head[0] = 0x03;
        head[2] = 0;
        assert_int_equal(read_as(types[i], head, 3, bytes_span(&point), &bits), 0);
        head[2] = 1; /* unused bits */
        assert_int_equal(read_as(types[i], head, 3, bytes_span(&point), &none), -1);
        assert_int_equal(key_type(raw), types[i]);
        assert_true(key_same_material(raw, octets) && key_same_material(raw, bits));
        assert_int_equal(read_as(types[i], NULL, 0, span_of(point.p, point.n - 1), &none), -1);
        assert_int_equal(read_as(types[i], NULL, 0, span_of(NULL, 0), &none), -1);
        if (types[i] != KEY_ED25519) { /* any 32 bytes look like a key of Ed25519 */
            point.p[point.n - 1] ^= 1;
            assert_int_equal(read_as(types[i], NULL, 0, bytes_span(&point), &none), -1);
        }
        key_free(raw);
        key_free(octets);
        key_free(bits);
        bytes_clear(&point);
    }
}

static void a_signature_of_another_length_is_refused(void **state)
{
    const uint8_t zeroes[200] = {0};

    (void)state;
    for (int type = 0; type < KEY_UNKNOWN; type++) {
        const struct mechanism *m = mechanism_of((enum key_type)type);
        struct bytes out;
        struct err e;

        if (m == NULL) /* it is read and verified only */
            continue;
        out = (struct bytes){0};
        assert_int_equal(mechanism_signature(m, span_of(zeroes, 0), &out, &e), -1);
        assert_int_equal(e.code, ERR_TOKEN);
        if (m->signature != 0) {
            assert_int_equal(mechanism_signature(m, span_of(zeroes, m->signature - 1), &out, &e),
                             -1);
            assert_int_equal(mechanism_signature(m, span_of(zeroes, m->signature + 1), &out, &e),
                             -1);
            assert_true(e.what[0] != '\0' && e.todo[0] != '\0');
        }
        assert_int_equal(out.n, 0);
        bytes_clear(&out);
    }
}

/* r and s of 32 bytes: of each the last bytes are given, zeroes stand before them. */
static void r_and_s_become_der(void **state)
{
    static const struct {
        uint8_t r[33], s[33]; /* how many, and then these */
        const char *der;
    } rows[] = {
        {{1, 0x01}, {1, 0x7f}, "300602010102017f"},
        {{1, 0x01}, {1, 0x80}, "300702010102020080"}, /* a high bit wants a zero byte in front */
        {{2, 0x00, 0xff}, {2, 0x01, 0x00}, "3008020200ff02020100"},
        {{0}, {0}, "3006020100020100"}, /* zero has one byte */
        {{32, 0x80},
         {32, 0x7f},
         "30450221008000000000000000000000000000000000000000000000000000000000000000"
         "02207f00000000000000000000000000000000000000000000000000000000000000"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint8_t raw[64] = {0};
        struct bytes out, hex;
        struct err e;

        memcpy(raw + 32 - rows[i].r[0], rows[i].r + 1, rows[i].r[0]);
        memcpy(raw + 64 - rows[i].s[0], rows[i].s + 1, rows[i].s[0]);
        out = (struct bytes){0};
        hex = (struct bytes){0};
        assert_int_equal(mechanism_signature(mechanism_of(KEY_P256), span_of(raw, 64), &out, &e),
                         0);
        bytes_put_hex(&hex, bytes_span(&out));
        assert_string_equal(bytes_str(&hex), rows[i].der);
        bytes_clear(&out);
        bytes_clear(&hex);
    }
}

/* Not of the curve, cut in the middle of r or s, or none at all: nothing comes out. */
static void r_and_s_of_another_length_are_refused(void **state)
{
    static const struct {
        size_t n, half;
    } rows[] = {{0, 0},
                {0, 32},
                {1, 0},
                {1, 1},
                {63, 32},
                {65, 32},
                {64, 0},
                {64, 48},
                {96, 32},
                {132, 32},
                {64, SIZE_MAX / 2 + 33}};
    const uint8_t bytes[132] = {1};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct bytes out;
        struct err e;

        out = (struct bytes){0};
        assert_int_equal(mechanism_der(span_of(bytes, rows[i].n), rows[i].half, &out, &e), -1);
        assert_int_equal(e.code, ERR_TOKEN);
        assert_true(e.what[0] != '\0' && e.todo[0] != '\0');
        assert_int_equal(out.n, 0);
        bytes_clear(&out);
    }
}

/* It is DER, and nobody's signature. */
static void zeroes_verify_nothing(void **state)
{
    const uint8_t zeroes[64] = {0};
    struct bytes point, der;
    struct key *key;
    struct err e;

    (void)state;
    point = (struct bytes){0};
    der = (struct bytes){0};
    new_point(KEY_P256, &point);
    assert_int_equal(read_as(KEY_P256, NULL, 0, bytes_span(&point), &key), 0);
    assert_int_equal(mechanism_der(span_of(zeroes, sizeof zeroes), 32, &der, &e), 0);
    assert_int_equal(key_verify(key, span_str("message"), bytes_span(&der), &e), -1);
    assert_int_equal(e.code, ERR_SIGNATURE);
    bytes_clear(&der);
    bytes_clear(&point);
    key_free(key);
}

static void rsa_numbers_must_be_a_key(void **state)
{
    static const uint8_t three[] = {1, 0, 1}, small[64] = {0xff};
    struct key *key;
    struct err e;

    (void)state;
    assert_int_equal(
        mechanism_rsa(span_of(small, sizeof small), span_of(three, sizeof three), &key, &e), -1);
    assert_null(key);
    assert_int_equal(mechanism_rsa(span_of(NULL, 0), span_of(NULL, 0), &key, &e), -1);
    assert_null(key);
}

/* Help and errors list what tokens sign with, and nothing else. */
static void the_list_of_key_types_is_that_of_the_mechanisms(void **state)
{
    char names[sizeof KEY_TYPES_SIGNING] = "";

    (void)state;
    for (unsigned t = 0; t < KEY_UNKNOWN; t++)
        if (token_signs((enum key_type)t)) {
            assert_true(strlen(names) + strlen(key_type_name((enum key_type)t)) + 2 < sizeof names);
            strcat(strcat(names, names[0] != '\0' ? ", " : ""), key_type_name((enum key_type)t));
        }
    assert_string_equal(names, KEY_TYPES_SIGNING);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(curves_are_known_by_explicit_parameters),
        cmocka_unit_test(a_curve_is_known_by_each_of_its_names),
        cmocka_unit_test(a_point_is_read_in_each_wrapping),
        cmocka_unit_test(a_signature_of_another_length_is_refused),
        cmocka_unit_test(r_and_s_become_der),
        cmocka_unit_test(r_and_s_of_another_length_are_refused),
        cmocka_unit_test(zeroes_verify_nothing),
        cmocka_unit_test(the_list_of_key_types_is_that_of_the_mechanisms),
        cmocka_unit_test(rsa_numbers_must_be_a_key),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
