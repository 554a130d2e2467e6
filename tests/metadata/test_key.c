/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>

#include "metadata/role.h"
#include "tests/metadata/forge.h"

static const char message[] = "{\"_type\":\"root\"}";

static struct key *read_object(const char *text)
{
    struct json_doc *doc = forge_doc(text);
    struct key *k;
    struct err e;

    if (key_from_json(json_root(doc), &k, &e) != 0)
        fail_msg("%s (%s)", e.what, e.where);
    json_doc_free(doc);
    return k;
}

/* Text whose reading must fail, naming `path`. */
static void refuse_object(const char *text, const char *path)
{
    struct json_doc *doc = forge_doc(text);
    struct key *k = (struct key *)1;
    struct err e;

    if (key_from_json(json_root(doc), &k, &e) == 0)
        fail_msg("accepted: %s", text);
    assert_null(k);
    assert_int_equal(e.code, ERR_INPUT);
    if (strstr(e.where, path) == NULL)
        fail_msg("'%s' is not named in '%s'", path, e.where);
    json_doc_free(doc);
}

/* {"keytype", "scheme", "keyval": {"public"}} with `more` behind it; the caller frees it. */
static char *object_text(const char *keytype, const char *scheme, struct span public,
                         const char *more)
{
    struct bytes out;

    out = (struct bytes){0};
    bytes_printf(&out,
                 "{\"keytype\": \"%s\", \"scheme\": \"%s\", \"keyval\": {\"public\": ", keytype,
                 scheme);
    json_put_string(&out, public);
    bytes_printf(&out, "}%s}", more);
    return bytes_take_str(&out);
}

static const struct {
    enum key_type type;
    const char *keytype, *scheme;
} types[] = {
    {KEY_P256, "ecdsa", "ecdsa-sha2-nistp256"},
    {KEY_P384, "ecdsa", "ecdsa-sha2-nistp384"},
    {KEY_ED25519, "ed25519", "ed25519"},
    {KEY_RSA, "rsa", "rsassa-pss-sha256"},
    {KEY_P521, "ecdsa", "ecdsa-sha2-nistp521"},
    {KEY_RSA_PSS_384, "rsa", "rsassa-pss-sha384"},
    {KEY_RSA_PSS_512, "rsa", "rsassa-pss-sha512"},
    {KEY_RSA_V15_256, "rsa", "rsa-pkcs1v15-sha256"},
    {KEY_RSA_V15_384, "rsa", "rsa-pkcs1v15-sha384"},
    {KEY_RSA_V15_512, "rsa", "rsa-pkcs1v15-sha512"},
};
#define TYPES (sizeof types / sizeof types[0])

static void public_text(const struct signer *s, struct bytes *out)
{
    uint8_t raw[32];
    size_t n = sizeof raw;

    if (key_type(s->key) != KEY_ED25519) {
        forge_pem(s->pkey, out);
        return;
    }
    assert_int_equal(EVP_PKEY_get_raw_public_key(s->pkey, raw, &n), 1);
    bytes_put_hex(out, span_of(raw, n));
}

static void each_type_is_made_and_read(void **state)
{
    (void)state;
    for (size_t i = 0; i < TYPES; i++) {
        struct signer s;
        struct bytes public;
        struct key *k, *copy;
        char *text;
        char id[SHA256_HEX_SIZE];

        signer_init(&s, types[i].type);
        public = (struct bytes){0};
        public_text(&s, &public);
        text = object_text(types[i].keytype, types[i].scheme, bytes_span(&public), "");
        k = read_object(text);
        copy = key_copy(k);
        assert_int_equal(key_type(k), types[i].type);
        /* what we make is, byte for byte, what others write */
        assert_true(span_eq(key_object(k), key_object(s.key)));
        assert_string_equal(key_id(k), key_id(s.key));
        assert_int_equal(sha256_hex(key_object(k), id), 0);
        assert_string_equal(key_id(k), id);
        assert_true(key_same_material(k, s.key));
        assert_string_equal(key_id(copy), id);
        assert_true(span_eq(key_spki(copy), key_spki(k)));
        key_free(k);
        key_free(copy);
        free(text);
        bytes_clear(&public);
        signer_clear(&s);
    }
}

