/* SPDX-License-Identifier: Apache-2.0 */
/* Public keys as earlier ceremonies left them: every form is the same key, and none is half one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <string.h>

#include "metadata/key.h"

struct forms {
    struct bytes pem, der, point;
};

static void write_pem(EVP_PKEY *pkey, struct bytes *out)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *text;
    long n;

    assert_int_equal(PEM_write_bio_PUBKEY(bio, pkey), 1);
    n = BIO_get_mem_data(bio, &text);
    bytes_put(out, text, (size_t)n);
    BIO_free(bio);
}

static void write_forms(EVP_PKEY *pkey, struct forms *out)
{
    unsigned char *der = NULL;
    uint8_t point[200];
    size_t n = 0;

    out->pem = (struct bytes){0};
    out->der = (struct bytes){0};
    out->point = (struct bytes){0};
    write_pem(pkey, &out->pem);
    n = (size_t)i2d_PUBKEY(pkey, &der);
    bytes_put(&out->der, der, n);
    OPENSSL_free(der);
    if (EVP_PKEY_is_a(pkey, "EC")) {
        assert_int_equal(
            EVP_PKEY_get_octet_string_param(pkey, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof point, &n),
            1);
        bytes_put(&out->point, point, n);
    }
    EVP_PKEY_free(pkey);
}

static void clear(struct forms *f)
{
    bytes_clear(&f->pem);
    bytes_clear(&f->der);
    bytes_clear(&f->point);
}

static struct key *take(const struct bytes *file)
{
    struct key *k;
    struct err e;

    if (key_from_bytes(bytes_span(file), &k, &e) != 0)
        fail_msg("%s: %s", e.where, e.what);
    return k;
}

static void refuse(struct span file)
{
    struct key *k = (struct key *)1;
    struct err e;

    if (key_from_bytes(file, &k, &e) == 0)
        fail_msg("%zu bytes were taken for a key", file.n);
    assert_null(k);
    assert_int_equal(e.code, ERR_INPUT);
    assert_true(strlen(err_todo_text(&e)) > 0);
}

static EVP_PKEY *make(enum key_type type)
{
    switch (type) {
    case KEY_P256:
        return EVP_EC_gen("P-256");
    case KEY_P384:
        return EVP_EC_gen("P-384");
    case KEY_P521:
        return EVP_EC_gen("P-521");
    case KEY_RSA:
        return EVP_RSA_gen(2048);
    default:
        return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    }
}

static void every_form_is_the_same_key(void **state)
{
    (void)state;
    for (unsigned t = 0; t <= KEY_RSA; t++) {
        struct key *pem, *der, *point = NULL;
        struct forms f;

        write_forms(make((enum key_type)t), &f);
        pem = take(&f.pem);
        der = take(&f.der);
        assert_int_equal(key_type(pem), t);
        assert_string_equal(key_id(pem), key_id(der));
        if (f.point.n > 0) {
            assert_true(f.point.n == 65 || f.point.n == 97 || t == KEY_P521);
            if (t != KEY_P521) { /* nobody keeps one bare */
                point = take(&f.point);
                assert_string_equal(key_id(pem), key_id(point));
            }
        }
        key_free(pem);
        key_free(der);
        key_free(point);
        clear(&f);
    }
}

static void a_point_off_the_curve_is_refused(void **state)
{
    static const enum key_type types[] = {KEY_P256, KEY_P384};

    (void)state;
    for (size_t t = 0; t < 2; t++) {
        struct forms f;

        write_forms(make(types[t]), &f);
        for (size_t i = 1; i < f.point.n; i += 7) {
            f.point.p[i] ^= 0x10;
            refuse(bytes_span(&f.point));
            f.point.p[i] ^= 0x10;
        }
        memset(f.point.p + 1, 0, f.point.n - 1); /* (0, 0) */
        refuse(bytes_span(&f.point));
        memset(f.point.p + 1, 0xff, f.point.n - 1); /* not reduced */
        refuse(bytes_span(&f.point));
        clear(&f);
    }
}

static void half_a_file_and_one_with_more_are_refused(void **state)
{
    (void)state;
    for (unsigned t = 0; t <= KEY_RSA; t++) {
        struct forms f;
        struct bytes *const each[] = {&f.pem, &f.der, &f.point};

        write_forms(make((enum key_type)t), &f);
        for (size_t i = 0; i < 3; i++) {
            if (each[i]->n == 0)
                continue;
            for (size_t n = 0; n + 1 < each[i]->n; n += 5)
                refuse(span_of(each[i]->p, n));
            bytes_put_str(each[i], "\n#");
            refuse(bytes_span(each[i]));
        }
        clear(&f);
    }
}

