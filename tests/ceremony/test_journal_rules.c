/* SPDX-License-Identifier: Apache-2.0 */
/* A journal is somebody's word: no line of it brings about what the act would have refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "ceremony/base/words.h"
#include "ceremony/record/bundle.h"
#include "ceremony/record/transcript.h"
#include "forger.h"
#include "years.h"

/* How the journal opens once it was changed. */
static void refused(struct room *r, cJSON *lines, const char *line, const char *says)
{
    struct err e;

    forger_write(r, lines);
    cJSON_Delete(lines);
    if (room_open_mode(r, CEREMONY_READ, &e) == 0)
        fail_msg("not refused: %s", says);
    if (e.code != ERR_JOURNAL || strstr(e.what, says) == NULL || strstr(e.where, line) == NULL)
        fail_msg("'%s', %s (%d) does not say '%s', %s", e.what, e.where, (int)e.code, says, line);
}

static int make(void **state)
{
    struct room *r = calloc(1, sizeof *r);

    if (r == NULL)
        return -1;
    room_make(r);
    *state = r;
    return 0;
}

static int clear(void **state)
{
    room_clear(*state);
    free(*state);
    return 0;
}

static void set(cJSON *data, const char *member, const char *text)
{
    assert_true(cJSON_ReplaceItemInObject(data, member, cJSON_CreateString(text)));
}

/* Keys of a type that nobody can make here; the chain, the digest and the word are right. */
static void a_plan_that_check_refuses_is_accepted_by_no_line(void **state)
{
    struct room *r = *state;
    char hex[SHA256_HEX_SIZE];
    cJSON *lines, *data;
    struct plan *p;
    struct store *s;
    struct err e;

    walk(r, STATION_ROLL_CALL);
    lines = taken(r);
    room_edit(r, "\"key_type\":\t\"ecdsa-p256\"", "\"key_type\": \"ecdsa-p521\"");
    must(store_open(r->dir, &s, &e), &e);
    must(plan_load(s, &p, &e), &e);
    hex_of(p->sha256, SHA256_SIZE, hex);
    set(forger_data(lines, "opened", 0), "plan", hex);
    data = forger_data(lines, "plan-accepted", 0);
    set(data, "plan", hex);
    set(data, "word", word_of(p->sha256[0], 0));
    plan_free(p);
    store_free(s);
    refused(r, lines, "line 4 of the journal, event 'plan-accepted', plan.json, rule 'signs-here'",
            "this program verifies them, and can neither");
}

static void a_warning_is_overridden_as_it_is_or_not_at_all(void **state)
{
    struct room *r = *state;
    cJSON *sound;

    room_edit(r, "\"threshold\":\t3", "\"threshold\": 5"); /* threshold-all */
    walk(r, STATION_ROLL_CALL);
    sound = taken(r);
    for (unsigned i = 0; i < 3; i++) {
        cJSON *lines = cJSON_Duplicate(sound, true);
        cJSON *data = forger_data(lines, "plan-accepted", 0);
        cJSON *list = cJSON_GetObjectItem(data, "overridden");

        assert_true(cJSON_GetArraySize(list) > 0);
        if (i == 0)
            cJSON_DeleteItemFromObject(data, "overridden");
        else if (i == 1)
            set(cJSON_GetArrayItem(list, 0), "text", "nothing to worry about");
        else
            cJSON_AddItemToArray(list, cJSON_Duplicate(cJSON_GetArrayItem(list, 0), true));
        refused(r, lines, "line 4 of the journal", "not those that plan and rules give");
    }
    cJSON_Delete(sound);
}

/* Dee was not there; Alice's signatures are made hers. */
static void nobody_signs_by_anothers_key(void **state)
{
    struct room *r = *state;
    cJSON *lines;

    walk(r, STATION_CLIENT_VIEW);
    lines = taken(r);
    set(forger_data(lines, "signature", 0), "holder", "Dee");
    refused(r, lines, "event 'signature'", "another keyholder's");
}

/* The signatures of two keyholders and not of three: the client is not asked by anybody. */
static void a_client_that_was_not_asked_accepts_nothing(void **state)
{
    struct room *r = *state;
    cJSON *lines, *view;
    int n;

    walk(r, STATION_BUNDLE);
    lines = taken(r);
    n = cJSON_GetArraySize(lines);
    view = cJSON_DetachItemFromArray(lines, n - 1);
    cJSON_DeleteItemFromArray(lines, n - 2);
    cJSON_AddItemToArray(lines, view);
    refused(r, lines, "event 'client-view'", "before the signatures were complete");
}

