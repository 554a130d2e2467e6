/* SPDX-License-Identifier: Apache-2.0 */
/* A seat gets its key: tokens that can't, that show nothing or say little; and lines of a journal
 * that somebody wrote by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ceremony/acts/enrol.h"
#include "ceremony/acts/made_here.h"
#include "ceremony/base/finding.h"
#include "forger.h"

#define ALICE 0 /* her seat and her place among the keyholders */

/* At the enrolment, nobody enrolled. */
static int make(void **state)
{
    struct room *r = calloc(1, sizeof *r);
    struct err e;

    if (r == NULL)
        return -1;
    room_make(r);
    must(room_open(r, &e), &e);
    must(room_walk(r, STATION_ENROLMENT, &e), &e);
    *state = r;
    return 0;
}

static int clear(void **state)
{
    room_clear(*state);
    free(*state);
    return 0;
}

static size_t lines(const struct room *r)
{
    return journal_count(ceremony_journal(r->c));
}

static void a_token_that_lacks_the_mechanism(void **state)
{
    struct room *r = *state;
    size_t before = lines(r);
    struct token_info token;
    struct candidate k;
    struct err e;

    fake_lacks(r->t, "S0", ceremony_plan(r->c)->seats[ALICE].key_type);
    must(room_log_in(r, ALICE, &token, &e), &e);
    assert_int_equal(enrol_generate(r->c, ALICE, r->t, &token, NULL, &k, &e), -1);
    assert_int_equal(e.code, ERR_TOKEN);
    assert_non_null(strstr(e.where, "making a key for keyholder 'Alice'"));
    assert_non_null(strstr(e.todo, "another token"));
    assert_null(k.key.key);
    assert_null(ceremony_session(r->c)->seats[ALICE].key);
    assert_int_equal(lines(r), before + 1); /* that a key is about to be made */
}

/* Nobody can compare the fingerprint of a key that is not shown: neither a new nor an old one. */
static void a_token_that_shows_no_public_key(void **state)
{
    struct room *r = *state;
    size_t before = lines(r);
    struct token_info token;
    struct token_key_list keys;
    struct candidate k;
    struct err e;

    fake_hides(r->t, "S0");
    must(room_log_in(r, ALICE, &token, &e), &e);
    assert_int_equal(enrol_generate(r->c, ALICE, r->t, &token, NULL, &k, &e), -1);
    assert_int_equal(e.code, ERR_TOKEN);
    assert_non_null(strstr(e.what, "does not show the public half"));
    assert_non_null(strstr(e.where, "'Alice'"));
    assert_non_null(strstr(e.todo, "another token"));
    assert_null(k.key.key);

    must(r->t->driver->keys(r->t->self, &keys, &e), &e);
    assert_int_equal(keys.n, 1); /* made, and of no use */
    assert_int_equal(enrol_existing(r->c, ALICE, r->t, &token, &keys.items[0], &k, &e), -1);
    assert_int_equal(e.code, ERR_TOKEN);
    assert_non_null(strstr(e.what, "does not show the public half of key 'tuf root Alice'"));
    assert_non_null(strstr(e.where, "'Alice'"));
    assert_null(k.key.key);
    token_key_list_clear(&keys);
    assert_int_equal(lines(r), before + 1);
}

/* The first finding but that no maker vouches: of none of these keys one does. */
static const struct finding *first(const struct findings *f)
{
    for (size_t i = 0; i < f->n; i++)
        if (strcmp(f->items[i].rule, "no-attestation") != 0)
            return &f->items[i];
    return NULL;
}

static struct candidate generated(struct room *r, size_t seat)
{
    struct token_info token;
    struct candidate k;
    struct err e;

    must(room_log_in(r, ceremony_plan(r->c)->seats[seat].holder, &token, &e), &e);
    must(enrol_generate(r->c, seat, r->t, &token, NULL, &k, &e), &e);
    return k;
}

