/* SPDX-License-Identifier: Apache-2.0 */
/* X.509 attestations: true ones in each maker's form, and what forgers would try. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "attest_judge.h"
#include "tokens/attestation/attestation.h"

#define HSM    "1.3.6.1.4.1.41482.4."
#define SERIAL "0013200461"

typedef void make_maker(struct forge_maker *m);

static struct attestation check_x509(const struct forge_maker *m, const struct forge_x509 *leaf)
{
    struct attestation a;
    struct bytes file;

    file = (struct bytes){0};
    forge_x509_put(leaf, &file);
    a = judge(m, bytes_span(&file), SERIAL, NULL, DAY_2026, m->key);
    bytes_clear(&file);
    return a;
}

static void a_true_attestation_of_each_form_vouches(void **state)
{
    static const struct {
        make_maker *make;
        struct forge_x509 (*leaf)(const struct forge_maker *m);
        const char *form, *firmware;
    } rows[] = {{forge_yubihsm_maker, forge_yubihsm, "yubihsm2", "2.4.1"},
                {forge_piv_maker, forge_piv, "yubikey-piv", "5.7.1"}};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct forge_maker m;
        struct forge_x509 leaf;
        struct attestation a;

        rows[i].make(&m);
        leaf = rows[i].leaf(&m);
        a = check_x509(&m, &leaf);
        for (unsigned q = 0; q < ATTESTED_QUESTIONS; q++)
            expect(&a, (enum attested_question)q, ATTESTED_HOLDS);
        assert_true(attestation_vouches(&a));
        assert_string_equal(a.form, rows[i].form);
        assert_string_equal(a.serial, "13200461");
        assert_string_equal(a.firmware, rows[i].firmware);
        assert_true(a.pem && strstr(bytes_str(&a.chain), "BEGIN CERTIFICATE") != NULL);
        assert_int_equal(attestation_readable(bytes_span(&a.chain), &(struct err){0}), 0);
        attestation_clear(&a);
        forge_maker_clear(&m);
    }
}

static void another_key_is_noticed(void **state)
{
    EVP_PKEY *other = forge_ec("P-256");
    struct forge_maker m;
    struct forge_x509 leaf;
    struct attestation a;

    (void)state;
    forge_yubihsm_maker(&m);
    leaf = forge_yubihsm(&m);
    leaf.key = other;
    a = check_x509(&m, &leaf);
    expect_no(&a, ATTESTED_KEY);
    EVP_PKEY_free(other);
    forge_maker_clear(&m);
}

static void another_serial_is_noticed(void **state)
{
    struct forge_maker m;
    struct forge_x509 leaf;
    struct attestation a;

    (void)state;
    forge_yubihsm_maker(&m);
    leaf = forge_yubihsm(&m);
    leaf.extensions[1].value = span_of("\x02\x04\x00\xC9\x6C\x4E", 6);
    a = check_x509(&m, &leaf);
    expect_no(&a, ATTESTED_SERIAL);
    forge_maker_clear(&m);
}

/* A module that gives no maker's serial (OpenSC and PIV): people compare. */
static void a_serial_of_another_kind_is_not_compared(void **state)
{
    struct forge_maker m;
    struct forge_x509 leaf;
    struct attestation a;
    struct bytes file;

    (void)state;
    file = (struct bytes){0};
    forge_piv_maker(&m);
    leaf = forge_piv(&m);
    forge_x509_put(&leaf, &file);
    a = judge(&m, bytes_span(&file), "7a39d0e1c4e2f0b5", NULL, DAY_2026, m.key);
    expect(&a, ATTESTED_SERIAL, ATTESTED_UNKNOWN);
    assert_non_null(strstr(a.answers[ATTESTED_SERIAL].words, "13200461"));
    assert_true(attestation_vouches(&a));
    attestation_clear(&a);
    a = judge(&m, bytes_span(&file), NULL, NULL, DAY_2026, m.key);
    expect(&a, ATTESTED_SERIAL, ATTESTED_UNKNOWN);
    attestation_clear(&a);
    bytes_clear(&file);
    forge_maker_clear(&m);
}

