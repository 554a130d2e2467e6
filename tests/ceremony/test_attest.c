/* SPDX-License-Identifier: Apache-2.0 */
/* What a token's maker vouches for, in a ceremony: shown, recorded, kept; and what a forger meets.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attest_forge.h"
#include "ceremony/acts/enrol.h"
#include "ceremony/base/finding.h"
#include "ceremony/plan/plan_words.h"
#include "ceremony/record/bundle.h"
#include "ceremony/record/transcript.h"
#include "ceremony/rules/plan_rules.h"
#include "ceremony/session/attest.h"
#include "room.h"

#define SERIAL "0013200461"
#define ALICE  0 /* her seat and her place among the keyholders */

struct scene {
    struct room r;
    struct forge_maker m;
    struct bytes attestation;
};

static void must(int rc, const struct err *e)
{
    if (rc != 0)
        fail_msg("%s: %s (%s)", e->where, e->what, err_todo_text(e));
}

/* A maker whose root the plan pins; Alice's token is one of its devices. */
static void begin(struct scene *s, void (*maker)(struct forge_maker *m))
{
    char hex[SHA256_HEX_SIZE], member[160];
    struct err e;

    room_make(&s->r);
    maker(&s->m);
    s->attestation = (struct bytes){0};
    room_token(&s->r, SERIAL, "Alice");
    hex_of(s->m.pin[0], SHA256_SIZE, hex);
    snprintf(member, sizeof member, "\"attestation_roots\": [\"%s\"], \"keyholders\"", hex);
    room_edit(&s->r, "\"keyholders\"", member);
    room_write(&s->r, "inputs/vendor-roots/root.der", bytes_span(&s->m.root_file));
    must(room_open(&s->r, &e), &e);
    must(room_walk(&s->r, STATION_ENROLMENT, &e), &e);
}

static void end(struct scene *s)
{
    room_clear(&s->r);
    forge_maker_clear(&s->m);
    bytes_clear(&s->attestation);
}

/* Alice's token makes a key; what its maker would attest of it is `leaf`, to be changed. */
static void make_key(struct scene *s, struct token_info *token, struct token_key *key)
{
    struct err e;

    must(room_log_in(&s->r, ALICE, token, &e), &e);
    must(s->r.t->driver->generate(s->r.t->self, KEY_P256, "k", key, &e), &e);
    EVP_PKEY_free(s->m.token_key);
    s->m.token_key = fake_private(s->r.t, SERIAL, 0);
    assert_int_equal(EVP_PKEY_up_ref(s->m.token_key), 1);
}

static struct candidate take(struct scene *s, const struct forge_x509 *leaf,
                             const struct token_info *token, struct token_key *key)
{
    struct candidate k;
    struct err e;

    bytes_clear(&s->attestation);
    forge_x509_put(leaf, &s->attestation);
    fake_certificate(s->r.t, SERIAL, 0, bytes_span(&s->attestation));
    fake_certificate(s->r.t, SERIAL, SIZE_MAX, bytes_span(&s->m.device_file));
    must(enrol_existing(s->r.c, ALICE, s->r.t, token, key, &k, &e), &e);
    return k;
}

static const struct finding *find_rule(const struct findings *f, const char *rule)
{
    for (size_t i = 0; i < f->n; i++)
        if (strcmp(f->items[i].rule, rule) == 0)
            return &f->items[i];
    return NULL;
}

static void assert_vouched(const struct room *r, size_t seat, bool vouches)
{
    struct attestation a;
    struct err e;

    must(attest_seat(ceremony_session(r->c), seat, &a, &e), &e);
    assert_int_equal(attestation_vouches(&a), vouches);
    attestation_clear(&a);
}

static void assert_in_bundle(const struct room *r, const char *keyid, const char *form)
{
    struct bytes file;
    char name[120];

    snprintf(name, sizeof name, "bundle/keys/%s.attestation.pem", keyid);
    file = (struct bytes){0};
    room_read(r, name, &file);
    assert_int_equal(attestation_readable(bytes_span(&file), &(struct err){0}), 0);
    bytes_clear(&file);
    snprintf(name, sizeof name, "bundle/keys/%s.json", keyid);
    room_read(r, name, &file);
    assert_non_null(strstr(bytes_str(&file), form));
    assert_non_null(strstr(bytes_str(&file), "\"vouches\":\ttrue"));
    bytes_clear(&file);
    room_read(r, "bundle/transcript.txt", &file);
    assert_non_null(strstr(bytes_str(&file), "made on the device  yes"));
    assert_non_null(strstr(bytes_str(&file), "no attestation")); /* of the four others */
    bytes_clear(&file);
}