/* What a token claims of a key, and what people are told of it. */
static void what_a_token_claims(void **state)
{
    static const struct {
        enum claim local, sensitive, always_sensitive, extractable, never_extractable;
        bool here;
        const char *rule; /* NULL: nothing to say */
        enum finding_level level;
    } rows[] = {
#define Y CLAIM_YES
#define N CLAIM_NO
#define U CLAIM_UNKNOWN
        {Y, Y, Y, N, Y, true, NULL, FINDING_WARNING},
        {Y, Y, Y, Y, Y, true, "extractable", FINDING_REFUSAL},
        {Y, N, Y, N, Y, true, "extractable", FINDING_REFUSAL},
        {U, U, U, Y, U, false, "extractable", FINDING_REFUSAL},
        {N, Y, Y, N, Y, false, "imported", FINDING_WARNING},
        {Y, Y, Y, N, N, false, "was-extractable", FINDING_WARNING},
        {Y, Y, N, N, Y, false, "was-extractable", FINDING_WARNING},
        {U, U, U, U, U, true, "not-reported", FINDING_WARNING},
        {Y, U, Y, N, Y, true, "not-reported", FINDING_WARNING},
        {U, Y, Y, N, Y, false, "unknown-origin", FINDING_WARNING},
        {U, U, U, U, U, false, "unknown-origin", FINDING_WARNING},
#undef Y
#undef N
#undef U
    };
    struct room *r = *state;
    struct candidate k = generated(r, ALICE);
    size_t before = lines(r);
    struct err e;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct finding *found;
        struct findings f;

        k.key.local = rows[i].local;
        k.key.sensitive = rows[i].sensitive;
        k.key.always_sensitive = rows[i].always_sensitive;
        k.key.extractable = rows[i].extractable;
        k.key.never_extractable = rows[i].never_extractable;
        k.generated_here = rows[i].here;
        must(enrol_check(ceremony_session(r->c), &k, &f, &e), &e);
        found = first(&f);
        if ((found != NULL) != (rows[i].rule != NULL) ||
            (found != NULL &&
             (strcmp(found->rule, rows[i].rule) != 0 || found->level != rows[i].level)))
            fail_msg("row %zu: %s", i, found != NULL ? found->rule : "nothing");
        findings_clear(&f);
        if (rows[i].level != FINDING_REFUSAL)
            continue;
        assert_int_equal(enrol_confirm(r->c, &k, &e), -1); /* whoever says that it is right */
        assert_int_equal(e.code, ERR_PLAN);
        assert_int_equal(lines(r), before);
    }
    candidate_clear(&k);
}

static void a_key_that_can_not_sign(void **state)
{
    struct room *r = *state;
    struct candidate k = generated(r, ALICE);
    struct findings f;
    struct err e;

    k.key.signs = CLAIM_NO;
    must(enrol_check(ceremony_session(r->c), &k, &f, &e), &e);
    assert_string_equal(f.items[0].rule, "cannot-sign");
    assert_int_equal(f.items[0].level, FINDING_REFUSAL);
    findings_clear(&f);
    assert_int_equal(enrol_confirm(r->c, &k, &e), -1);
    assert_int_equal(e.code, ERR_PLAN);
    candidate_clear(&k);
}

/* `data` with the first `from` made `to`. Heap. */
static char *changed(const char *data, const char *from, const char *to)
{
    const char *at = strstr(data, from);
    struct bytes b;

    if (at == NULL)
        fail_msg("no %s in %s", from, data);
    b = (struct bytes){0};
    bytes_put(&b, data, (size_t)(at - data));
    bytes_put_str(&b, to);
    bytes_put_str(&b, at + strlen(from));
    return bytes_take_str(&b);
}

/* The data of the first line that enrols a key. Heap. */
static char *enrolled_data(const struct room *r)
{
    cJSON *lines = forger_read(r);
    char *data = cJSON_PrintUnformatted(forger_data(lines, "key-enrolled", 0));

    cJSON_Delete(lines);
    return data;
}

#define CLAIMS                                                                                     \
    "\"claims\":{\"local\":\"yes\",\"sensitive\":\"yes\",\"always_sensitive\":\"yes\","            \
    "\"extractable\":"                                                                             \
    "\"no\",\"never_extractable\":\"yes\",\"signs\":\"yes\"}"