/* The line of its view is there; the targets in force went bad since. */
static void a_bundle_is_made_when_a_client_takes_it_and_not_when_a_line_does(void **state)
{
    struct years *y = *state;
    struct bundle b;
    struct err e;

    room_edit(&y->next, "\"sign\":\t[\"root\", \"targets\"]", "\"sign\": [\"root\"]");
    walk(&y->next, STATION_BUNDLE);
    must(bundle_make(y->next.c, &b, &e), &e);
    bundle_clear(&b);
    room_write(&y->next, "inputs/trusted/1.targets.json", span_str("{}"));
    assert_true(ceremony_session(y->next.c)->client_accepted);
    assert_int_equal(bundle_make(y->next.c, &b, &e), -1);
    assert_int_equal(e.code, ERR_INPUT);
}

static void the_bundle_that_is_closed_is_the_one_that_was_written(void **state)
{
    static const char zeros[] = "0000000000000000000000000000000000000000000000000000000000000000";
    struct room *r = *state;
    uint8_t transcript[SHA256_SIZE];
    struct bundle b;
    struct err e;
    cJSON *lines;

    walk(r, STATION_CLOSING);
    lines = taken(r);
    set(forger_data(lines, "bundle-written", 0), "manifest", zeros);
    forger_write(r, lines);
    must(room_open(r, &e), &e);
    assert_int_equal(bundle_close(r->c, transcript, &e), -1);
    assert_int_equal(e.code, ERR_JOURNAL);
    room_close(r);
    must(room_open(r, &e), &e);
    must(bundle_write(r->c, ceremony_store(r->c), &b, &e), &e);
    bundle_clear(&b);
    must(bundle_close(r->c, transcript, &e), &e);
    cJSON_Delete(lines);
    lines = taken(r);
    set(forger_data(lines, "closed", 0), "transcript", zeros);
    forger_write(r, lines);
    cJSON_Delete(lines);
    must(room_open(r, &e), &e);
    assert_int_equal(bundle_write(r->c, ceremony_store(r->c), &b, &e), -1);
    assert_int_equal(e.code, ERR_JOURNAL);
    assert_non_null(strstr(e.what, "another transcript"));
}

static void has(const struct room *r, const char *wanted)
{
    struct bytes text = {0};
    char *line;
    struct err e;

    must(transcript_write(r->c, ceremony_session(r->c)->covered, &text, &e), &e);
    line = on_one_line(bytes_str(&text));
    if (strstr(line, wanted) == NULL)
        fail_msg("not there: %s\n%s", wanted, bytes_str(&text));
    free(line);
    bytes_clear(&text);
}

static void a_clock_that_goes_back_is_named(void **state)
{
    struct room *r = *state;
    struct bytes words = {0};
    struct err e;
    cJSON *lines;

    walk(r, STATION_ROLL_CALL);
    journal_put_backward(ceremony_journal(r->c), journal_count(ceremony_journal(r->c)), &words);
    assert_int_equal(words.n, 0);
    lines = taken(r);
    set(forger_line(lines, "date-confirmed", 0), "time", "2026-11-23T12:00:00Z");
    forger_write(r, lines);
    cJSON_Delete(lines);
    must(room_open_mode(r, CEREMONY_READ, &e), &e);
    journal_put_backward(ceremony_journal(r->c), journal_count(ceremony_journal(r->c)), &words);
    assert_string_equal(bytes_str(&words), "line 3 is earlier than line 2 by 2 h\n");
    has(r, "The machine's clock went back: line 3 is earlier than line 2 by 2 h");
    bytes_clear(&words);
}

/* What the room did by a plan that is not there any more can't be verified, and is not stated. */
static void lines_of_a_plan_before_are_named_as_the_journals_word(void **state)
{
    struct room *r = *state;
    struct err e;

    walk(r, STATION_CLIENT_VIEW);
    room_close(r);
    room_edit(r, "Root key ceremony", "Another title");
    must(room_open_mode(r, CEREMONY_REPLAN, &e), &e);
    must(act_plan_changed(r->c, word_of(ceremony_plan(r->c)->sha256[0], 0), &e), &e);
    has(r, "of a plan before, which is not kept: they are the journal's word alone");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_plan_that_check_refuses_is_accepted_by_no_line, make,
                                        clear),
        cmocka_unit_test_setup_teardown(a_warning_is_overridden_as_it_is_or_not_at_all, make,
                                        clear),
        cmocka_unit_test_setup_teardown(nobody_signs_by_anothers_key, make, clear),
        cmocka_unit_test_setup_teardown(a_client_that_was_not_asked_accepts_nothing, make, clear),
        cmocka_unit_test_setup_teardown(
            a_bundle_is_made_when_a_client_takes_it_and_not_when_a_line_does, years_of_root,
            years_clear),
        cmocka_unit_test_setup_teardown(the_bundle_that_is_closed_is_the_one_that_was_written, make,
                                        clear),
        cmocka_unit_test_setup_teardown(a_clock_that_goes_back_is_named, make, clear),
        cmocka_unit_test_setup_teardown(lines_of_a_plan_before_are_named_as_the_journals_word, make,
                                        clear),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