static void a_true_attestation_is_recorded_and_kept(void **state)
{
    struct token_info token;
    struct token_key key;
    struct candidate k;
    struct findings f;
    struct scene s;
    char keyid[SHA256_HEX_SIZE];
    struct err e;

    (void)state;
    begin(&s, forge_yubihsm_maker);
    make_key(&s, &token, &key);
    {
        const struct forge_x509 leaf = forge_yubihsm(&s.m);

        k = take(&s, &leaf, &token, &key);
    }
    assert_true(attestation_vouches(&k.attestation));
    must(enrol_check(ceremony_session(s.r.c), &k, &f, &e), &e);
    assert_false(findings_refused(&f));
    assert_non_null(find_rule(&f, "attested"));
    assert_null(find_rule(&f, "no-attestation"));
    findings_clear(&f);
    must(enrol_confirm(s.r.c, &k, &e), &e);
    memcpy(keyid, key_id(k.key.key), sizeof keyid);
    candidate_clear(&k);
    room_close(&s.r); /* and it is there again when the program is started again */
    must(room_open(&s.r, &e), &e);
    assert_vouched(&s.r, ALICE, true);
    must(room_walk(&s.r, STATIONS, &e), &e);
    assert_vouched(&s.r, 1, false);
    assert_in_bundle(&s.r, keyid, "yubihsm2");
    end(&s);
}

static void change_serial(struct forge_x509 *leaf)
{
    leaf->extensions[1].value = span_of("\x02\x04\x00\xC9\x6C\x4E", 6);
}

static void change_origin(struct forge_x509 *leaf)
{
    leaf->extensions[2].value = span_of("\x03\x02\x00\x02", 4);
}

static void change_capabilities(struct forge_x509 *leaf)
{
    leaf->extensions[4].value = span_of("\x03\x09\x00\x00\x00\x00\x00\x00\x01\x00\x80", 11);
}

static void change_dates(struct forge_x509 *leaf)
{
    leaf->to = "20261101000000Z";
}

static void change_firmware(struct forge_x509 *leaf)
{
    leaf->extensions[0].value = span_of("\x04\x03\x02\x01\x02", 5);
}

static const struct {
    void (*change)(struct forge_x509 *leaf);
    const char *rule;
    enum finding_level level;
} forgeries[] = {
    {change_serial, "attested-serial", FINDING_REFUSAL},
    {change_origin, "attested-origin", FINDING_REFUSAL},
    {change_capabilities, "attested-exportable", FINDING_REFUSAL},
    {change_dates, "attested-chain", FINDING_REFUSAL},
    {change_firmware, "firmware-advisory", FINDING_WARNING},
};

static void what_contradicts_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof forgeries / sizeof forgeries[0]; i++) {
        const struct finding *found;
        struct token_info token;
        struct token_key key;
        struct forge_x509 leaf;
        struct candidate k;
        struct findings f;
        struct scene s;
        struct err e;
        size_t lines;

        begin(&s, forge_yubihsm_maker);
        make_key(&s, &token, &key);
        leaf = forge_yubihsm(&s.m);
        forgeries[i].change(&leaf);
        k = take(&s, &leaf, &token, &key);
        must(enrol_check(ceremony_session(s.r.c), &k, &f, &e), &e);
        if ((found = find_rule(&f, forgeries[i].rule)) == NULL)
            fail_msg("%s is not found", forgeries[i].rule);
        assert_int_equal(found->level, forgeries[i].level);
        findings_clear(&f);
        lines = journal_count(ceremony_journal(s.r.c));
        if (forgeries[i].level == FINDING_REFUSAL) {
            assert_int_equal(enrol_confirm(s.r.c, &k, &e), -1);
            assert_int_equal(e.code, ERR_PLAN);
            assert_int_equal(journal_count(ceremony_journal(s.r.c)), lines);
        } else
            must(enrol_confirm(s.r.c, &k, &e), &e);
        candidate_clear(&k);
        end(&s);
    }
}

