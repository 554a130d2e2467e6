/* SPDX-License-Identifier: Apache-2.0 */
/* Keys that exist already: given in any form, bound to the token that first signs with them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attest_forge.h"
#include "ceremony/acts/collect.h"
#include "ceremony/base/finding.h"
#include "ceremony/plan/plan_words.h"
#include "ceremony/record/bundle.h"
#include "ceremony/rules/plan_rules.h"
#include "ceremony/session/attest.h"
#include "room.h"

#define OLD "0013200461" /* Alice's token, of an earlier ceremony */

static void must(int rc, const struct err *e)
{
    if (rc != 0)
        fail_msg("%s: %s (%s)", e->where, e->what, err_todo_text(e));
}

/* Bytes of a key file in one of the forms; `form`: 0 PEM, 1 DER, 2 the bare point. */
static void put_form(const struct key *key, unsigned form, struct bytes *out)
{
    struct span spki = key_spki(key);
    struct err e;

    if (form == 0)
        must(key_put_pem(key, out, &e), &e);
    else
        bytes_put_span(out, form == 1 ? spki : span_of(spki.p + spki.n - 65, 65));
}

/* Alice's token has a root key and a targets key of an earlier ceremony; the plan gives both. */
static void begin(struct room *r, struct key *keys[2])
{
    struct token_info token;
    struct token_key made;
    struct bytes file;
    struct err e;

    room_make(r);
    room_token(r, OLD, "Alice");
    room_edit(r, "\"same_keys_as\":\t\"root\"",
              "\"keyholders\": [\"Alice\", \"Bo\", \"Chen\", \"Dee\", \"Ee\"]");
    must(room_open(r, &e), &e);
    must(room_log_in(r, 0, &token, &e), &e);
    for (unsigned i = 0; i < 2; i++) {
        must(r->t->driver->generate(r->t->self, KEY_P256, i == 0 ? "root" : "targets", &made, &e),
             &e);
        keys[i] = made.key;
        file = (struct bytes){0};
        put_form(made.key, i + 1, &file); /* both were named .pub, whatever was in them */
        room_write(r, i == 0 ? "inputs/root.pub" : "inputs/targets.pub", bytes_span(&file));
        bytes_clear(&file);
    }
    room_close(r);
    room_write(r, "journal.jsonl", span_str(""));
    room_edit(
        r, "\"name\":\t\"Alice\"",
        "\"name\": \"Alice\", \"key\": {\"root\": \"root.pub\", \"targets\": \"targets.pub\"}");
}

static void end(struct room *r, struct key *keys[2])
{
    key_free(keys[0]);
    key_free(keys[1]);
    room_clear(r);
}

static void load(const struct room *r, struct plan **out, struct err *e, int rc)
{
    struct store *s;

    must(store_open(r->dir, &s, e), e);
    assert_int_equal(plan_load(s, out, e), rc);
    store_free(s);
}

static size_t seat_of(const struct plan *p, size_t holder, enum signed_type role)
{
    size_t i = 0;

    while (p->seats[i].holder != holder || p->seats[i].role != role)
        i++;
    return i;
}

static void every_form_of_a_key_is_taken(void **state)
{
    struct plan *p;
    struct key *keys[2];
    struct bytes words;
    struct room r;
    struct err e;

    (void)state;
    begin(&r, keys);
    for (unsigned form = 0; form < 3; form++) {
        struct bytes file;

        file = (struct bytes){0};
        put_form(keys[0], form, &file);
        room_write(&r, "inputs/root.pub", bytes_span(&file));
        load(&r, &p, &e, 0);
        assert_string_equal(key_id(p->seats[seat_of(p, 0, SIGNED_ROOT)].key), key_id(keys[0]));
        assert_string_equal(key_id(p->seats[seat_of(p, 0, SIGNED_TARGETS)].key), key_id(keys[1]));
        assert_true(plan_seat_given(p, seat_of(p, 0, SIGNED_TARGETS)));
        assert_null(p->seats[seat_of(p, 1, SIGNED_ROOT)].key);
        plan_free(p);
        file.p[file.n - 3] ^= 0x04; /* another point, which is none; or no base64 */
        room_write(&r, "inputs/root.pub", bytes_span(&file));
        load(&r, &p, &e, -1);
        assert_int_equal(e.code, ERR_INPUT);
        assert_non_null(strstr(e.where, "inputs/root.pub"));
        room_write(&r, "inputs/root.pub", span_of(file.p, file.n - 1));
        load(&r, &p, &e, -1);
        bytes_clear(&file);
    }
    words = (struct bytes){0};
    put_form(keys[0], 2, &words);
    room_write(&r, "inputs/root.pub", bytes_span(&words));
    bytes_clear(&words);
    load(&r, &p, &e, 0);
    plan_words(p, 1795392000, &words);
    assert_non_null(strstr(bytes_str(&words), "root key in inputs/root.pub, targets key in"));
    bytes_clear(&words);
    plan_free(p);
    end(&r, keys);
}