static void imported_wrapped_and_exportable_keys_are_noticed(void **state)
{
    static const char *const origins[] = {"\x03\x02\x00\x02", "\x03\x02\x00\x11",
                                          "\x03\x02\x00\x00", "\x03\x02\x00\x03"};
    struct forge_maker m;
    struct forge_x509 leaf;
    struct attestation a;

    (void)state;
    forge_yubihsm_maker(&m);
    for (size_t i = 0; i < 4; i++) {
        leaf = forge_yubihsm(&m);
        leaf.extensions[2].value = span_of(origins[i], 4);
        a = check_x509(&m, &leaf);
        expect_no(&a, ATTESTED_ORIGIN);
    }
    leaf = forge_yubihsm(&m);
    leaf.extensions[4].value = span_of("\x03\x09\x00\x00\x00\x00\x00\x00\x01\x00\x80", 11);
    a = check_x509(&m, &leaf);
    expect_no(&a, ATTESTED_STAYS);
    forge_maker_clear(&m);
}

static void weak_firmware_is_said(void **state)
{
    static const struct {
        const char *version, *advisory;
    } hsm[] = {{"\x04\x03\x02\x01\x02", "YSA-2024-03"}, {"\x04\x03\x02\x03\x09", "YSA-2024-03"}},
      piv[] = {{"\x05\x06\xFF", "YSA-2024-03"}, {"\x04\x04\x04", "YSA-2019-02"}};
    struct forge_maker m;
    struct forge_x509 leaf;
    struct attestation a;

    (void)state;
    forge_yubihsm_maker(&m);
    for (size_t i = 0; i < 2; i++) {
        leaf = forge_yubihsm(&m);
        leaf.extensions[0].value = span_of(hsm[i].version, 5);
        a = check_x509(&m, &leaf);
        expect(&a, ATTESTED_FIRMWARE, ATTESTED_FAILS);
        assert_non_null(strstr(a.answers[ATTESTED_FIRMWARE].words, hsm[i].advisory));
        assert_true(attestation_vouches(&a)); /* told apart: the key is where it says */
        attestation_clear(&a);
    }
    forge_maker_clear(&m);
    forge_piv_maker(&m);
    for (size_t i = 0; i < 2; i++) {
        leaf = forge_piv(&m);
        leaf.extensions[0].value = span_of(piv[i].version, 3);
        a = check_x509(&m, &leaf);
        expect(&a, ATTESTED_FIRMWARE, ATTESTED_FAILS);
        assert_non_null(strstr(a.answers[ATTESTED_FIRMWARE].words, piv[i].advisory));
        attestation_clear(&a);
    }
    forge_maker_clear(&m);
}

/* Ed25519 and RSA are not in the advisory; a key type without any row is not called safe. */
static void an_advisory_is_about_its_types_of_key(void **state)
{
    struct forge_maker m;
    struct forge_x509 leaf;
    struct attestation a;

    (void)state;
    forge_yubihsm_maker(&m);
    EVP_PKEY_free(m.token_key);
    key_free(m.key);
    m.token_key = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    m.key = forge_public(m.token_key);
    leaf = forge_yubihsm(&m);
    leaf.extensions[0].value = span_of("\x04\x03\x02\x01\x02", 5);
    a = check_x509(&m, &leaf);
    expect(&a, ATTESTED_FIRMWARE, ATTESTED_UNKNOWN);
    attestation_clear(&a);
    forge_maker_clear(&m);
}

static void a_chain_to_another_root_is_worth_nothing(void **state)
{
    struct forge_maker m, forger;
    struct forge_x509 leaf;
    struct attestation a;
    struct bytes file;

    (void)state;
    file = (struct bytes){0};
    forge_yubihsm_maker(&m);
    forge_yubihsm_maker(&forger);
    leaf = forge_yubihsm(&forger); /* the same names, other keys */
    leaf.key = m.token_key;
    forge_x509_put(&leaf, &file);
    memcpy(forger.pin, m.pin, sizeof m.pin); /* its root is there, and not pinned */
    a = judge(&forger, bytes_span(&file), SERIAL, NULL, DAY_2026, m.key);
    expect(&a, ATTESTED_CHAIN, ATTESTED_UNKNOWN);
    expect(&a, ATTESTED_KEY, ATTESTED_HOLDS);
    for (unsigned q = ATTESTED_SERIAL; q < ATTESTED_QUESTIONS; q++)
        expect(&a, (enum attested_question)q, ATTESTED_UNKNOWN);
    assert_false(attestation_vouches(&a));
    attestation_clear(&a);
    /* the true root, under the same name */
    a = judge(&m, bytes_span(&file), SERIAL, NULL, DAY_2026, m.key);
    expect_no(&a, ATTESTED_CHAIN);
    bytes_clear(&m.root_file);
    bytes_put_span(&m.root_file, bytes_span(&forger.root_file)); /* no true root among the inputs */
    a = judge(&m, bytes_span(&file), SERIAL, NULL, DAY_2026, m.key);
    assert_false(attestation_vouches(&a));
    attestation_clear(&a);
    bytes_clear(&file);
    forge_maker_clear(&m);
    forge_maker_clear(&forger);
}