/* A field that nobody knows belongs to the key: the id changes, the material does not. */
static void the_keyid_is_of_the_whole_object(void **state)
{
    struct signer s;
    struct bytes public;
    struct key *k;
    char *text;

    (void)state;
    signer_init(&s, KEY_P256);
    public = (struct bytes){0};
    public_text(&s, &public);
    text = object_text("ecdsa", "ecdsa-sha2-nistp256", bytes_span(&public), ", \"x-name\": \"Bo\"");
    k = read_object(text);
    assert_string_not_equal(key_id(k), key_id(s.key));
    assert_true(key_same_material(k, s.key));
    assert_non_null(strstr((const char *)key_object(k).p, "x-name"));
    key_free(k);
    free(text);
    bytes_clear(&public);
    signer_clear(&s);
}

static void a_wrong_keyid_is_marked(void **state)
{
    struct signer s;
    struct bytes text;
    struct json_doc *doc;
    struct keyring ring;
    struct err e;

    (void)state;
    signer_init(&s, KEY_ED25519);
    text = (struct bytes){0};
    bytes_printf(&text, "{\"%064d\": ", 7);
    bytes_put_span(&text, key_object(s.key));
    bytes_printf(&text, ", \"%s\": ", key_id(s.key));
    bytes_put_span(&text, key_object(s.key));
    bytes_put_str(&text, "}");
    doc = forge_doc(bytes_str(&text));
    assert_int_equal(keyring_read(json_root(doc), &ring, &e), 0);
    assert_int_equal(ring.n, 2);
    for (size_t i = 0; i < ring.n; i++)
        assert_int_equal(ring.entries[i].id_mismatch,
                         strcmp(ring.entries[i].keyid, key_id(s.key)) != 0);
    assert_non_null(keyring_find(&ring, key_id(s.key)));
    assert_null(keyring_find(&ring, "beef"));
    keyring_clear(&ring);
    json_doc_free(doc);
    bytes_clear(&text);
    signer_clear(&s);
}

static bool verifies(const struct key *k, struct span m, struct span sig)
{
    struct err e = {0};
    int rc = key_verify(k, m, sig, &e);

    if (rc != 0)
        assert_int_equal(e.code, key_type(k) == KEY_UNKNOWN ? ERR_UNSUPPORTED : ERR_SIGNATURE);
    return rc == 0;
}

static void signatures_are_told_from_forgeries(void **state)
{
    (void)state;
    for (size_t i = 0; i < TYPES; i++) {
        struct signer s, other;
        struct bytes sig, foreign;
        struct span m = span_of(message, sizeof message - 1);

        signer_init(&s, types[i].type);
        signer_init(&other, types[i].type);
        sig = (struct bytes){0};
        foreign = (struct bytes){0};
        signer_sign(&s, m, &sig);
        signer_sign(&other, m, &foreign);
        assert_true(verifies(s.key, m, bytes_span(&sig)));
        assert_false(verifies(s.key, m, bytes_span(&foreign)));
        assert_false(verifies(s.key, span_of(m.p, m.n - 1), bytes_span(&sig)));
        assert_false(verifies(s.key, span_of(m.p, 0), bytes_span(&sig)));
        for (size_t n = 0; n < sig.n; n++) /* truncated */
            assert_false(verifies(s.key, m, span_of(sig.p, n)));
        for (size_t at = 0; at < sig.n; at++) { /* one bit */
            sig.p[at] ^= 1;
            assert_false(verifies(s.key, m, bytes_span(&sig)));
            sig.p[at] ^= 1;
        }
        bytes_put_u8(&sig, 0); /* a byte more */
        assert_false(verifies(s.key, m, bytes_span(&sig)));
        bytes_clear(&sig);
        bytes_clear(&foreign);
        signer_clear(&s);
        signer_clear(&other);
    }
}

/* Signatures of each type under keys of each other. */
static void types_do_not_verify_each_other(void **state)
{
    struct signer s[TYPES];
    struct span m = span_of(message, sizeof message - 1);

    (void)state;
    for (size_t i = 0; i < TYPES; i++)
        signer_init(&s[i], types[i].type);
    for (size_t i = 0; i < TYPES; i++) {
        struct bytes sig;

        sig = (struct bytes){0};
        signer_sign(&s[i], m, &sig);
        for (size_t k = 0; k < TYPES; k++)
            assert_int_equal(verifies(s[k].key, m, bytes_span(&sig)), i == k);
        bytes_clear(&sig);
    }
    for (size_t i = 0; i < TYPES; i++)
        signer_clear(&s[i]);
}