/* A compressed or hybrid point has other first bytes; the length must be that of its curve. */
static void other_points_are_refused(void **state)
{
    struct forms f;

    (void)state;
    write_forms(make(KEY_P256), &f);
    for (unsigned first = 0; first < 256; first++) {
        f.point.p[0] = (uint8_t)first;
        if (first != 4)
            refuse(bytes_span(&f.point));
    }
    f.point.p[0] = (uint8_t)(2 + (f.point.p[64] & 1));
    refuse(span_of(f.point.p, 33)); /* its own compressed form */
    clear(&f);
    write_forms(EVP_EC_gen("secp256k1"), &f); /* 65 bytes, of another curve */
    refuse(bytes_span(&f.point));
    refuse(bytes_span(&f.der));
    clear(&f);
}

static void write_private(EVP_PKEY *pkey, const EVP_CIPHER *cipher, struct bytes *pem,
                          struct bytes *der)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *text;
    long n;

    assert_int_equal(PEM_write_bio_PKCS8PrivateKey(bio, pkey, cipher, cipher != NULL ? "x" : NULL,
                                                   cipher != NULL ? 1 : 0, NULL, NULL),
                     1);
    n = BIO_get_mem_data(bio, &text);
    bytes_put(pem, text, (size_t)n);
    (void)BIO_reset(bio);
    assert_int_equal(i2d_PKCS8PrivateKey_bio(bio, pkey, cipher, cipher != NULL ? "x" : NULL,
                                             cipher != NULL ? 1 : 0, NULL, NULL),
                     1);
    n = BIO_get_mem_data(bio, &text);
    bytes_put(der, text, (size_t)n);
    BIO_free(bio);
}

static void stolen(struct span file)
{
    struct key *k = (struct key *)1;
    struct err e;

    assert_int_equal(key_from_bytes(file, &k, &e), -1);
    assert_null(k);
    assert_int_equal(e.code, ERR_SECRET);
    assert_non_null(strstr(e.what, "private key"));
    assert_non_null(strstr(e.todo, "replace it"));
}

static void a_private_key_is_refused_as_stolen(void **state)
{
    static const char *const others[] = {
        "-----BEGIN RSA PRIVATE KEY-----\nAA==\n-----END RSA PRIVATE KEY-----\n",
        "-----BEGIN EC PRIVATE KEY-----\nAA==\n-----END EC PRIVATE KEY-----\n",
        "-----BEGIN DSA PRIVATE KEY-----\nAA==\n-----END DSA PRIVATE KEY-----\n",
        "-----BEGIN OPENSSH PRIVATE KEY-----\nAA==\n-----END OPENSSH PRIVATE KEY-----\n",
        "-----BEGIN PGP PRIVATE KEY BLOCK-----\n",
        "-----BEGIN EC PARAMETERS-----\nAA==\n-----END EC PARAMETERS-----\n"
        "-----BEGIN EC PRIVATE KEY-----\n",
        "a note\r\n-----BEGIN PRIVATE KEY-----\r\n",
        "PuTTY-User-Key-File-3: ssh-ed25519\n",
    };

    (void)state;
    for (unsigned t = 0; t <= KEY_RSA; t++)
        for (unsigned encrypted = 0; encrypted < 2; encrypted++) {
            EVP_PKEY *pkey = make((enum key_type)t);
            unsigned char *der = NULL;
            struct forms f = {0};
            int n = i2d_PrivateKey(pkey, &der);

            write_private(pkey, encrypted ? EVP_aes_128_cbc() : NULL, &f.pem, &f.der);
            stolen(bytes_span(&f.pem));
            stolen(bytes_span(&f.der));
            stolen(span_of(der, (size_t)n));
            OPENSSL_free(der);
            EVP_PKEY_free(pkey);
            clear(&f);
        }
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        stolen(span_str(others[i]));
}

/* What is refused, and the words for it. */
static void refuse_as(struct span file, const char *words)
{
    struct key *k = (struct key *)1;
    struct err e;

    assert_int_equal(key_from_bytes(file, &k, &e), -1);
    assert_null(k);
    assert_int_equal(e.code, ERR_INPUT);
    if (strstr(e.what, words) == NULL)
        fail_msg("'%s' is not said in '%s'", words, e.what);
    assert_true(strlen(err_todo_text(&e)) > 0);
}

