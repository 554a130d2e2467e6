/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a machine knows a journal, and how a ceremony continues that it does not know. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "ceremony/acts/enrol.h"
#include "ceremony/base/env.h"
#include "ceremony/base/words.h"
#include "ceremony/publication/publication.h"
#include "ceremony/record/bundle.h"
#include "ceremony/rules/proposal_rules.h"
#include "metadata/client/client.h"
#include "room.h"

static int make(void **state)
{
    struct room *r = calloc(1, sizeof *r);

    assert_non_null(r);
    room_make(r);
    r->memory = MEMORY;
    *state = r;
    return 0;
}

static int clear(void **state)
{
    room_clear(*state);
    free(*state);
    return 0;
}

/* Opens the ceremony and goes on to that station. */
static void walk_to(struct room *r, enum station until)
{
    struct err e;

    if (room_open(r, &e) != 0 || room_walk(r, until, &e) != 0)
        fail_msg("%s, %s", e.what, e.where);
}

/* Two people sign, then the program ends. */
static void sign_half(struct room *r)
{
    struct err e;

    walk_to(r, STATION_SIGNATURES);
    for (size_t i = 0; i < 2; i++)
        if (room_sign(r, i, &e) != 0)
            fail_msg("%s, %s", e.what, e.where);
    room_close(r);
}

static void open_unknown(struct room *r)
{
    struct err e;

    assert_int_equal(room_open(r, &e), 0);
    assert_true(ceremony_unknown(r->c));
}

static size_t lines(const struct room *r)
{
    return journal_count(ceremony_journal(r->c));
}

/* The words of the last line. */
static char *last_words(const struct room *r)
{
    uint8_t digest[SHA256_SIZE];
    struct bytes words = {0};

    assert_true(ceremony_last_line(r->c, digest));
    words_text(digest, 0, 8, &words);
    return bytes_take_str(&words);
}

static enum station station(const struct room *r)
{
    return session_station(ceremony_session(r->c));
}

static void a_machine_that_remembers_continues(void **state)
{
    struct room *r = *state;
    struct err e;

    sign_half(r);
    assert_int_equal(room_open(r, &e), 0);
    assert_false(ceremony_unknown(r->c));
    assert_int_equal(station(r), STATION_SIGNATURES);
    assert_int_equal(act_resume(r->c, NULL, &e), -1);
    assert_int_equal(e.code, ERR_USAGE);
    assert_int_equal(room_walk(r, STATIONS, &e), 0);
}

static void nothing_is_added_to_a_journal_that_is_not_known(void **state)
{
    struct room *r = *state;
    struct err e;
    size_t before;

    sign_half(r);
    r->memory = MEMORY_OF_NOTHING;
    open_unknown(r);
    before = lines(r);
    assert_int_equal(act_skip(r->c, 3, "ill", &e), -1);
    assert_int_equal(e.code, ERR_JOURNAL);
    assert_string_equal(e.what, "this machine does not know the journal: it may be anybody's");
    assert_int_equal(room_sign(r, 2, &e), -1);
    assert_int_equal(lines(r), before);
}

/* The attack of a stick: whoever can count appends a line that chains. */
static void a_line_that_was_added_elsewhere_is_noticed(void **state)
{
    struct room *r = *state;

    sign_half(r);
    room_forge(r, "skipped", "{\"holder\":\"Chen\",\"reason\":\"ill\"}");
    open_unknown(r);
}

static void the_words_on_paper_continue_where_it_stood(void **state)
{
    struct room *r = *state;
    char *words, *wrong;
    struct err e;

    sign_half(r);
    r->memory = MEMORY_OF_NOTHING;
    open_unknown(r);
    words = last_words(r);
    wrong = strdup(words);
    *strrchr(wrong, ' ') = '\0'; /* seven of them */
    assert_int_equal(act_resume(r->c, wrong, &e), -1);
    assert_int_equal(e.code, ERR_JOURNAL);
    assert_int_equal(act_resume(r->c, "", &e), -1);
    assert_true(ceremony_unknown(r->c));
    words[0] ^= 0x20; /* case does not matter */
    assert_int_equal(act_resume(r->c, words, &e), 0);
    assert_false(ceremony_unknown(r->c));
    /* another start: readiness and today's date, and nothing else */
    assert_int_equal(station(r), STATION_READINESS);
    assert_int_equal(ceremony_session(r->c)->nsignatures, 4);
    assert_true(session_all_reviewed(ceremony_session(r->c)));
    assert_int_equal(room_walk(r, STATIONS, &e), 0);
    free(words);
    free(wrong);
}