/* Other encodings of a sound (r, s) are no signatures: a length in the long form, a zero byte too
 * many, r||s without DER, r = 0. */
static void der_has_one_form(void **state)
{
    struct signer s;
    struct bytes sig, bad;
    struct span m = span_of(message, sizeof message - 1);
    const unsigned char *p;
    ECDSA_SIG *parsed;
    uint8_t raw[64];

    (void)state;
    signer_init(&s, KEY_P256);
    sig = (struct bytes){0};
    bad = (struct bytes){0};
    signer_sign(&s, m, &sig);

    bytes_put(&bad, "\x30\x81", 2); /* the long form of the sequence's length */
    bytes_put(&bad, sig.p + 1, sig.n - 1);
    assert_false(verifies(s.key, m, bytes_span(&bad)));

    bytes_truncate(&bad, 0); /* r with another zero in front */
    bytes_put(&bad, sig.p, 4);
    bad.p[1]++;
    bad.p[3]++;
    bytes_put_u8(&bad, 0);
    bytes_put(&bad, sig.p + 4, sig.n - 4);
    assert_false(verifies(s.key, m, bytes_span(&bad)));

    bytes_truncate(&bad, 0); /* indefinite length */
    bytes_put(&bad, "\x30\x80", 2);
    bytes_put(&bad, sig.p + 2, sig.n - 2);
    bytes_put(&bad, "\0\0", 2);
    assert_false(verifies(s.key, m, bytes_span(&bad)));

    p = sig.p;
    assert_non_null(parsed = d2i_ECDSA_SIG(NULL, &p, (long)sig.n));
    assert_int_equal(BN_bn2binpad(ECDSA_SIG_get0_r(parsed), raw, 32), 32);
    assert_int_equal(BN_bn2binpad(ECDSA_SIG_get0_s(parsed), raw + 32, 32), 32);
    ECDSA_SIG_free(parsed);
    assert_false(verifies(s.key, m, span_of(raw, sizeof raw))); /* as PKCS#11 has it */
    assert_false(verifies(s.key, m, span_of("\x30\x06\x02\x01\0\x02\x01\0", 8)));
    bytes_clear(&sig);
    bytes_clear(&bad);
    signer_clear(&s);
}

static void pss_salt_of_any_length_is_read(void **state)
{
    static const int salts[] = {0, 1, 20, 32, 64, RSA_PSS_SALTLEN_MAX};
    struct signer s;
    struct span m = span_of(message, sizeof message - 1);

    (void)state;
    signer_init(&s, KEY_RSA);
    for (size_t i = 0; i < sizeof salts / sizeof salts[0]; i++) {
        struct bytes sig;

        sig = (struct bytes){0};
        signer_sign_salted(&s, m, salts[i], &sig);
        assert_true(verifies(s.key, m, bytes_span(&sig)));
        bytes_clear(&sig);
    }
    signer_clear(&s);
}

/* RSA with the older padding of PKCS #1 v1.5 is no PSS signature. */
static void other_padding_is_refused(void **state)
{
    struct signer s;
    unsigned char sig[512];
    size_t n = sizeof sig;
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    struct span m = span_of(message, sizeof message - 1);

    (void)state;
    signer_init(&s, KEY_RSA);
    assert_int_equal(EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, s.pkey), 1);
    assert_int_equal(EVP_DigestSign(ctx, sig, &n, m.p, m.n), 1);
    assert_false(verifies(s.key, m, span_of(sig, n)));
    EVP_MD_CTX_free(ctx);
    signer_clear(&s);
}

/* A key whose public half is written in another form: the same key, which must not count twice. */
static void same_key_in_form(size_t type, const char *param, const char *form)
{
    struct signer s;
    struct bytes pem;
    struct key *k, *made;
    struct err e;
    char *text;

    signer_init(&s, types[type].type);
    assert_int_equal(EVP_PKEY_set_utf8_string_param(s.pkey, param, form), 1);
    pem = (struct bytes){0};
    forge_pem(s.pkey, &pem);
    text = object_text("ecdsa", types[type].scheme, bytes_span(&pem), "");
    k = read_object(text);
    assert_string_not_equal(key_id(k), key_id(s.key)); /* another object */
    assert_true(key_same_material(k, s.key));
    assert_true(span_eq(key_spki(k), key_spki(s.key)));
    assert_int_equal(key_from_pem(bytes_span(&pem), &made, &e), 0);
    assert_string_equal(key_id(made), key_id(s.key)); /* what we make has one form */
    key_free(k);
    key_free(made);
    free(text);
    bytes_clear(&pem);
    signer_clear(&s);
}