static void bad_members_are_refused(void **state)
{
    static const char *const bad[] = {"{}", "4", "[\"root.pub\"]", "{\"root\": \"../plan.json\"}",
                                      "{\"root\": \"none.pub\"}"};
    struct key *keys[2];
    struct findings f;
    struct plan *p;
    struct room r;
    bool refused = false;
    struct err e;

    (void)state;
    begin(&r, keys);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const char *now =
            i == 0 ? "{\"root\": \"root.pub\", \"targets\": \"targets.pub\"}" : bad[i - 1];

        room_edit(&r, now, bad[i]);
        load(&r, &p, &e, -1);
    }
    room_edit(&r, bad[sizeof bad / sizeof bad[0] - 1], "{\"snapshot\": \"root.pub\"}");
    load(&r, &p, &e, 0); /* nobody holds a key of their own there */
    must(plan_rules_check(p, 1795392000, &f, &e), &e);
    for (size_t i = 0; i < f.n; i++)
        refused = refused || (strcmp(f.items[i].rule, "given-key") == 0 &&
                              f.items[i].level == FINDING_REFUSAL);
    assert_true(refused);
    findings_clear(&f);
    plan_free(p);
    end(&r, keys);
}

static void one_file_stands_for_every_role(void **state)
{
    struct key *keys[2];
    struct plan *p;
    struct room r;
    struct err e;

    (void)state;
    begin(&r, keys);
    room_edit(&r, "{\"root\": \"root.pub\", \"targets\": \"targets.pub\"}", "\"root.pub\"");
    load(&r, &p, &e, 0);
    assert_true(plan_seat_given(p, seat_of(p, 0, SIGNED_ROOT)));
    assert_string_equal(key_id(p->seats[seat_of(p, 0, SIGNED_TARGETS)].key), key_id(keys[0]));
    plan_free(p);
    end(&r, keys);
}

/* The journal says which token it was; later only that one will do. */
static void a_key_is_bound_to_the_token_that_signs(void **state)
{
    const struct session *s;
    struct token_info token;
    struct key *keys[2];
    struct bytes file;
    struct room r;
    struct err e;
    size_t seat;

    (void)state;
    begin(&r, keys);
    must(room_open(&r, &e), &e);
    must(room_walk(&r, STATION_SIGNATURES, &e), &e);
    s = ceremony_session(r.c);
    seat = seat_of(s->plan, 0, SIGNED_ROOT);
    assert_true(s->seats[seat].from_file);
    assert_null(s->seats[seat].token.serial);
    must(room_log_in(&r, 0, &token, &e), &e);
    must(collect_sign(r.c, 0, r.t, &token, NULL, &e), &e);
    s = ceremony_session(r.c);
    assert_string_equal(s->seats[seat].token.serial, OLD);
    assert_string_equal(s->seats[seat_of(s->plan, 0, SIGNED_TARGETS)].token.serial, OLD);
    room_close(&r);
    must(room_open(&r, &e), &e);
    s = ceremony_session(r.c);
    assert_string_equal(s->seats[seat].token.serial, OLD);
    must(room_walk(&r, STATIONS, &e), &e);
    file = (struct bytes){0};
    room_read(&r, "bundle/transcript.txt", &file);
    assert_non_null(strstr(bytes_str(&file), "serial " OLD));
    assert_non_null(strstr(bytes_str(&file), ", token " OLD));
    bytes_clear(&file);
    end(&r, keys);
}

/* Half-way, the same key turns up on another token: somebody has a copy. */
static void a_copy_on_another_token_does_not_sign(void **state)
{
    static const struct fake_row second_fails[] = {{FAKE_SIGN, 2, FAKE_FAILS}};
    const struct session *s;
    struct token_info token, other;
    struct key *keys[2];
    struct room r;
    struct err e;

    (void)state;
    begin(&r, keys);
    room_edit(&r, "\"keyholders\": [\"Alice\", \"Bo\", \"Chen\", \"Dee\", \"Ee\"]",
              "\"same_keys_as\":\t\"root\"");
    room_edit(&r, "{\"root\": \"root.pub\", \"targets\": \"targets.pub\"}", "\"root.pub\"");
    must(room_open(&r, &e), &e);
    must(room_walk(&r, STATION_SIGNATURES, &e), &e);
    must(room_log_in(&r, 0, &token, &e), &e);
    fake_script(r.t, second_fails, 1);
    assert_int_equal(collect_sign(r.c, 0, r.t, &token, NULL, &e), -1);
    fake_script(r.t, NULL, 0);
    s = ceremony_session(r.c);
    assert_int_equal(s->nsignatures, 1);
    assert_string_equal(s->seats[seat_of(s->plan, 0, SIGNED_ROOT)].token.serial, OLD);
    other = token;
    snprintf(other.id.serial, sizeof other.id.serial, "0013200462");
    assert_int_equal(collect_sign(r.c, 0, r.t, &other, NULL, &e), -1);
    assert_int_equal(e.code, ERR_TOKEN);
    assert_non_null(strstr(e.what, "a copy of the key of 'Alice'"));
    assert_int_equal(ceremony_session(r.c)->nsignatures, 1);
    assert_int_equal(fake_calls(r.t, FAKE_SIGN), 0); /* it was not even asked */
    must(collect_sign(r.c, 0, r.t, &token, NULL, &e), &e);
    assert_int_equal(ceremony_session(r.c)->nsignatures, 2);
    end(&r, keys);
}