static void a_chain_that_is_not_valid_yet_or_any_more_fails(void **state)
{
    struct forge_maker m;
    struct forge_x509 leaf;
    struct attestation a;

    (void)state;
    forge_yubihsm_maker(&m);
    leaf = forge_yubihsm(&m);
    leaf.to = "20261122235959Z";
    a = check_x509(&m, &leaf);
    expect_no(&a, ATTESTED_CHAIN);
    leaf.to = "20261123120000Z"; /* it does not hold to the end of the day */
    a = check_x509(&m, &leaf);
    expect_no(&a, ATTESTED_CHAIN);
    leaf = forge_yubihsm(&m);
    leaf.from = "20261123120000Z"; /* issued on the day */
    a = check_x509(&m, &leaf);
    expect(&a, ATTESTED_CHAIN, ATTESTED_HOLDS);
    attestation_clear(&a);
    leaf.from = "20261124000000Z";
    a = check_x509(&m, &leaf);
    expect_no(&a, ATTESTED_CHAIN);
    forge_maker_clear(&m);
}

/* What nobody knows and is critical; a pin does not make a root young again. */
static void strange_rules_and_old_roots_fail(void **state)
{
    struct forge_x509 root = {.subject = "Test Root", .ca = true, .to = "20261122235959Z"}, leaf;
    struct forge_maker m;
    struct attestation a;

    (void)state;
    forge_yubihsm_maker(&m);
    leaf = forge_yubihsm(&m);
    leaf.extensions[7] = (struct forge_extension){"1.3.6.1.4.1.99999.1", span_of("\x05\x00", 2)};
    a = check_x509(&m, &leaf);
    expect(&a, ATTESTED_CHAIN, ATTESTED_HOLDS);
    attestation_clear(&a);
    leaf.last_critical = true;
    a = check_x509(&m, &leaf);
    expect_no(&a, ATTESTED_CHAIN);
    leaf = forge_yubihsm(&m);
    root.key = root.signer = m.root;
    bytes_clear(&m.root_file);
    forge_x509_put(&root, &m.root_file);
    assert_int_equal(sha256(bytes_span(&m.root_file), m.pin[0]), 0);
    a = check_x509(&m, &leaf);
    expect_no(&a, ATTESTED_CHAIN);
    forge_maker_clear(&m);
}

/* Two issuers that vouch for each other, and nobody for them. */
static void a_ring_of_issuers_leads_nowhere(void **state)
{
    struct forge_maker m;
    struct forge_x509 leaf, device, one, other;
    struct attestation a;

    (void)state;
    forge_yubihsm_maker(&m);
    leaf = forge_yubihsm(&m);
    one = (struct forge_x509){.subject = "One", .issuer = "Other", .ca = true};
    other = (struct forge_x509){.subject = "Other", .issuer = "One", .ca = true};
    one.key = other.signer = forge_ec("P-256");
    other.key = one.signer = forge_ec("P-256");
    device = (struct forge_x509){
        .subject = leaf.issuer, .key = m.device, .issuer = "One", .signer = one.key, .ca = true};
    bytes_clear(&m.device_file);
    forge_x509_put(&device, &m.device_file);
    forge_x509_put(&one, &m.device_file);
    forge_x509_put(&other, &m.device_file);
    a = check_x509(&m, &leaf);
    assert_int_not_equal(a.answers[ATTESTED_CHAIN].is, ATTESTED_HOLDS);
    assert_false(attestation_vouches(&a));
    attestation_clear(&a);
    EVP_PKEY_free(one.key);
    EVP_PKEY_free(other.key);
    forge_maker_clear(&m);
}