/* What the room said is asked again; what was signed counts, over what the room has seen now. */
static void without_paper_all_is_confirmed_again(void **state)
{
    static const enum station order[] = {STATION_READINESS, STATION_PLAN, STATION_ROLL_CALL,
                                         STATION_REVIEW, STATION_SIGNATURES};
    struct room *r = *state;
    struct err e;

    sign_half(r);
    r->memory = MEMORY_OF_NOTHING;
    open_unknown(r);
    r->memory = MEMORY; /* from here on it remembers */
    assert_int_equal(act_resume(r->c, NULL, &e), 0);
    assert_true(ceremony_session(r->c)->journal_unknown);
    assert_int_equal(room_sign(r, 2, &e), -1);
    assert_int_equal(e.code, ERR_INCOMPLETE);
    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
        assert_int_equal(station(r), order[i]);
        assert_int_equal(ceremony_session(r->c)->nsignatures, 4);
        if (i + 1 < sizeof order / sizeof order[0])
            assert_int_equal(room_walk(r, order[i + 1], &e), 0);
    }
    /* the same after a kill */
    room_close(r);
    assert_int_equal(room_open(r, &e), 0);
    assert_false(ceremony_unknown(r->c));
    assert_int_equal(room_walk(r, STATIONS, &e), 0);
}

static void the_day_of_what_is_signed_stays(void **state)
{
    struct room *r = *state;
    const struct session *s;
    struct err e;
    utc_t day;

    sign_half(r);
    r->memory = MEMORY_OF_NOTHING;
    open_unknown(r);
    assert_int_equal(act_resume(r->c, NULL, &e), 0);
    day = ceremony_session(r->c)->date;
    assert_int_equal(act_confirm_date(r->c, day - UTC_DAY, &e), -1);
    assert_int_equal(e.code, ERR_PLAN);
    assert_int_equal(act_confirm_date(r->c, day + UTC_DAY, &e), 0);
    s = ceremony_session(r->c);
    assert_int_equal(s->date, day);
    assert_int_equal(s->nsignatures, 4);
    assert_int_equal(act_confirm_date(r->c, day + UTC_DAY, &e), -1); /* once a start */
}

/* Nobody here saw the keys being made: the review says so. */
static void keys_of_a_journal_that_is_not_known_are_named(void **state)
{
    struct room *r = *state;
    struct findings f;
    bool named = false;
    struct err e;

    walk_to(r, STATION_REVIEW);
    room_close(r);
    r->memory = MEMORY_OF_NOTHING;
    open_unknown(r);
    assert_int_equal(act_resume(r->c, NULL, &e), 0);
    assert_int_equal(proposal_rules_check(ceremony_session(r->c), 0, &f, &e), 0);
    for (size_t i = 0; i < f.n; i++)
        if (strcmp(f.items[i].rule, "key-elsewhere") == 0) {
            assert_int_equal(f.items[i].level, FINDING_WARNING);
            assert_string_equal(f.items[i].text,
                                "5 keys stand in the journal that this machine did not know");
            named = true;
        }
    assert_true(named);
    findings_clear(&f);
}

/* Lines that chain and fit, by whoever had the folder: none of what they say is left. */
static void what_strangers_said_of_people_and_tokens_is_gone(void **state)
{
    struct room *r = *state;
    const struct session *s;
    struct err e;

    sign_half(r);
    r->memory = MEMORY_OF_NOTHING;
    room_forge(r, "skipped", "{\"holder\":\"Dee\",\"reason\":\"Eve said so\"}");
    room_forge(r, "bagged", "{\"holder\":\"Alice\",\"bag\":\"EVIL-1\"}");
    open_unknown(r);
    assert_string_equal(ceremony_session(r->c)->holders[0].bag, "EVIL-1");
    assert_int_equal(act_resume(r->c, NULL, &e), 0);
    s = ceremony_session(r->c);
    assert_null(s->holders[0].bag);
    assert_null(s->holders[3].skip_reason);
    assert_true(s->seats[0].elsewhere);
    assert_int_equal(room_walk(r, STATIONS, &e), 0);
}