static void certificate_is_named(EVP_PKEY *pkey)
{
    X509 *cert = X509_new();
    X509_REQ *req = X509_REQ_new();
    unsigned char *der = NULL;
    int n;

    assert_int_equal(X509_set_pubkey(cert, pkey), 1);
    X509_gmtime_adj(X509_getm_notBefore(cert), 0);
    X509_gmtime_adj(X509_getm_notAfter(cert), 60);
    assert_true(X509_sign(cert, pkey, EVP_sha256()) > 0);
    n = i2d_X509(cert, &der);
    refuse_as(span_of(der, (size_t)n), "it is a certificate");
    OPENSSL_free(der);
    der = NULL;
    assert_int_equal(X509_REQ_set_pubkey(req, pkey), 1);
    assert_true(X509_REQ_sign(req, pkey, EVP_sha256()) > 0);
    n = i2d_X509_REQ(req, &der);
    refuse_as(span_of(der, (size_t)n), "it is a certificate request");
    OPENSSL_free(der);
    X509_free(cert);
    X509_REQ_free(req);
    EVP_PKEY_free(pkey);
}

static void a_wrong_kind_of_file_is_named(void **state)
{
    static const struct {
        const char *text, *words;
    } rows[] = {
        {"", "empty"},
        {"-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n", "it is a certificate"},
        {"-----BEGIN CERTIFICATE REQUEST-----\nAA==\n-----END CERTIFICATE REQUEST-----\n",
         "it is a certificate request"},
        {"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA bo@example\n", "SSH public key"},
        {"ecdsa-sha2-nistp256 AAAA\n", "SSH public key"},
        {"---- BEGIN SSH2 PUBLIC KEY ----\n", "SSH public key"},
        {"{\"keytype\": \"ed25519\"}", "JSON"},
        {"-----BEGIN PGP PUBLIC KEY BLOCK-----\nAA==\n-----END PGP PUBLIC KEY BLOCK-----\n",
         "OpenPGP"},
        {"-----BEGIN PUBLIC KEY-----\nAA==\n", "no end"},
        {"-----BEGIN PUBLIC KEY-----\nAA==\n-----END PUBLIC KEY-----\n", "damaged"},
        {"Key:\n-----BEGIN PUBLIC KEY-----\nAA==\n-----END PUBLIC KEY-----\n", "text before"},
        {"-----BEGIN PUBLIC KEY-----\nAA==\n-----END PUBLIC KEY-----\nbye\n", "text after"},
        {"-----BEGIN PUBLIC KEY-----\nAA==\n-----END PUBLIC KEY-----\n"
         "-----BEGIN PUBLIC KEY-----\nAA==\n-----END PUBLIC KEY-----\n",
         "two blocks"},
        {"hello", "of no known form"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        refuse_as(span_str(rows[i].text), rows[i].words);
    refuse_as(span_of("\xff\xfe-\0-\0", 6), "UTF-16");
    refuse_as(span_of("\xfe\xff\0-\0-", 6), "UTF-16");
    refuse_as(span_of("-\0-\0", 4), "UTF-16");
    certificate_is_named(EVP_EC_gen("P-256"));
}

/* Editors of Windows leave CR LF, and put a mark in front that is no text. */
static void line_ends_and_marks_of_windows_are_read(void **state)
{
    struct forms f;
    struct bytes windows;
    struct key *k, *plain;

    (void)state;
    write_forms(make(KEY_P256), &f);
    windows = (struct bytes){0};
    bytes_put_str(&windows, "\xef\xbb\xbf");
    for (size_t i = 0; i < f.pem.n; i++)
        bytes_printf(&windows, f.pem.p[i] == '\n' ? "\r%c" : "%c", f.pem.p[i]);
    k = take(&windows);
    plain = take(&f.pem);
    assert_string_equal(key_id(k), key_id(plain));
    key_free(k);
    key_free(plain);
    bytes_clear(&windows);
    clear(&f);
}

static void nothing_is_no_key(void **state)
{
    (void)state;
    refuse(span_of("", 0));
    refuse(span_str("-"));
    refuse(span_str("\x04"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_form_is_the_same_key),
        cmocka_unit_test(a_point_off_the_curve_is_refused),
        cmocka_unit_test(half_a_file_and_one_with_more_are_refused),
        cmocka_unit_test(other_points_are_refused),
        cmocka_unit_test(a_private_key_is_refused_as_stolen),
        cmocka_unit_test(a_wrong_kind_of_file_is_named),
        cmocka_unit_test(line_ends_and_marks_of_windows_are_read),
        cmocka_unit_test(nothing_is_no_key),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