/* The owner of a device has a key on it attested, then signs a second attestation with it. */
static void an_attested_key_attests_nothing(void **state)
{
    EVP_PKEY *stolen = forge_ec("P-256");
    struct forge_maker m;
    struct forge_x509 leaf, lie;
    struct attestation a;
    struct bytes file;

    (void)state;
    file = (struct bytes){0};
    forge_yubihsm_maker(&m);
    leaf = forge_yubihsm(&m);
    lie = forge_yubihsm(&m);
    lie.key = stolen;
    lie.signer = m.token_key;
    lie.subject = "YubiHSM Attestation id:0x0004";
    lie.issuer = leaf.subject;
    forge_x509_put(&lie, &file);
    forge_x509_put(&leaf, &file);
    key_free(m.key);
    m.key = forge_public(stolen);
    a = judge(&m, bytes_span(&file), SERIAL, NULL, DAY_2026, m.key);
    expect_no(&a, ATTESTED_CHAIN);
    bytes_clear(&file);
    EVP_PKEY_free(stolen);
    forge_maker_clear(&m);
}

/* A pinned certificate that is itself the attestation: nobody signed it. */
static void an_attestation_is_not_its_own_root(void **state)
{
    struct forge_maker m;
    struct forge_x509 leaf;
    struct attestation a;
    struct bytes file;

    (void)state;
    file = (struct bytes){0};
    forge_yubihsm_maker(&m);
    leaf = forge_yubihsm(&m);
    leaf.issuer = NULL;
    leaf.signer = m.token_key;
    forge_x509_put(&leaf, &file);
    a = judge(&m, bytes_span(&file), SERIAL, NULL, DAY_2026, m.key);
    expect(&a, ATTESTED_CHAIN, ATTESTED_UNKNOWN);
    attestation_clear(&a);
    assert_int_equal(sha256(bytes_span(&file), m.pin[0]), 0);
    a = judge(&m, bytes_span(&file), SERIAL, NULL, DAY_2026, m.key);
    assert_false(attestation_vouches(&a));
    attestation_clear(&a);
    bytes_clear(&file);
    forge_maker_clear(&m);
}

/* Any bit of the attestation: it is refused, fails, or says nothing; never is it taken for true. */
static void each_bit_counts(void **state)
{
    struct forge_maker m;
    struct forge_x509 leaf;
    struct bytes file;

    (void)state;
    file = (struct bytes){0};
    forge_yubihsm_maker(&m);
    leaf = forge_yubihsm(&m);
    forge_x509_put(&leaf, &file);
    judge_each_bit(&m, &file, SERIAL, NULL, 5);
    bytes_clear(&file);
    forge_maker_clear(&m);
}

static void malformed_extensions_are_refused(void **state)
{
    static const struct {
        size_t at;
        struct span value;
    } rows[] = {
        {0, {(const uint8_t *)"\x04\x02\x02\x04", 4}},         /* two numbers */
        {0, {(const uint8_t *)"\x04\x03\x02\x04", 4}},         /* cut */
        {1, {(const uint8_t *)"\x02\x04\xFF\xFF\xFF\xFF", 6}}, /* negative */
        {1, {(const uint8_t *)"\x02\x06\x01\x00\x00\x00\x00\x00", 8}},
        {2, {(const uint8_t *)"\x03\x02\x01\x01", 4}}, /* unused bits */
        {2, {(const uint8_t *)"\x03\x03\x00\x01\x00", 5}},
        {4, {(const uint8_t *)"\x03\x02\x00\x80", 4}},
        {4, {(const uint8_t *)"", 0}},
    };
    struct forge_maker m;

    (void)state;
    forge_yubihsm_maker(&m);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct forge_x509 leaf = forge_yubihsm(&m);
        struct attestation_case c = {.at = DAY_2026, .nbeside = 1, .key = m.key};
        struct attestation a;
        struct span beside;
        struct bytes file;
        struct err e;

        file = (struct bytes){0};
        leaf.extensions[rows[i].at].value = rows[i].value;
        forge_x509_put(&leaf, &file);
        beside = bytes_span(&file);
        c.beside = &beside;
        if (attestation_check(&c, &a, &e) == 0)
            fail_msg("row %zu was read", i);
        assert_int_equal(e.code, ERR_INPUT);
        assert_null(a.form);
        bytes_clear(&file);
    }
    forge_maker_clear(&m);
}

