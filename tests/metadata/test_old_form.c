/* SPDX-License-Identifier: Apache-2.0 */
/* What old tools wrote is refused by its name, and read where it is allowed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "metadata/old_form.h"
#include "tests/metadata/forge.h"

/* A key object; the caller frees it. */
static char *object_of(const char *keytype, const char *scheme, struct span public)
{
    struct bytes out;

    out = (struct bytes){0};
    bytes_printf(&out, "{\"keytype\":\"%s\",\"scheme\":\"%s\",\"keyval\":{\"public\":", keytype,
                 scheme);
    json_put_string(&out, public);
    bytes_put_str(&out, "}}");
    return bytes_take_str(&out);
}

/* Refused with these words; read, as the same key, where it is allowed. */
static void expect_old(const char *object, const struct signer *s, const char *words)
{
    struct json_doc *doc = forge_doc(object);
    struct key *k = NULL;
    struct err e;

    assert_int_equal(key_from_json(json_root(doc), &k, &e), -1);
    assert_int_equal(e.code, ERR_INPUT);
    if (strstr(e.what, words) == NULL || strstr(e.todo, "may well be the correct one") == NULL)
        fail_msg("%s; %s", e.what, e.todo);
    json_allow_old_forms(json_root(doc));
    if (key_from_json(json_root(doc), &k, &e) != 0)
        fail_msg("%s", e.what);
    assert_true(key_same_material(k, s->key));
    assert_int_equal(key_type(k), key_type(s->key));
    assert_non_null(strstr(key_old_form(k), words));
    key_free(k);
    json_doc_free(doc);
}

static void an_ecdsa_point_as_hex_is_an_old_form(void **state)
{
    static const struct {
        enum key_type type;
        const char *scheme;
        size_t point; /* bytes */
    } rows[] = {{KEY_P256, "ecdsa-sha2-nistp256", 65},
                {KEY_P384, "ecdsa-sha2-nistp384", 97},
                {KEY_P521, "ecdsa-sha2-nistp521", 133}};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        for (unsigned legacy = 0; legacy < 2; legacy++) {
            struct signer s;
            struct span spki;
            struct bytes hex;
            char *text;

            signer_init(&s, rows[i].type);
            spki = key_spki(s.key);
            hex = (struct bytes){0};
            bytes_put_hex(&hex, span_of(spki.p + spki.n - rows[i].point, rows[i].point));
            text = object_of(legacy ? rows[i].scheme : "ecdsa", rows[i].scheme, bytes_span(&hex));
            expect_old(text, &s, "python-tuf and go-tuf refuse it");
            assert_null(key_old_form(s.key));
            free(text);
            bytes_clear(&hex);
            signer_clear(&s);
        }
}

static void an_ed25519_key_as_pem_is_an_old_form(void **state)
{
    struct signer s;
    struct bytes pem;
    char *text;

    (void)state;
    signer_init(&s, KEY_ED25519);
    pem = (struct bytes){0};
    forge_pem(s.pkey, &pem);
    text = object_of("ed25519", "ed25519", bytes_span(&pem));
    expect_old(text, &s, "only tuf-js reads it");
    free(text);
    bytes_clear(&pem);
    signer_clear(&s);
}

static void what_is_no_key_is_none_where_old_forms_are_allowed_too(void **state)
{
    static const char *const rows[][2] = {
        {"ecdsa-sha2-nistp256", "04"},
        {"ecdsa-sha2-nistp256", ""},
        {"ecdsa-sha2-nistp256", "xy"},
        {"ecdsa-sha2-nistp256",
         "0400000000000000000000000000000000000000000000000000000000000000010000000000000000000000"
         "000000000000000000000000000000000000000001"}, /* not on the curve */
        {"rsassa-pss-sha256", "04"},
        {"ed25519", "-----BEGIN PUBLIC KEY-----"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *keytype = rows[i][0][0] == 'r' ? "rsa" : i == 5 ? "ed25519" : "ecdsa";
        char *text = object_of(keytype, rows[i][0], span_str(rows[i][1]));
        struct json_doc *doc = forge_doc(text);
        struct key *k;
        struct err e;

        json_allow_old_forms(json_root(doc));
        assert_int_equal(key_from_json(json_root(doc), &k, &e), -1);
        assert_non_null(strstr(e.what, "public key"));
        json_doc_free(doc);
        free(text);
    }
}

static void a_time_with_a_fraction_or_an_offset_is_an_old_form(void **state)
{
    static const char *const same[] = {
        "2027-11-23T10:00:00.5Z",    "2027-11-23T10:00:00.123456789Z", "2027-11-23T10:00:00+00:00",
        "2027-11-23T12:00:00+02:00", "2027-11-23T06:30:00.25-03:30",
    };
    static const char *const none[] = {
        "",
        "2027-11-23T10:00:00",
        "2027-11-23T10:00:00.Z",
        "2027-11-23T10:00:00.5",
        "2027-11-23T10:00:00+0200",
        "2027-11-23T10:00:00+02.00",
        "2027-11-23T10:00:00+02:000",
        "2027-11-23T10:00:00+:2:00",
        "2027-11-23T10:00:00+0x:00",
        "2027-11-23T10:00:00+02:x0",
        "2027-11-23T10:00:00+02:0x",
        "2027-11-23T10:00:00Z02:00",
        "2027-11-23T10:00:00 +02:00",
        "2027-13-23T10:00:00+02:00",
        "2027-11-23 10:00:00Z",
        "2027-11-23T10:00:00.5Zx",
    };
    utc_t want, got;
    struct err e;

    (void)state;
    assert_int_equal(utc_parse(span_str("2027-11-23T10:00:00Z"), &want, &e), 0);
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++) {
        if (old_form_utc(span_str(same[i]), &got, &e) != 0)
            fail_msg("%s: %s", same[i], e.what);
        assert_int_equal(got, want);
        assert_int_equal(utc_parse(span_str(same[i]), &got, &e), -1);
    }
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
        if (old_form_utc(span_str(none[i]), &got, &e) == 0)
            fail_msg("read: '%s'", none[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_ecdsa_point_as_hex_is_an_old_form),
        cmocka_unit_test(an_ed25519_key_as_pem_is_an_old_form),
        cmocka_unit_test(what_is_no_key_is_none_where_old_forms_are_allowed_too),
        cmocka_unit_test(a_time_with_a_fraction_or_an_offset_is_an_old_form),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