/* A journal with one more line is refused, and the reason says what is wrong. */
static void refused(struct room *r, const struct bytes *journal, const char *event,
                    const char *data, const char *says)
{
    struct err e;

    room_write(r, "journal.jsonl", bytes_span(journal));
    room_forge(r, event, data);
    if (room_open(r, &e) == 0)
        fail_msg("not refused: %s %s", event, data);
    if (e.code != ERR_JOURNAL || strstr(e.what, says) == NULL)
        fail_msg("'%s' (%d) does not say '%s'", e.what, (int)e.code, says);
    assert_non_null(strstr(e.where, "line "));
}

/* Lines that would bring a key to a seat; the first is Alice's own, one thing changed. */
static void an_enrolment_by_hand(void **state)
{
    static const struct {
        const char *from, *to, *says;
    } rows[] = {
        {"\"holder\":\"Alice\"", "\"holder\":\"Zoe\"", "a seat that the plan does not have"},
        {"\"role\":\"root\"", "\"role\":\"mirrors\"", "a seat that the plan does not have"},
        {"\"role\":\"root\"", "\"role\":7", "role"},
        {"\"holder\":\"Alice\",", "", "holder"},
        {"\"generated_here\":true", "\"generated_here\":\"yes\"", "generated_here"},
        {"\"claims\":", "\"claims\":7,\"claimed\":", "claims"},
        {"\"key\":", "\"key\":7,\"kez\":", "key"},
        {"\"scheme\":\"", "\"scheme\":\"rot13-", "its scheme is not supported"},
        {"\"serial\":", "\"cereal\":", "serial"},
        {"\"module\":\"", "\"module\":7,\"mod\":\"", "module"},
        {"\"token\":", "\"attestation\":7,\"token\":", "not an object"},
        {"\"token\":", "\"attestation\":{\"form\":\"x\"},\"token\":", "cvc"},
        {"\"token\":", "\"attestation\":{\"form\":\"x\",\"cvc\":\"zz\"},\"token\":", "hex digits"},
        {"\"token\":", "\"attestation\":{\"form\":\"x\",\"cvc\":\"0\"},\"token\":", "hex digits"},
        {"\"token\":", "\"attestation\":{\"form\":\"x\",\"cvc\":\"00\"},\"token\":",
         "no file of certificates"},
        {"\"token\":", "\"attestation\":{\"form\":\"x\",\"pem\":\"none\"},\"token\":",
         "no file of certificates"},
    };
    struct room *r = *state;
    struct bytes before, after;
    struct candidate k = generated(r, ALICE);
    struct err e;
    char *data, *bo;

    before = (struct bytes){0};
    after = (struct bytes){0};
    room_read(r, "journal.jsonl", &before);
    must(enrol_confirm(r->c, &k, &e), &e);
    room_read(r, "journal.jsonl", &after);
    room_close(r);
    data = enrolled_data(r);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char *bad = changed(data, rows[i].from, rows[i].to);

        refused(r, &before, "key-enrolled", bad, rows[i].says);
        free(bad);
    }
    refused(r, &after, "key-enrolled", data, "a seat that has one");
    bo = changed(data, "\"Alice\"", "\"Bo\"");
    refused(r, &after, "key-enrolled", bo, "lost together, they are one token");
    room_write(r, "journal.jsonl", bytes_span(&before)); /* it is right where it stands alone */
    room_forge(r, "key-enrolled", bo);
    must(room_open(r, &e), &e);
    free(bo);
    free(data);
    candidate_clear(&k);
    bytes_clear(&before);
    bytes_clear(&after);
}

static void a_key_of_another_type(void **state)
{
    struct room *r = *state;
    struct candidate k = generated(r, ALICE);
    struct token_key other;
    struct bytes object;
    cJSON *lines;
    struct err e;

    must(r->t->driver->generate(r->t->self, KEY_P384, "k", &other, &e), &e);
    must(enrol_confirm(r->c, &k, &e), &e);
    room_close(r);
    object = (struct bytes){0};
    json_print(key_object(other.key), 0, &object);
    lines = forger_read(r);
    cJSON_ReplaceItemInObject(forger_data(lines, "key-enrolled", 0), "key",
                              cJSON_Parse(bytes_str(&object)));
    forger_write(r, lines);
    cJSON_Delete(lines);
    assert_int_equal(room_open(r, &e), -1);
    assert_int_equal(e.code, ERR_JOURNAL);
    assert_non_null(strstr(e.what, "the plan has ECDSA on P-256"));
    token_key_clear(&other);
    candidate_clear(&k);
    bytes_clear(&object);
}