/* The same extension twice: one for those who look at the first, one for the others. */
static void an_extension_twice_is_refused(void **state)
{
    struct forge_maker m;
    struct forge_x509 leaf;
    struct attestation a;
    struct attestation_case c = {.at = DAY_2026, .nbeside = 1};
    struct span beside;
    struct bytes file;
    struct err e;

    (void)state;
    file = (struct bytes){0};
    forge_yubihsm_maker(&m);
    leaf = forge_yubihsm(&m);
    leaf.extensions[7] = (struct forge_extension){HSM "3", span_of("\x03\x02\x00\x02", 4)};
    forge_x509_put(&leaf, &file);
    beside = bytes_span(&file);
    c.beside = &beside;
    assert_int_equal(attestation_check(&c, &a, &e), -1);
    bytes_clear(&file);
    forge_maker_clear(&m);
}

static void what_is_no_attestation_is_none(void **state)
{
    struct forge_maker m;
    struct forge_x509 plain;
    struct attestation a;
    struct bytes file;
    struct err e;

    (void)state;
    file = (struct bytes){0};
    forge_piv_maker(&m);
    plain = (struct forge_x509){.subject = "me", .key = m.token_key, .signer = m.token_key};
    forge_x509_put(&plain, &file);
    a = judge(&m, bytes_span(&file), SERIAL, NULL, DAY_2026, m.key);
    assert_null(a.form);
    assert_int_equal(attestation_readable(bytes_span(&file), &e), 0);
    assert_int_equal(attestation_readable(span_of(file.p, file.n - 1), &e), -1);
    bytes_put_str(&file, "x");
    assert_int_equal(attestation_readable(bytes_span(&file), &e), -1);
    assert_int_equal(attestation_readable(span_of("", 0), &e), -1);
    assert_int_equal(attestation_readable(span_str("-----BEGIN CERTIFICATE-----\nAAAA\n"), &e), -1);
    bytes_clear(&file);
    forge_maker_clear(&m);
}

/* Attestations of many keys in one folder: the one that is asked for is found; none, if none is. */
static void the_pool_is_searched_for_the_key(void **state)
{
    EVP_PKEY *other = forge_ec("P-256");
    struct key *stranger = forge_public(other);
    struct forge_maker m;
    struct forge_x509 leaf;
    struct attestation a;
    struct attestation_case c = {.npool = 2, .npins = 1, .at = DAY_2026, .serial = SERIAL};
    struct bytes file;
    struct span pool[2];
    struct err e;

    (void)state;
    file = (struct bytes){0};
    forge_yubihsm_maker(&m);
    leaf = forge_yubihsm(&m);
    leaf.key = m.root; /* somebody's */
    forge_x509_put(&leaf, &file);
    leaf.key = m.token_key;
    forge_x509_put(&leaf, &file);
    bytes_put_span(&file, bytes_span(&m.device_file));
    pool[0] = bytes_span(&file);
    pool[1] = bytes_span(&m.root_file);
    c.pool = pool;
    c.pins = m.pin;
    c.key = m.key;
    assert_int_equal(attestation_check(&c, &a, &e), 0);
    assert_true(attestation_vouches(&a));
    attestation_clear(&a);
    c.key = stranger;
    assert_int_equal(attestation_check(&c, &a, &e), 0);
    assert_null(a.form);
    key_free(stranger);
    EVP_PKEY_free(other);
    bytes_clear(&file);
    forge_maker_clear(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_true_attestation_of_each_form_vouches),
        cmocka_unit_test(another_key_is_noticed),
        cmocka_unit_test(another_serial_is_noticed),
        cmocka_unit_test(a_serial_of_another_kind_is_not_compared),
        cmocka_unit_test(imported_wrapped_and_exportable_keys_are_noticed),
        cmocka_unit_test(weak_firmware_is_said),
        cmocka_unit_test(an_advisory_is_about_its_types_of_key),
        cmocka_unit_test(a_chain_to_another_root_is_worth_nothing),
        cmocka_unit_test(a_chain_that_is_not_valid_yet_or_any_more_fails),
        cmocka_unit_test(strange_rules_and_old_roots_fail),
        cmocka_unit_test(a_ring_of_issuers_leads_nowhere),
        cmocka_unit_test(an_attested_key_attests_nothing),
        cmocka_unit_test(an_attestation_is_not_its_own_root),
        cmocka_unit_test(each_bit_counts),
        cmocka_unit_test(malformed_extensions_are_refused),
        cmocka_unit_test(an_extension_twice_is_refused),
        cmocka_unit_test(what_is_no_attestation_is_none),
        cmocka_unit_test(the_pool_is_searched_for_the_key),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