/* The attestation that lies beside a given key names a device: no other one signs with it. */
static void an_attested_key_signs_on_its_device_only(void **state)
{
    struct forge_maker m;
    struct forge_x509 leaf;
    struct token_info token;
    struct key *keys[2];
    struct bytes file;
    struct findings f;
    struct plan *p;
    struct room r;
    char hex[SHA256_HEX_SIZE], member[160];
    bool vouched = false;
    struct err e;

    (void)state;
    begin(&r, keys);
    forge_yubihsm_maker(&m);
    hex_of(m.pin[0], SHA256_SIZE, hex);
    snprintf(member, sizeof member, "\"attestation_roots\": [\"%s\"], \"keyholders\"", hex);
    room_edit(&r, "\"keyholders\"", member);
    file = (struct bytes){0};
    bytes_put_span(&file, bytes_span(&m.root_file));
    bytes_put_span(&file, bytes_span(&m.device_file));
    room_write(&r, "inputs/vendor-roots/all.der", bytes_span(&file));
    bytes_clear(&file);
    EVP_PKEY_free(m.token_key);
    m.token_key = fake_private(r.t, OLD, 0);
    assert_int_equal(EVP_PKEY_up_ref(m.token_key), 1);
    leaf = forge_yubihsm(&m);
    leaf.extensions[1].value = span_of("\x02\x04\x00\xC9\x6C\x4E", 6); /* 13200462 */
    forge_x509_put(&leaf, &file);
    room_write(&r, "inputs/attestations/root.der", bytes_span(&file));
    bytes_clear(&file);
    load(&r, &p, &e, 0);
    must(plan_rules_check(p, 1795392000, &f, &e), &e);
    for (size_t i = 0; i < f.n; i++)
        vouched = vouched || strcmp(f.items[i].rule, "attested") == 0;
    assert_true(vouched); /* the plan does not say which token it is */
    assert_false(findings_refused(&f));
    findings_clear(&f);
    plan_free(p);
    must(room_open(&r, &e), &e);
    must(room_walk(&r, STATION_SIGNATURES, &e), &e);
    must(room_log_in(&r, 0, &token, &e), &e);
    assert_int_equal(collect_sign(r.c, 0, r.t, &token, NULL, &e), -1);
    assert_int_equal(e.code, ERR_TOKEN);
    assert_non_null(strstr(e.what, "13200462"));
    snprintf(token.id.serial, sizeof token.id.serial, "13200462");
    must(collect_sign(r.c, 0, r.t, &token, NULL, &e), &e);
    forge_maker_clear(&m);
    end(&r, keys);
}

/* An attestation of a given key that contradicts is a refusal of the plan. */
static void a_plan_whose_key_was_imported_is_refused(void **state)
{
    struct forge_maker m;
    struct forge_x509 leaf;
    struct key *keys[2];
    struct bytes file;
    struct findings f;
    struct plan *p;
    struct room r;
    struct err e;

    (void)state;
    begin(&r, keys);
    forge_yubihsm_maker(&m);
    EVP_PKEY_free(m.token_key);
    m.token_key = fake_private(r.t, OLD, 1);
    assert_int_equal(EVP_PKEY_up_ref(m.token_key), 1);
    leaf = forge_yubihsm(&m);
    leaf.extensions[2].value = span_of("\x03\x02\x00\x02", 4);
    file = (struct bytes){0};
    forge_x509_put(&leaf, &file);
    room_write(&r, "inputs/attestations/targets.der", bytes_span(&file));
    bytes_clear(&file);
    load(&r, &p, &e, 0);
    must(plan_rules_check(p, 1795392000, &f, &e), &e);
    assert_true(findings_refused(&f));
    findings_clear(&f);
    plan_free(p);
    forge_maker_clear(&m);
    end(&r, keys);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_form_of_a_key_is_taken),
        cmocka_unit_test(bad_members_are_refused),
        cmocka_unit_test(one_file_stands_for_every_role),
        cmocka_unit_test(a_key_is_bound_to_the_token_that_signs),
        cmocka_unit_test(a_copy_on_another_token_does_not_sign),
        cmocka_unit_test(an_attested_key_signs_on_its_device_only),
        cmocka_unit_test(a_plan_whose_key_was_imported_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