/* An attestation of another key beside the new one, and one by a maker whom nobody pinned. */
static void anothers_attestation_does_not_count(void **state)
{
    EVP_PKEY *other = forge_ec("P-256");
    struct token_info token;
    struct token_key key, again;
    struct forge_x509 leaf;
    struct candidate k;
    struct findings f;
    struct scene s;
    struct err e;

    (void)state;
    begin(&s, forge_yubihsm_maker);
    make_key(&s, &token, &key);
    leaf = forge_yubihsm(&s.m);
    leaf.key = other;
    k = take(&s, &leaf, &token, &key);
    assert_int_equal(enrol_confirm(s.r.c, &k, &e), -1);
    assert_non_null(strstr(e.what, "ANOTHER key"));
    candidate_clear(&k);
    end(&s);

    begin(&s, forge_yubihsm_maker);
    make_key(&s, &token, &again);
    leaf = forge_yubihsm(&s.m);
    leaf.signer = other; /* under the device's name */
    leaf.issuer = "YubiHSM Attestation (13200462)";
    k = take(&s, &leaf, &token, &again);
    assert_false(attestation_vouches(&k.attestation));
    must(enrol_check(ceremony_session(s.r.c), &k, &f, &e), &e);
    assert_non_null(find_rule(&f, "attested-root"));
    assert_null(find_rule(&f, "attested"));
    findings_clear(&f);
    candidate_clear(&k);
    EVP_PKEY_free(other);
    end(&s);
}

/* A file that the maker's tool wrote, for a module that shows nothing. */
static void a_file_is_taken_as_well(void **state)
{
    struct token_info token;
    struct token_key key;
    struct forge_cvc inner;
    struct candidate k;
    struct findings f;
    struct scene s;
    struct err e;

    (void)state;
    begin(&s, forge_cvc_maker);
    make_key(&s, &token, &key);
    must(enrol_existing(s.r.c, ALICE, s.r.t, &token, &key, &k, &e), &e);
    assert_null(k.attestation.form);
    must(enrol_check(ceremony_session(s.r.c), &k, &f, &e), &e);
    assert_non_null(find_rule(&f, "no-attestation"));
    findings_clear(&f);
    inner = forge_sc_hsm(&s.m);
    forge_request_put(&inner, FORGE_CVC_DEVICE, s.m.device, &s.attestation);
    bytes_put_span(&s.attestation, bytes_span(&s.m.device_file));
    k.token = token;
    snprintf(k.token.id.serial, sizeof k.token.id.serial, "DENK0102947");
    must(enrol_attest(s.r.c, s.r.t, bytes_span(&s.attestation), &k, &e), &e);
    assert_true(attestation_vouches(&k.attestation));
    must(enrol_confirm(s.r.c, &k, &e), &e);
    candidate_clear(&k);
    assert_vouched(&s.r, ALICE, true);
    end(&s);
}

/* The walk has no command line: what a maker's tool wrote meanwhile lies in a folder. */
static void what_is_laid_beside_is_found(void **state)
{
    struct token_info token;
    struct token_key key;
    struct forge_x509 leaf;
    struct candidate k;
    struct findings f;
    struct scene s;
    struct err e;

    (void)state;
    begin(&s, forge_piv_maker);
    make_key(&s, &token, &key);
    leaf = forge_piv(&s.m);
    leaf.key = s.m.root; /* somebody else's lies there as well */
    forge_x509_put(&leaf, &s.attestation);
    room_write(&s.r, "attestations/other.der", bytes_span(&s.attestation));
    bytes_clear(&s.attestation);
    must(enrol_existing(s.r.c, ALICE, s.r.t, &token, &key, &k, &e), &e);
    assert_null(k.attestation.form);
    leaf.key = s.m.token_key;
    forge_x509_put(&leaf, &s.attestation);
    bytes_put_span(&s.attestation, bytes_span(&s.m.device_file));
    room_write(&s.r, "attestations/alice.der", bytes_span(&s.attestation));
    must(enrol_attest(s.r.c, s.r.t, span_of(NULL, 0), &k, &e), &e);
    assert_true(attestation_vouches(&k.attestation));
    must(enrol_confirm(s.r.c, &k, &e), &e);
    room_write(&s.r, "attestations/alice.der", span_str("gone")); /* the journal has it */
    assert_vouched(&s.r, ALICE, true);
    must(enrol_attest(s.r.c, s.r.t, span_of(NULL, 0), &k, &e), &e);
    must(enrol_check(ceremony_session(s.r.c), &k, &f, &e), &e);
    assert_non_null(strstr(find_rule(&f, "certificates-unread")->text, "attestations/alice.der"));
    findings_clear(&f);
    candidate_clear(&k);
    end(&s);
}

