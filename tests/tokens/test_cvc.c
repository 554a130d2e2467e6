/* SPDX-License-Identifier: Apache-2.0 */
/* Card-verifiable attestations: a true one, and what forgers would try. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "attest_judge.h"
#include "tokens/attestation/attestation.h"
#include "tokens/attestation/cvc.h"

#define DAY INT64_C(86400)

static struct attestation check_at(const struct forge_maker *m, struct span request, int64_t at)
{
    return judge(m, request, "DENK0102947", "3.5", at, m->key);
}

static struct attestation check(const struct forge_maker *m, const struct forge_cvc *inner)
{
    struct attestation a;
    struct bytes file;

    file = (struct bytes){0};
    forge_request_put(inner, FORGE_CVC_DEVICE, m->device, &file);
    a = check_at(m, bytes_span(&file), DAY_2026);
    bytes_clear(&file);
    return a;
}

static void a_true_one_vouches(void **state)
{
    struct forge_maker m;
    struct forge_cvc inner;
    struct attestation a;

    (void)state;
    forge_cvc_maker(&m);
    inner = forge_sc_hsm(&m);
    a = check(&m, &inner);
    expect(&a, ATTESTED_CHAIN, ATTESTED_HOLDS);
    expect(&a, ATTESTED_KEY, ATTESTED_HOLDS);
    expect(&a, ATTESTED_SERIAL, ATTESTED_HOLDS);
    expect(&a, ATTESTED_ORIGIN, ATTESTED_HOLDS);
    expect(&a, ATTESTED_STAYS, ATTESTED_UNKNOWN); /* the card does not say */
    expect(&a, ATTESTED_FIRMWARE, ATTESTED_UNKNOWN);
    assert_true(attestation_vouches(&a));
    assert_string_equal(a.form, "smartcard-hsm");
    assert_string_equal(a.serial, "DENK0102947");
    assert_false(a.pem);
    assert_int_equal(attestation_readable(bytes_span(&a.chain), &(struct err){0}), 0);
    attestation_clear(&a);
    forge_maker_clear(&m);
}

static void another_key_or_device_is_noticed(void **state)
{
    EVP_PKEY *other = forge_ec("P-256");
    struct forge_maker m;
    struct forge_cvc inner;
    struct attestation a;
    struct bytes file;

    (void)state;
    file = (struct bytes){0};
    forge_cvc_maker(&m);
    inner = forge_sc_hsm(&m);
    inner.key = inner.signer = other;
    a = check(&m, &inner);
    expect_no(&a, ATTESTED_KEY);
    inner = forge_sc_hsm(&m);
    forge_request_put(&inner, "DENK010318900000", m.device, &file); /* a device that is not there */
    a = check_at(&m, bytes_span(&file), DAY_2026);
    expect(&a, ATTESTED_CHAIN, ATTESTED_UNKNOWN);
    expect(&a, ATTESTED_SERIAL, ATTESTED_FAILS);
    attestation_clear(&a);
    bytes_clear(&file);
    EVP_PKEY_free(other);
    forge_maker_clear(&m);
}

/* An imported key has no request by the card: somebody else signs one. */
static void a_request_that_the_device_did_not_sign_fails(void **state)
{
    struct forge_maker m;
    struct forge_cvc inner;
    struct attestation a;
    struct bytes file;

    (void)state;
    file = (struct bytes){0};
    forge_cvc_maker(&m);
    inner = forge_sc_hsm(&m);
    forge_request_put(&inner, FORGE_CVC_DEVICE, m.root, &file);
    a = check_at(&m, bytes_span(&file), DAY_2026);
    expect_no(&a, ATTESTED_CHAIN);
    bytes_clear(&file);
    forge_request_put(&inner, FORGE_CVC_DEVICE, m.token_key, &file);
    a = check_at(&m, bytes_span(&file), DAY_2026);
    expect_no(&a, ATTESTED_CHAIN);
    inner.signer = m.root; /* and one that its own key did not sign */
    a = check(&m, &inner);
    expect_no(&a, ATTESTED_ORIGIN);
    bytes_clear(&file);
    forge_maker_clear(&m);
}