/* The only key on Alice's token, taken as one that is there. */
static void take_hers(struct room *r, struct candidate *k)
{
    struct token_info token;
    struct token_key_list keys;
    struct err e;

    must(room_log_in(r, ALICE, &token, &e), &e);
    must(r->t->driver->keys(r->t->self, &keys, &e), &e);
    assert_int_equal(keys.n, 1);
    must(enrol_existing(r->c, ALICE, r->t, &token, &keys.items[0], k, &e), &e);
    token_key_list_clear(&keys);
}

/* Killed between the making and the record of a key: it was made here all the same. */
static void a_key_that_a_kill_left_was_made_here(void **state)
{
    struct room *r = *state;
    struct candidate k;
    struct err e;

    k = generated(r, ALICE);
    candidate_clear(&k);
    room_close(r);
    must(room_open(r, &e), &e);
    assert_null(ceremony_session(r->c)->seats[ALICE].key);
    take_hers(r, &k);
    assert_true(k.generated_here);
    must(enrol_confirm(r->c, &k, &e), &e);
    assert_true(ceremony_session(r->c)->seats[ALICE].generated_here);
    candidate_clear(&k);
}

static void a_key_that_was_withdrawn_was_made_here(void **state)
{
    struct room *r = *state;
    struct candidate k;
    struct err e;

    k = generated(r, ALICE);
    must(enrol_confirm(r->c, &k, &e), &e);
    must(enrol_withdraw(r->c, ALICE, &e), &e);
    candidate_clear(&k);
    take_hers(r, &k);
    assert_true(k.generated_here);
    candidate_clear(&k);
}

static bool was_made(const struct room *r, const struct token_info *t, const struct token_key *k)
{
    const struct journal *j = ceremony_journal(r->c);
    struct err e;

    return made_here(j, journal_count(j), t, k, k->label, &e) > 0;
}

/* Made before the ceremony with the very label that it gives: no line says that it was not there.
 */
static void a_key_that_was_there_before_was_not_made_here(void **state)
{
    struct room *r = *state;
    struct token_info token;
    struct token_key key;
    struct token_key_list keys;
    struct candidate k;
    struct err e;

    must(room_log_in(r, ALICE, &token, &e), &e);
    must(r->t->driver->generate(r->t->self, ceremony_plan(r->c)->seats[ALICE].key_type,
                                "tuf root Alice", &key, &e),
         &e);
    take_hers(r, &k);
    assert_false(k.generated_here);
    candidate_clear(&k);
    k = generated(r, ALICE); /* another one, now: that is no reason to believe the first */
    candidate_clear(&k);
    must(room_log_in(r, ALICE, &token, &e), &e);
    must(r->t->driver->keys(r->t->self, &keys, &e), &e);
    assert_int_equal(keys.n, 2);
    for (size_t i = 0; i < keys.n; i++)
        assert_int_equal(was_made(r, &token, &keys.items[i]),
                         !key_same_material(keys.items[i].key, key.key));
    strcpy(token.id.serial, "S9");
    for (size_t i = 0; i < keys.n; i++)
        assert_false(was_made(r, &token, &keys.items[i]));
    token_key_list_clear(&keys);
    token_key_clear(&key);
}

/* Made and not used: it is known again, and can be destroyed; what is somebody's, or was there
 * before, is not. */