/* A token that fails when it is asked for certificates, or shows rubbish, can still be enrolled. */
static void certificates_that_can_not_be_read_are_none(void **state)
{
    static const struct fake_row fails[] = {{FAKE_CERTIFICATES, 0, FAKE_FAILS}};
    struct token_info token;
    struct token_key key;
    struct candidate k;
    struct findings f;
    struct scene s;
    struct err e;

    (void)state;
    begin(&s, forge_yubihsm_maker);
    make_key(&s, &token, &key);
    fake_certificate(s.r.t, SERIAL, 0, span_str("rubbish"));
    fake_script(s.r.t, fails, 1);
    must(enrol_existing(s.r.c, ALICE, s.r.t, &token, &key, &k, &e), &e);
    must(enrol_check(ceremony_session(s.r.c), &k, &f, &e), &e);
    assert_non_null(find_rule(&f, "certificates-unread"));
    findings_clear(&f);
    fake_script(s.r.t, NULL, 0);
    must(enrol_attest(s.r.c, s.r.t, span_of(NULL, 0), &k, &e), &e);
    assert_null(k.attestation.form);
    must(enrol_confirm(s.r.c, &k, &e), &e);
    candidate_clear(&k);
    end(&s);
}

static void load(const struct room *r, struct plan **out, struct err *e, int rc)
{
    struct store *s;

    must(store_open(r->dir, &s, e), e);
    assert_int_equal(plan_load(s, out, e), rc);
    store_free(s);
}

#define NO_HEX "000000000000000000000000000000000000000000000000000000000000000g"

static void pins_are_of_the_plan_and_shown(void **state)
{
    static const char *const bad[] = {"[\"abc\"]", "\"abc\"", "[4]", "[\"" NO_HEX "\"]"};
    struct plan *p, *without;
    struct room r;
    struct forge_maker m;
    struct findings f;
    struct bytes words;
    char hex[SHA256_HEX_SIZE], member[160];
    struct err e;

    (void)state;
    room_make(&r);
    load(&r, &without, &e, 0);
    for (size_t i = 0; i < 4; i++) {
        snprintf(member, sizeof member, "\"attestation_roots\": %s, \"keyholders\"", bad[i]);
        room_edit(&r, "\"keyholders\"", member);
        load(&r, &p, &e, -1);
        assert_int_equal(e.code, ERR_INPUT);
        room_edit(&r, member, "\"keyholders\"");
    }
    forge_yubihsm_maker(&m);
    hex_of(m.pin[0], SHA256_SIZE, hex);
    snprintf(member, sizeof member, "\"attestation_roots\": [\"%s\"], \"keyholders\"", hex);
    room_edit(&r, "\"keyholders\"", member);
    load(&r, &p, &e, 0);
    assert_memory_not_equal(p->sha256, without->sha256, SHA256_SIZE);
    must(plan_rules_check(p, 1795392000, &f, &e), &e);
    assert_non_null(find_rule(&f, "attestation-root")); /* its certificate is not there */
    findings_clear(&f);
    plan_free(p);
    room_write(&r, "inputs/vendor-roots/root.der", bytes_span(&m.root_file));
    load(&r, &p, &e, 0);
    must(plan_rules_check(p, 1795392000, &f, &e), &e);
    assert_null(find_rule(&f, "attestation-root"));
    findings_clear(&f);
    words = (struct bytes){0};
    plan_words(p, 1795392000, &words);
    hex[16] = '\0';
    assert_non_null(strstr(bytes_str(&words), hex));
    bytes_clear(&words);
    plan_free(p);
    room_write(&r, "inputs/vendor-roots/odd", span_str("what is this"));
    load(&r, &p, &e, -1);
    assert_non_null(strstr(e.where, "vendor-roots/odd"));
    plan_free(without);
    forge_maker_clear(&m);
    room_clear(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_true_attestation_is_recorded_and_kept),
        cmocka_unit_test(what_contradicts_is_refused),
        cmocka_unit_test(anothers_attestation_does_not_count),
        cmocka_unit_test(a_file_is_taken_as_well),
        cmocka_unit_test(what_is_laid_beside_is_found),
        cmocka_unit_test(certificates_that_can_not_be_read_are_none),
        cmocka_unit_test(pins_are_of_the_plan_and_shown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