/* A bare request, without the device's signature around it. */
static void a_request_alone_is_no_attestation(void **state)
{
    struct forge_maker m;
    struct forge_cvc inner;
    struct attestation a;
    struct bytes file;

    (void)state;
    file = (struct bytes){0};
    forge_cvc_maker(&m);
    inner = forge_sc_hsm(&m);
    forge_cvc_put(&inner, &file);
    a = check_at(&m, bytes_span(&file), DAY_2026);
    assert_null(a.form);
    bytes_clear(&file);
    forge_maker_clear(&m);
}

static void another_root_is_worth_nothing(void **state)
{
    struct forge_maker m, forger;
    struct forge_cvc inner;
    struct attestation a;

    (void)state;
    forge_cvc_maker(&m);
    forge_cvc_maker(&forger); /* the same names, other keys */
    memcpy(forger.pin, m.pin, sizeof m.pin);
    inner = forge_sc_hsm(&forger);
    key_free(forger.key);
    forger.key = forge_public(forger.token_key);
    a = check(&forger, &inner);
    expect(&a, ATTESTED_CHAIN, ATTESTED_UNKNOWN);
    expect(&a, ATTESTED_ORIGIN, ATTESTED_UNKNOWN);
    assert_false(attestation_vouches(&a));
    attestation_clear(&a);
    /* the true root beside the false issuers: names fit, signatures do not */
    bytes_put_span(&forger.root_file, bytes_span(&m.root_file));
    a = check(&forger, &inner);
    expect_no(&a, ATTESTED_CHAIN);
    forge_maker_clear(&m);
    forge_maker_clear(&forger);
}

static void a_chain_out_of_its_time_fails(void **state)
{
    static const int64_t days[] = {DAY_2026 - 3 * 365 * DAY, DAY_2026 + 5 * 365 * DAY};
    struct forge_maker m;
    struct forge_cvc inner;
    struct attestation a;
    struct bytes file;

    (void)state;
    file = (struct bytes){0};
    forge_cvc_maker(&m);
    inner = forge_sc_hsm(&m);
    forge_request_put(&inner, FORGE_CVC_DEVICE, m.device, &file);
    for (size_t i = 0; i < 2; i++) {
        a = check_at(&m, bytes_span(&file), days[i]);
        expect_no(&a, ATTESTED_CHAIN);
    }
    bytes_clear(&file);
    forge_maker_clear(&m);
}

/* A device's certificate by another device, or by the root at once with an issuer's rights: who may
 * do what is held to. */
static void roles_are_held_to(void **state)
{
    EVP_PKEY *fake = forge_ec("brainpoolP256r1");
    struct forge_maker m;
    struct forge_cvc inner, lie;
    struct attestation a;
    struct bytes file;

    (void)state;
    file = (struct bytes){0};
    forge_cvc_maker(&m);
    inner = forge_sc_hsm(&m);
    lie = (struct forge_cvc){.car = FORGE_CVC_DEVICE,
                             .chr = "DENK010294700001",
                             .key = fake,
                             .role = 0x00,
                             .from = "250101",
                             .to = "301231",
                             .signer = m.device};
    forge_cvc_put(&lie, &m.device_file);
    forge_request_put(&inner, "DENK010294700001", fake, &file);
    a = check_at(&m, bytes_span(&file), DAY_2026);
    expect_no(&a, ATTESTED_CHAIN);
    lie.car = FORGE_CVC_ROOT;
    lie.chr = "DENK010294700002";
    lie.role = 0x80;
    lie.signer = m.root;
    forge_cvc_put(&lie, &m.device_file);
    bytes_clear(&file);
    forge_request_put(&inner, "DENK010294700002", fake, &file);
    a = check_at(&m, bytes_span(&file), DAY_2026);
    expect_no(&a, ATTESTED_CHAIN);
    bytes_clear(&file);
    EVP_PKEY_free(fake);
    forge_maker_clear(&m);
}