static void a_key_that_is_left_over_can_be_destroyed(void **state)
{
    struct room *r = *state;
    struct token_key_list keys;
    struct candidate k = generated(r, ALICE);
    struct token_info token = k.token;
    struct err e;
    size_t before;

    must(enrol_confirm(r->c, &k, &e), &e);
    candidate_clear(&k);
    must(r->t->driver->keys(r->t->self, &keys, &e), &e);
    assert_int_equal(keys.n, 1);
    assert_false(enrol_left_over(r->c, &token, &keys.items[0]));
    before = lines(r);
    assert_int_equal(enrol_destroy(r->c, ALICE, r->t, &token, r->pin, &keys.items[0], &e), -1);
    assert_int_equal(e.code, ERR_PLAN);
    assert_int_equal(lines(r), before);
    must(enrol_withdraw(r->c, ALICE, &e), &e);
    assert_true(enrol_left_over(r->c, &token, &keys.items[0]));
    must(enrol_destroy(r->c, ALICE, r->t, &token, r->pin, &keys.items[0], &e), &e);
    token_key_list_clear(&keys);
    must(r->t->driver->keys(r->t->self, &keys, &e), &e);
    assert_int_equal(keys.n, 0);
    token_key_list_clear(&keys);
    room_close(r);
    must(room_open(r, &e), &e); /* the line follows */
    assert_null(ceremony_session(r->c)->seats[ALICE].key);
}

/* What the disk does not take is not made. */
static void no_key_is_made_before_the_journal_says_so(void **state)
{
    struct room *r = *state;
    struct token_info token;
    struct token_key_list keys;
    struct candidate k;
    struct err e;

    must(room_log_in(r, ALICE, &token, &e), &e);
    r->fail_at = r->writes + 1;
    assert_int_equal(enrol_generate(r->c, ALICE, r->t, &token, NULL, &k, &e), -1);
    assert_int_equal(e.code, ERR_IO);
    must(r->t->driver->keys(r->t->self, &keys, &e), &e);
    assert_int_equal(keys.n, 0);
    token_key_list_clear(&keys);
}

static void a_pin_that_was_refused_is_recorded_without_it(void **state)
{
    struct room *r = *state;
    struct token_info token;
    struct bytes journal;
    struct err e;
    size_t before = lines(r);

    must(room_log_in(r, ALICE, &token, &e), &e);
    err_set(&e, ERR_TOKEN, "the token left");
    assert_int_equal(act_pin_refused(r->c, &token, ALICE, &e), -1);
    assert_int_equal(lines(r), before);
    err_set(&e, ERR_PIN, "the PIN is wrong");
    assert_int_equal(act_pin_refused(r->c, &token, ALICE, &e), -1);
    assert_int_equal(e.code, ERR_PIN);
    assert_int_equal(lines(r), before + 1);
    assert_int_equal(journal_event(ceremony_journal(r->c), before)->type, EVENT_PIN_REFUSED);
    journal = (struct bytes){0};
    room_read(r, "journal.jsonl", &journal);
    assert_non_null(strstr(bytes_str(&journal), "\"reason\":\"the PIN is wrong\""));
    bytes_clear(&journal);
    r->fail_at = r->writes + 1; /* a record that is not on disk is not passed over */
    assert_int_equal(act_pin_refused(r->c, &token, ALICE, &e), -1);
    assert_int_equal(e.code, ERR_IO);
}

#define TOKEN                                                                                      \
    "\"token\":{\"manufacturer\":\"\",\"model\":\"\",\"serial\":\"\",\"label\":\"\","              \
    "\"firmware\":\"\",\"module\":\"\"}"

