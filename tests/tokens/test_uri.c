/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "tokens/uri.h"

static struct token_info token(void)
{
    struct token_info t = {.initialised = true};

    strcpy(t.id.module, "/usr/lib/opensc-pkcs11.so");
    strcpy(t.id.serial, "DENK0102947");
    strcpy(t.id.label, "root 4");
    strcpy(t.manufacturer, "CardContact");
    strcpy(t.model, "Nitrokey HSM 2");
    return t;
}

static bool names(const char *text, const struct token_info *t)
{
    struct token_uri *u;
    struct err e;
    bool yes;

    assert_int_equal(token_uri_parse(text, &u, &e), 0);
    yes = token_uri_matches(u, t);
    token_uri_free(u);
    return yes;
}

static void names_a_token(void **state)
{
    struct token_info t = token();

    (void)state;
    assert_true(names("pkcs11:", &t));
    assert_true(names("pkcs11:serial=DENK0102947", &t));
    assert_true(names("pkcs11:token=root%204;model=Nitrokey%20HSM%202", &t));
    assert_true(names("pkcs11:token=root%204?module-path=/usr/lib/opensc-pkcs11.so", &t));
    assert_false(names("pkcs11:token=root%204?module-path=/usr/lib/other.so", &t));
    t.slot = 7;
    assert_true(names("pkcs11:slot-id=7;token=root%204", &t));
    assert_false(names("pkcs11:slot-id=8;token=root%204", &t));
    assert_false(names("pkcs11:serial=DENK0102948", &t));
    assert_false(names("pkcs11:token=root", &t));
    assert_false(names("pkcs11:serial=DENK0102947;token=root%205", &t));
}

static void names_a_key(void **state)
{
    struct token_key k = {.cka_id = {1, 0xab}, .cka_id_size = 2};
    struct token_uri *u;
    struct err e;

    (void)state;
    strcpy(k.label, "root key");
    assert_int_equal(token_uri_parse("pkcs11:object=root%20key;id=%01%ab;type=private", &u, &e), 0);
    assert_true(token_uri_matches_key(u, &k));
    k.cka_id[0] = 2;
    assert_false(token_uri_matches_key(u, &k));
    k.cka_id[0] = 1;
    strcpy(k.label, "root");
    assert_false(token_uri_matches_key(u, &k));
    token_uri_free(u);
    assert_int_equal(token_uri_parse("pkcs11:type=cert", &u, &e), 0);
    assert_false(token_uri_matches_key(u, &k));
    token_uri_free(u);
}

static void what_is_written_is_read(void **state)
{
    struct token_info t = token();
    struct token_key k = {.cka_id = {0, '%', ';', 0xff}, .cka_id_size = 4};
    struct token_uri *u;
    struct bytes text;
    struct err e;

    (void)state;
    strcpy(k.label, "a;b/c?d \xC3\xA4");
    text = (struct bytes){0};
    assert_int_equal(token_uri_put(&t, NULL, &text, &e), 0);
    assert_non_null(strstr(bytes_str(&text), "serial=DENK0102947"));
    assert_true(names(bytes_str(&text), &t));
    bytes_clear(&text);
    assert_int_equal(token_uri_put(&t, &k, &text, &e), 0);
    assert_int_equal(token_uri_parse(bytes_str(&text), &u, &e), 0);
    assert_true(token_uri_matches(u, &t));
    assert_true(token_uri_matches_key(u, &k));
    k.cka_id[3] = 0;
    assert_false(token_uri_matches_key(u, &k));
    token_uri_free(u);
    bytes_clear(&text);
}

static void pin_sources_are_paths(void **state)
{
    static const struct {
        const char *uri, *path;
    } rows[] = {
        {"pkcs11:token=a", NULL},
        {"pkcs11:token=a?pin-source=/run/pin", "/run/pin"},
        {"pkcs11:token=a?pin-source=file:/run/pin", "/run/pin"},
        {"pkcs11:token=a?pin-source=file:///run/pin", "/run/pin"},
    };
    struct token_uri *u;
    struct err e;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(token_uri_parse(rows[i].uri, &u, &e), 0);
        if (rows[i].path == NULL)
            assert_null(token_uri_pin_source(u));
        else
            assert_string_equal(token_uri_pin_source(u), rows[i].path);
        token_uri_free(u);
    }
}

static void refusals(void **state)
{
    static const char *const bad[] = {
        "",
        "token=a",
        "pkcs11",
        "http://example.org",
        "pkcs11:token=%zz",
        "pkcs11:token=a?pin-value=4711471",
        "pkcs11:token=a?pin-source=relative",
        "pkcs11:token=a?pin-source=%7Ccat%20/etc/shadow",
        "pkcs11:token=a?pin-source=file:relative",
        "pkcs11:nonsense=1",
    };
    struct token_uri *u;
    struct err e;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(token_uri_parse(bad[i], &u, &e), -1);
        assert_null(u);
        assert_int_equal(e.code, ERR_USAGE);
        assert_true(e.what[0] != '\0' && e.todo[0] != '\0');
        assert_null(strstr(e.what, "4711"));
        assert_null(strstr(e.todo, "4711"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_a_token),
        cmocka_unit_test(names_a_key),
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(pin_sources_are_paths),
        cmocka_unit_test(refusals),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