/* A key on a token is "made here" by what this room wrote down, and not by what strangers did. */
static void a_key_that_strangers_generate_was_not_made_here(void **state)
{
    struct room *r = *state;
    struct bytes line = {0};
    struct token_info token;
    struct token_key_list keys;
    struct candidate k = {0};
    struct err e;

    walk_to(r, STATION_ENROLMENT);
    assert_int_equal(room_log_in(r, 0, &token, &e), 0);
    assert_int_equal(enrol_generate(r->c, 0, r->t, &token, NULL, &k, &e), 0);
    candidate_clear(&k);
    room_close(r);
    r->memory = MEMORY_OF_NOTHING;
    open_unknown(r);
    assert_int_equal(act_resume(r->c, NULL, &e), 0);
    assert_int_equal(room_walk(r, STATION_ENROLMENT, &e), 0);
    assert_int_equal(room_log_in(r, 0, &token, &e), 0);
    assert_int_equal(r->t->driver->keys(r->t->self, &keys, &e), 0);
    assert_int_equal(keys.n, 1);
    assert_int_equal(enrol_existing(r->c, 0, r->t, &token, &keys.items[0], &k, &e), 0);
    assert_false(k.generated_here);
    candidate_clear(&k);
    token_key_list_clear(&keys);
    bytes_clear(&line);
}

/* A journal that ends with "closed" is not known for that; its bundle is made again all the same. */
static void a_closed_journal_of_strangers_is_not_known(void **state)
{
    struct room *r = *state;
    struct bundle b;
    struct err e;

    walk_to(r, STATIONS);
    room_close(r);
    r->memory = MEMORY_OF_NOTHING;
    open_unknown(r);
    assert_int_equal(act_resume(r->c, NULL, &e), -1);
    assert_int_equal(e.code, ERR_USAGE);
    assert_int_equal(bundle_write(r->c, ceremony_store(r->c), &b, &e), 0);
    bundle_clear(&b);
}

/* Nothing is written before the room has decided. */
static void no_bundle_comes_of_a_journal_that_is_not_known(void **state)
{
    struct room *r = *state;
    struct bytes manifest = {0};
    struct bundle b;
    struct err e;

    walk_to(r, STATION_BUNDLE);
    room_close(r);
    r->memory = MEMORY_OF_NOTHING;
    open_unknown(r);
    assert_int_equal(bundle_write(r->c, ceremony_store(r->c), &b, &e), -1);
    assert_int_equal(e.code, ERR_JOURNAL);
    assert_false(room_read_if(r, "bundle/manifest.json", &manifest));
    bytes_clear(&manifest);
}

/* Metadata that was dated in the past by strangers is looked at by today's date. */
static void today_is_the_date_that_this_room_confirmed(void **state)
{
    struct room *r = *state;
    struct check checks[ROOM_CHECKS];
    const struct readiness ready = {checks, ROOM_CHECKS};
    struct client_report report;
    struct publication files;
    struct err e;
    utc_t late;

    walk_to(r, STATION_CLIENT_VIEW);
    late = ceremony_session(r->c)->date + 400 * UTC_DAY;
    room_close(r);
    r->memory = MEMORY_OF_NOTHING;
    open_unknown(r);
    assert_int_equal(act_resume(r->c, NULL, &e), 0);
    room_checks(checks);
    assert_int_equal(act_readiness(r->c, &ready, &e), 0);
    assert_int_equal(act_confirm_date(r->c, late, &e), 0);
    assert_int_equal(room_walk(r, STATION_CLIENT_VIEW, &e), 0);
    assert_int_equal(act_client_view(r->c, &report, &files, &e), -1);
    assert_int_equal(e.code, ERR_EXPIRED);
    client_report_clear(&report);
    publication_clear(&files);
}

/* The power may go between the machine's note and the journal's sync. */
static void a_cut_between_note_and_line_is_no_stranger(void **state)
{
    struct room *r = *state;
    struct err e;

    walk_to(r, STATION_ROLL_CALL);
    r->fail_at = r->writes + 1;
    r->fail_on = true;
    assert_int_equal(act_skip(r->c, 3, "ill", &e), -1);
    room_close(r);
    r->fail_at = 0;
    r->fail_on = false;
    assert_int_equal(room_open(r, &e), 0);
    assert_false(ceremony_unknown(r->c));
}

/* One write of several lines, torn behind the first of them. */
static void a_cut_inside_a_commit_is_no_stranger(void **state)
{
    struct room *r = *state;
    struct bytes text = {0};
    struct err e;
    size_t before;

    walk_to(r, STATION_SIGNATURES);
    before = lines(r);
    r->power_goes = true;
    assert_int_equal(room_sign(r, 0, &e), 0);
    assert_int_equal(lines(r), before + 2);
    room_close(r);
    room_read(r, "journal.jsonl", &text);
    text.n = (size_t)((const uint8_t *)memrchr(text.p, '\n', text.n - 1) - text.p) + 1;
    room_write(r, "journal.jsonl", bytes_span(&text));
    assert_int_equal(room_open(r, &e), 0);
    assert_int_equal(lines(r), before + 1);
    assert_false(ceremony_unknown(r->c));
    bytes_clear(&text);
}