/* A curve whose generator the forger chose: with G = Q, the private key is 1 (CVE-2020-0601). */
static void a_curve_of_ones_own_is_no_curve(void **state)
{
    struct forge_maker m;
    struct forge_cvc inner;
    struct attestation a;
    struct bytes spki;

    (void)state;
    spki = (struct bytes){0};
    forge_cvc_maker(&m);
    inner = forge_sc_hsm(&m);
    bytes_put_span(&spki, key_spki(m.key));
    inner.generator = span_of(spki.p + spki.n - 65, 65);
    a = check(&m, &inner);
    assert_false(attestation_vouches(&a));
    assert_null(a.key);
    attestation_clear(&a);
    bytes_clear(&spki);
    forge_maker_clear(&m);
}

static void each_bit_counts(void **state)
{
    struct forge_maker m;
    struct forge_cvc inner;
    struct bytes file;

    (void)state;
    file = (struct bytes){0};
    forge_cvc_maker(&m);
    inner = forge_sc_hsm(&m);
    forge_request_put(&inner, FORGE_CVC_DEVICE, m.device, &file);
    judge_each_bit(&m, &file, NULL, NULL, 3);
    bytes_clear(&file);
    forge_maker_clear(&m);
}

static void lengths_have_one_form(void **state)
{
    static const struct {
        struct span text;
        bool ok;
    } rows[] = {
        {{(const uint8_t *)"\x42\x01x", 3}, true},
        {{(const uint8_t *)"\x42\x81\x01x", 4}, false},     /* longer than needed */
        {{(const uint8_t *)"\x42\x82\x00\x01x", 5}, false}, /* longer still */
        {{(const uint8_t *)"\x42\x80x\x00\x00", 5}, false}, /* indefinite */
        {{(const uint8_t *)"\x42\x83\x00\x00\x01x", 6}, false},
        {{(const uint8_t *)"\x42\x02x", 3}, false}, /* cut */
        {{(const uint8_t *)"\x5F\x29\x00", 3}, true},
        {{(const uint8_t *)"\x5F\x29", 2}, false},
        {{(const uint8_t *)"\x5F\x1E\x00", 3}, false}, /* a tag that would fit in one byte */
        {{(const uint8_t *)"\x5F\x81\x01\x00", 4}, false},
        {{(const uint8_t *)"\x42", 1}, false},
        {{(const uint8_t *)"", 0}, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct span rest = rows[i].text, value, whole;
        unsigned tag;

        if (cvc_element(&rest, &tag, &value, &whole) != rows[i].ok)
            fail_msg("row %zu", i);
    }
}

/* Members out of order, twice, or unknown; a date that is none; half a curve. */
static void odd_bodies_are_refused(void **state)
{
    struct forge_maker m;
    struct forge_cvc inner;
    struct bytes file;
    struct cvc c;

    (void)state;
    file = (struct bytes){0};
    forge_cvc_maker(&m);
    inner = forge_sc_hsm(&m);
    inner.from = "261123";
    inner.to = "271123";
    forge_cvc_put(&inner, &file);
    assert_true(cvc_read(bytes_span(&file), &c));
    assert_true(c.dated && c.from == 20261123 && c.to == 20271123);
    bytes_put_u8(&file, 0);
    assert_false(cvc_read(bytes_span(&file), &c));
    bytes_clear(&file);
    inner.to = "27112:"; /* a digit above 9 */
    forge_cvc_put(&inner, &file);
    assert_false(cvc_read(bytes_span(&file), &c));
    bytes_clear(&file);
    inner.to = "271123";
    inner.chr = "a reference"; /* with a blank */
    forge_cvc_put(&inner, &file);
    assert_false(cvc_read(bytes_span(&file), &c));
    bytes_clear(&file);
    forge_maker_clear(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_true_one_vouches),
        cmocka_unit_test(another_key_or_device_is_noticed),
        cmocka_unit_test(a_request_that_the_device_did_not_sign_fails),
        cmocka_unit_test(a_request_alone_is_no_attestation),
        cmocka_unit_test(another_root_is_worth_nothing),
        cmocka_unit_test(a_chain_out_of_its_time_fails),
        cmocka_unit_test(roles_are_held_to),
        cmocka_unit_test(a_curve_of_ones_own_is_no_curve),
        cmocka_unit_test(each_bit_counts),
        cmocka_unit_test(lengths_have_one_form),
        cmocka_unit_test(odd_bodies_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