static void other_lines_by_hand(void **state)
{
    static const struct {
        const char *event, *data, *says;
    } rows[] = {
        {"key-withdrawn", "{\"role\":\"root\",\"holder\":\"Alice\"}", "that was not enrolled"},
        {"key-withdrawn", "{\"role\":\"root\",\"holder\":\"Zoe\"}", "does not have"},
        {"key-withdrawn", "{\"role\":\"root\"}", "holder"},
        {"key-destroying", "{\"role\":\"root\",\"holder\":\"Alice\",\"keyid\":\"00\"}",
         "too early"},
        {"key-destroying", "{\"role\":\"root\",\"holder\":\"Alice\"}", "keyid"},
        {"token-administered", "{" TOKEN "}", "act"},
        {"token-administered", "{\"act\":\"melted\"," TOKEN "}", "that this program does not do"},
        {"token-administered", "{\"act\":\"pin-changed\"}", "token"},
        {"key-generating", "{\"role\":\"root\",\"holder\":\"Bo\",\"label\":\"x\"," TOKEN "}",
         "keys_before"},
        {"key-generating", "{\"role\":\"root\",\"holder\":\"Bo\",\"keys_before\":[]," TOKEN "}",
         "label"},
        {"key-generating",
         "{\"role\":\"root\",\"holder\":\"Bo\",\"keys_before\":[],\"label\":\"x\"}", "token"},
        {"pin-refused", "{" TOKEN "}", "reason"},
        {"pin-refused", "{\"reason\":\"wrong\"}", "token"},
        {"bagged", "{\"holder\":\"Zoe\",\"bag\":\"1\"}", "too early"},
        {"bagged", "{\"holder\":\"Alice\"}", "bag"},
        {"resumed", "{\"format\":4}", "program"},
    };
    struct room *r = *state;
    struct bytes journal;

    journal = (struct bytes){0};
    room_read(r, "journal.jsonl", &journal);
    room_close(r);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        refused(r, &journal, rows[i].event, rows[i].data, rows[i].says);
    bytes_clear(&journal);
}

#define ENROLLED                                                                                   \
    "{\"role\":\"root\",\"holder\":\"Alice\",\"key\":{}," CLAIMS ",\"generated_here\":"            \
    "true," TOKEN "}"

/* Whose keys they are is not said before everybody agreed on the plan. */
static void nothing_of_it_before_the_plan(void **state)
{
    struct room *r = *state;
    struct bytes journal;
    const uint8_t *first;

    journal = (struct bytes){0};
    room_read(r, "journal.jsonl", &journal);
    room_close(r);
    first = memchr(journal.p, '\n', journal.n);
    bytes_truncate(&journal, (size_t)(first - journal.p) + 1);
    refused(r, &journal, "key-enrolled", ENROLLED, "too early");
    refused(r, &journal, "key-generating",
            "{\"role\":\"root\",\"holder\":\"Bo\",\"keys_before\":[],\"label\":\"x\"," TOKEN "}",
            "too early");
    bytes_clear(&journal);
}

/* Nobody comes to a seat, or leaves it, once a signature is there. */
static void nothing_of_it_after_a_signature(void **state)
{
    static const char data[] = "{\"role\":\"root\",\"holder\":\"Alice\"}";
    struct room *r = *state;
    struct bytes journal;
    struct err e;
    char *enrolled;

    journal = (struct bytes){0};
    must(room_walk(r, STATION_SIGNATURES, &e), &e);
    must(room_sign(r, ALICE, &e), &e);
    enrolled = enrolled_data(r);
    room_read(r, "journal.jsonl", &journal);
    room_close(r);
    refused(r, &journal, "key-withdrawn", data, "withdrawn after something was signed");
    refused(r, &journal, "key-enrolled", enrolled, "enrolled after something was");
    free(enrolled);
    bytes_clear(&journal);
}

int main(void)
{
#define ENROL(f) cmocka_unit_test_setup_teardown(f, make, clear)
    const struct CMUnitTest tests[] = {
        ENROL(a_token_that_lacks_the_mechanism),
        ENROL(a_token_that_shows_no_public_key),
        ENROL(what_a_token_claims),
        ENROL(a_key_that_can_not_sign),
        ENROL(an_enrolment_by_hand),
        ENROL(a_key_of_another_type),
        ENROL(a_key_that_a_kill_left_was_made_here),
        ENROL(a_key_that_was_withdrawn_was_made_here),
        ENROL(a_key_that_was_there_before_was_not_made_here),
        ENROL(a_key_that_is_left_over_can_be_destroyed),
        ENROL(no_key_is_made_before_the_journal_says_so),
        ENROL(a_pin_that_was_refused_is_recorded_without_it),
        ENROL(other_lines_by_hand),
        ENROL(nothing_of_it_before_the_plan),
        ENROL(nothing_of_it_after_a_signature),
    };
#undef ENROL

    return cmocka_run_group_tests(tests, NULL, NULL);
}