/* On a full disk the old note goes: by it, a journal that was rolled back would be known. */
static void a_note_that_can_not_be_renewed_is_gone(void **state)
{
    char dir[] = "/tmp/remembered.XXXXXX", path[96], command[96];
    struct bytes text = {0};
    struct err e;

    (void)state;
    assert_non_null(mkdtemp(dir));
    assert_int_equal(setenv("XDG_STATE_HOME", dir, 1), 0);
    assert_int_equal(remembered_write(NULL, "a1", span_str("old"), true, &e), 0);
    assert_int_equal(remembered_read(NULL, "a1", &text, &e), 1);
    assert_string_equal(bytes_str(&text), "old");
    bytes_clear(&text);
    snprintf(path, sizeof path, "%s/tuf-ceremony/a1.part", dir); /* in the way of the new one */
    assert_int_equal(mkdir(path, 0700), 0);
    assert_int_equal(remembered_write(NULL, "a1", span_str("new"), true, &e), -1);
    assert_int_equal(e.code, ERR_IO);
    assert_int_equal(remembered_read(NULL, "a1", &text, &e), 0);
    snprintf(command, sizeof command, "rm -rf '%s'", dir);
    assert_int_equal(system(command), 0);
}

static void a_machine_that_can_not_remember_says_so(void **state)
{
    struct room *r = *state;

    r->forgets = true;
    walk_to(r, STATION_ROLL_CALL);
    assert_true(ceremony_forgetful(r->c));
    room_close(r);
    open_unknown(r);
}

/* A changed plan, in a folder that is not known: the reviews of before are not carried over. */
static void what_strangers_said_is_not_carried_to_another_plan(void **state)
{
    struct room *r = *state;
    struct bytes text = {0};
    char first[16];
    struct err e;

    sign_half(r);
    r->memory = MEMORY_OF_NOTHING;
    room_edit(r, "\"Root key", "\"The root key");
    assert_int_equal(room_open_mode(r, CEREMONY_WALK, &e), 0);
    assert_true(ceremony_unknown(r->c) && ceremony_changed(r->c));
    snprintf(first, sizeof first, "%s", word_of(ceremony_plan(r->c)->sha256[0], 0));
    assert_int_equal(act_plan_changed(r->c, first, &e), -1);
    assert_int_equal(e.code, ERR_JOURNAL);
    assert_int_equal(act_resume(r->c, NULL, &e), 0);
    assert_int_equal(act_plan_changed(r->c, first, &e), 0);
    assert_int_equal(station(r), STATION_READINESS);
    assert_int_equal(room_walk(r, STATION_REVIEW, &e), 0);
    assert_false(session_all_reviewed(ceremony_session(r->c)));
    assert_int_equal(ceremony_session(r->c)->nsignatures, 4);
    bytes_clear(&text);
}

static void digits_serve_as_well_as_words(void **state)
{
    static const uint8_t digest[] = {0x6b, 0x28, 0x43, 0x4e};

    (void)state;
    assert_true(words_are("glitter cellulose crucial distortion", digest, 4));
    assert_true(words_are(" Glitter, CELLULOSE  crucial,distortion ", digest, 4));
    assert_true(words_are("6b28 434E", digest, 4));
    assert_false(words_are("6b28 434f", digest, 4));
    assert_false(words_are("6b28", digest, 4));
    assert_false(words_are("cellulose glitter crucial distortion", digest, 4));
    assert_false(words_are("", digest, 4));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make, clear)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_machine_that_remembers_continues),
        TEST(nothing_is_added_to_a_journal_that_is_not_known),
        TEST(a_line_that_was_added_elsewhere_is_noticed),
        TEST(the_words_on_paper_continue_where_it_stood),
        TEST(without_paper_all_is_confirmed_again),
        TEST(keys_of_a_journal_that_is_not_known_are_named),
        TEST(what_strangers_said_of_people_and_tokens_is_gone),
        TEST(a_key_that_strangers_generate_was_not_made_here),
        TEST(a_closed_journal_of_strangers_is_not_known),
        TEST(no_bundle_comes_of_a_journal_that_is_not_known),
        TEST(today_is_the_date_that_this_room_confirmed),
        TEST(the_day_of_what_is_signed_stays),
        TEST(a_cut_between_note_and_line_is_no_stranger),
        TEST(a_machine_that_can_not_remember_says_so),
        TEST(what_strangers_said_is_not_carried_to_another_plan),
        TEST(a_cut_inside_a_commit_is_no_stranger),
        cmocka_unit_test(a_note_that_can_not_be_renewed_is_gone),
        cmocka_unit_test(digits_serve_as_well_as_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