static void one_point_is_one_key(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) { /* P-256 and P-384 */
        same_key_in_form(i, OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT, "compressed");
        same_key_in_form(i, OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT, "hybrid");
        same_key_in_form(i, OSSL_PKEY_PARAM_EC_ENCODING, "explicit");
    }
}

static void refuse_pem(struct span pem)
{
    struct key *k = (struct key *)1;
    struct err e;
    char *text = object_text("ecdsa", "ecdsa-sha2-nistp256", pem, "");

    if (key_from_pem(pem, &k, &e) == 0)
        fail_msg("accepted: %.*s", (int)pem.n, (const char *)pem.p);
    assert_null(k);
    assert_int_equal(e.code, ERR_INPUT);
    refuse_object(text, "keyval.public");
    free(text);
}

static void bad_pems_are_refused(void **state)
{
    struct signer s;
    struct bytes good, bad;

    (void)state;
    signer_init(&s, KEY_P256);
    good = (struct bytes){0};
    bad = (struct bytes){0};
    forge_pem(s.pkey, &good);

    refuse_pem(span_str("x")); /* no PEM */
    refuse_pem(span_str("-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n"));
    for (size_t n = 0; n + 1 < good.n; n += 7) /* torn; without the last newline it is whole */
        refuse_pem(span_of(good.p, n));
    bytes_printf(&bad, "%s%s", bytes_str(&good), bytes_str(&good)); /* two blocks */
    refuse_pem(bytes_span(&bad));
    bytes_truncate(&bad, 0);
    bytes_printf(&bad, "Bo's key\n%s", bytes_str(&good)); /* text in front */
    refuse_pem(bytes_span(&bad));
    bytes_truncate(&bad, 0);
    bytes_printf(&bad, "%s\n", bytes_str(&good)); /* a line more */
    refuse_pem(bytes_span(&bad));
    bytes_truncate(&bad, 0);
    bytes_put_span(&bad, bytes_span(&good)); /* a damaged point */
    bad.p[good.n / 2] = bad.p[good.n / 2] == 'A' ? 'B' : 'A';
    refuse_pem(bytes_span(&bad));
    bad.p[good.n / 2] = '*'; /* no base64 */
    refuse_pem(bytes_span(&bad));
    bytes_clear(&good);
    bytes_clear(&bad);
    signer_clear(&s);
}

static void refuse_pkey(EVP_PKEY *pkey, const char *keytype, const char *scheme)
{
    struct bytes pem;
    struct key *k = (struct key *)1;
    struct err e;
    char *text;

    assert_non_null(pkey);
    pem = (struct bytes){0};
    forge_pem(pkey, &pem);
    assert_int_equal(key_from_pem(bytes_span(&pem), &k, &e), -1);
    assert_null(k);
    assert_int_equal(e.code, ERR_INPUT);
    text = object_text(keytype, scheme, bytes_span(&pem), "");
    refuse_object(text, "keyval.public");
    free(text);
    bytes_clear(&pem);
    EVP_PKEY_free(pkey);
}

static void unsound_keys_are_refused(void **state)
{
    (void)state;
    refuse_pkey(EVP_RSA_gen(1024), "rsa", "rsassa-pss-sha256");
    refuse_pkey(EVP_EC_gen("P-224"), "ecdsa", "ecdsa-sha2-nistp521");
    refuse_pkey(EVP_EC_gen("secp256k1"), "ecdsa", "ecdsa-sha2-nistp256");
    refuse_pkey(EVP_PKEY_Q_keygen(NULL, NULL, "X25519"), "ecdsa", "ecdsa-sha2-nistp256");
}

static void the_object_and_the_key_must_agree(void **state)
{
    struct signer s;
    struct bytes pem;
    char *text;

    (void)state;
    signer_init(&s, KEY_P384);
    pem = (struct bytes){0};
    forge_pem(s.pkey, &pem);
    text = object_text("ecdsa", "ecdsa-sha2-nistp256", bytes_span(&pem), "");
    refuse_object(text, "keyval.public");
    free(text);
    text = object_text("rsa", "rsassa-pss-sha256", bytes_span(&pem), "");
    refuse_object(text, "keyval.public");
    free(text);
    bytes_clear(&pem);
    signer_clear(&s);
}

