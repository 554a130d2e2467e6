/* SPDX-License-Identifier: Apache-2.0 */
/* Forms of one key: PEM of several kinds, and one RSA key under several schemes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <string.h>

#include "metadata/client/client_rules.h"
#include "tests/metadata/forge.h"

/* `pem` is read in an object, as it is, and as a file: the same key as `s` holds. */
static void read_form(const struct signer *s, struct span pem)
{
    struct span m = span_str("{}");
    struct json_doc *doc;
    struct key *k, *made;
    struct bytes text, sig;
    struct err e;

    text = (struct bytes){0};
    sig = (struct bytes){0};
    bytes_put_str(&text, "{\"keytype\": \"rsa\", \"scheme\": \"rsassa-pss-sha256\", "
                         "\"keyval\": {\"public\": ");
    json_put_string(&text, pem);
    bytes_put_str(&text, "}}");
    doc = forge_doc(bytes_str(&text));
    assert_int_equal(key_from_json(json_root(doc), &k, &e), 0);
    signer_sign(s, m, &sig);
    assert_true(key_same_material(k, s->key));
    assert_int_equal(key_verify(k, m, bytes_span(&sig), &e), 0);
    assert_int_equal(key_from_pem(pem, &made, &e), 0);
    assert_string_equal(key_id(made), key_id(s->key)); /* what we make has one form */
    key_free(made);
    key_free(k);
    json_doc_free(doc);
    bytes_clear(&sig);
    bytes_clear(&text);
}

/* What python-tuf reads, and so what repositories have: PKCS #1, and the line ends of Windows. */
static void other_forms_of_pem_are_read(void **state)
{
    struct signer s;
    struct bytes spki, crlf;
    unsigned char *der = NULL;
    BIO *bio = BIO_new(BIO_s_mem());
    char *pkcs1;
    long n;

    (void)state;
    signer_init(&s, KEY_RSA);
    n = i2d_PublicKey(s.pkey, &der);
    assert_true(PEM_write_bio(bio, "RSA PUBLIC KEY", "", der, n) > 0);
    n = BIO_get_mem_data(bio, &pkcs1);
    read_form(&s, span_of(pkcs1, (size_t)n));
    spki = (struct bytes){0};
    crlf = (struct bytes){0};
    forge_pem(s.pkey, &spki);
    for (size_t i = 0; i < spki.n; i++) {
        if (spki.p[i] == '\n')
            bytes_put_u8(&crlf, '\r');
        bytes_put_u8(&crlf, spki.p[i]);
    }
    read_form(&s, bytes_span(&crlf));
    bytes_clear(&spki);
    bytes_clear(&crlf);
    OPENSSL_free(der);
    BIO_free(bio);
    signer_clear(&s);
}

/* One RSA key is the same key under each scheme, with another id, and can't be of another family.
 */
static void a_key_is_of_each_type_of_its_family(void **state)
{
    static const enum key_type family[] = {KEY_RSA,         KEY_RSA_PSS_384, KEY_RSA_PSS_512,
                                           KEY_RSA_V15_256, KEY_RSA_V15_384, KEY_RSA_V15_512};
    struct signer s;
    struct key *k;
    struct err e;

    (void)state;
    signer_init(&s, KEY_RSA);
    for (size_t i = 0; i < sizeof family / sizeof family[0]; i++) {
        assert_int_equal(key_of_type(s.key, family[i], &k, &e), 0);
        assert_int_equal(key_type(k), family[i]);
        assert_true(key_same_material(k, s.key));
        assert_int_equal(strcmp(key_id(k), key_id(s.key)) == 0, family[i] == KEY_RSA);
        key_free(k);
    }
    assert_int_equal(key_of_type(s.key, KEY_P256, &k, &e), -1);
    assert_null(k);
    assert_int_equal(e.code, ERR_INPUT);
    assert_int_equal(key_of_type(s.key, KEY_UNKNOWN, &k, &e), -1);
    signer_clear(&s);
}

static void the_table_names_each_type(void **state)
{
    (void)state;
    for (unsigned i = 0; i < KEY_UNKNOWN; i++) {
        enum key_type t = KEY_UNKNOWN;

        assert_int_equal(key_type_by_name(key_type_name((enum key_type)i), &t), 0);
        assert_int_equal(t, i);
    }
    assert_int_equal(key_type_by_name("dsa", &(enum key_type){0}), -1);
    assert_non_null(key_type_refused_by(KEY_P384));
    assert_null(key_type_refused_by(KEY_P256));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(other_forms_of_pem_are_read),
        cmocka_unit_test(a_key_is_of_each_type_of_its_family),
        cmocka_unit_test(the_table_names_each_type),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