static void odd_objects_are_refused(void **state)
{
    static const struct {
        const char *text, *path;
    } rows[] = {
        {"[]", "file:1:1"},
        {"{}", "file:1:1"},
        {"{\"keytype\": 1, \"scheme\": \"ed25519\", \"keyval\": {}}", "keytype"},
        {"{\"keytype\": \"ed25519\", \"keyval\": {}}", "file:1:1"},
        {"{\"keytype\": \"ed25519\", \"scheme\": \"ed25519\"}", "file:1:1"},
        {"{\"keytype\": \"ed25519\", \"scheme\": \"ed25519\", \"keyval\": 3}", "keyval"},
        {"{\"keytype\": \"ed25519\", \"scheme\": \"ed25519\", \"keyval\": {}}", "keyval"},
        {"{\"keytype\": \"ed25519\", \"scheme\": \"ed25519\", \"keyval\": {\"public\": 1}}",
         "keyval.public"},
        {"{\"keytype\": \"ed25519\", \"scheme\": \"ed25519\", \"keyval\": {\"public\": \"abcd\"}}",
         "keyval.public"},
        {"{\"keytype\": \"ed25519\", \"scheme\": \"ed25519\", \"keyval\": {\"public\": "
         "\"zz00000000000000000000000000000000000000000000000000000000000000\"}}",
         "keyval.public"},
        /* the neutral element: anybody can sign with it */
        {"{\"keytype\": \"ed25519\", \"scheme\": \"ed25519\", \"keyval\": {\"public\": "
         "\"0100000000000000000000000000000000000000000000000000000000000000\"}}",
         "keyval.public"},
        {"{\"keytype\": \"ed25519\", \"scheme\": \"ed25519\", \"keyval\": {\"public\": "
         "\"0000000000000000000000000000000000000000000000000000000000000080\"}}",
         "keyval.public"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        refuse_object(rows[i].text, rows[i].path);
}

static void an_unknown_type_is_kept_and_verifies_nothing(void **state)
{
    struct key *k = read_object("{\"keytype\": \"slh-dsa\", \"scheme\": \"slh-dsa-sha2-128s\", "
                                "\"keyval\": {\"public\": \"00\"}, \"more\": [1]}");
    struct bytes pem;
    struct err e;

    (void)state;
    pem = (struct bytes){0};
    assert_int_equal(key_type(k), KEY_UNKNOWN);
    assert_int_equal(key_spki(k).n, 0);
    assert_int_equal(strlen(key_id(k)), 64);
    assert_false(verifies(k, span_str("m"), span_str("s")));
    assert_int_equal(key_put_pem(k, &pem, &e), -1);
    bytes_clear(&pem);
    key_free(k);
}

static void spki_is_read_whole(void **state)
{
    struct signer s;
    struct bytes der;
    struct key *k;
    struct err e;

    (void)state;
    signer_init(&s, KEY_ED25519);
    der = (struct bytes){0};
    bytes_put_span(&der, key_spki(s.key));
    assert_int_equal(key_from_spki(bytes_span(&der), &k, &e), 0);
    assert_string_equal(key_id(k), key_id(s.key));
    key_free(k);
    for (size_t n = 0; n < der.n; n++)
        assert_int_equal(key_from_spki(span_of(der.p, n), &k, &e), -1);
    bytes_put_u8(&der, 0);
    assert_int_equal(key_from_spki(bytes_span(&der), &k, &e), -1);
    assert_null(k);
    bytes_clear(&der);
    signer_clear(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_type_is_made_and_read),
        cmocka_unit_test(the_keyid_is_of_the_whole_object),
        cmocka_unit_test(a_wrong_keyid_is_marked),
        cmocka_unit_test(signatures_are_told_from_forgeries),
        cmocka_unit_test(types_do_not_verify_each_other),
        cmocka_unit_test(der_has_one_form),
        cmocka_unit_test(pss_salt_of_any_length_is_read),
        cmocka_unit_test(other_padding_is_refused),
        cmocka_unit_test(one_point_is_one_key),
        cmocka_unit_test(bad_pems_are_refused),
        cmocka_unit_test(unsound_keys_are_refused),
        cmocka_unit_test(the_object_and_the_key_must_agree),
        cmocka_unit_test(odd_objects_are_refused),
        cmocka_unit_test(an_unknown_type_is_kept_and_verifies_nothing),
        cmocka_unit_test(spki_is_read_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
