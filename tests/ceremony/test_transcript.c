/* SPDX-License-Identifier: Apache-2.0 */
/* The transcript: what a reader must not miss, on lines that fit on a page. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ceremony/base/words.h"
#include "ceremony/derive/derive.h"
#include "ceremony/record/transcript.h"
#include "metadata/base/plain.h"
#include "room.h"

static void must(int rc, const struct err *e)
{
    if (rc != 0)
        fail_msg("%s: %s", e->where, e->what);
}

static int make(void **state)
{
    struct room *r = calloc(1, sizeof *r);

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

static void open_room(struct room *r)
{
    struct err e;

    must(room_open(r, &e), &e);
}

static void walk(struct room *r, enum station until)
{
    struct err e;

    must(room_walk(r, until, &e), &e);
}

/* Its lines joined again, so that where they were folded does not matter. */
static void tells(const struct room *r, const char *wanted)
{
    struct bytes text, joined;
    struct err e;

    text = (struct bytes){0};
    joined = (struct bytes){0};
    must(transcript_write(r->c, ceremony_session(r->c)->covered, &text, &e), &e);
    for (size_t i = 0; i < text.n; i++)
        if ((text.p[i] != ' ' && text.p[i] != '\n') ||
            (joined.n > 0 && joined.p[joined.n - 1] != ' '))
            bytes_put_u8(&joined, text.p[i] == '\n' ? ' ' : text.p[i]);
    if (strstr(bytes_str(&joined), wanted) == NULL)
        fail_msg("not told: %s\n%s", wanted, bytes_str(&text));
    bytes_clear(&text);
    bytes_clear(&joined);
}

/* A machine with one warning. */
static struct readiness warned(struct check checks[ROOM_CHECKS], const char *text)
{
    room_checks(checks);
    checks[ROOM_SWAP].level = CHECK_WARN;
    snprintf(checks[ROOM_SWAP].text, sizeof checks[ROOM_SWAP].text, "%s", text);
    return (struct readiness){checks, ROOM_CHECKS};
}

static void what_was_not_done_yet_is_not_stated(void **state)
{
    struct check checks[ROOM_CHECKS];
    const struct readiness ready = warned(checks, "swap is on");
    struct room *r = *state;
    struct err e;

    open_room(r);
    must(act_readiness(r->c, &ready, &e), &e);
    tells(r, "confirmed by the room not yet");
    tells(r, "Plan digest (SHA-256), not accepted yet");
    tells(r, "The roll was not called yet. Keyholders Alice Bo");
}

static void refuse_pin(struct room *r, size_t holder)
{
    struct token_info token;
    struct err e;

    must(room_log_in(r, holder, &token, &e), &e);
    err_set(&e, ERR_PIN, "the PIN is wrong");
    assert_int_equal(act_pin_refused(r->c, &token, (long)holder, &e), -1);
    assert_int_equal(e.code, ERR_PIN);
}

static void what_was_passed_and_refused_is_noted(void **state)
{
    struct check checks[ROOM_CHECKS];
    const struct readiness ready = warned(checks, "swap is on");
    struct room *r = *state;
    struct err e;

    room_edit(r, "\"threshold\":\t3", "\"threshold\":\t5"); /* nobody may lose a token */
    open_room(r);
    must(act_readiness(r->c, &ready, &e), &e);
    must(act_confirm_date(r->c, INT64_C(1795392000) + 3 * 86400, &e), &e);
    walk(r, STATION_SIGNATURES);
    room_close(r);
    must(room_open_mode(r, CEREMONY_WALK, &e), &e);
    refuse_pin(r, 1);
    refuse_pin(r, 1);
    walk(r, STATION_CLIENT_VIEW);
    must(act_bag(r->c, 1, "B-77", &e), &e);
    tells(r, "The confirmed date is 3 days from the machine's clock");
    tells(r, "machine checked: 0 failed, 1 warned: swap is on");
    tells(r, "Warning overridden at the plan: ");
    tells(r, "Warning overridden at review: no root token may be lost: all 5 are needed (rule "
             "'losses')");
    tells(r, "PINs refused: 2, by token S1 \"Bo\"");
    tells(r, "Bo: a PIN was refused, token S1: the PIN is wrong");
    tells(r, "The program was started again 1 time");
    tells(r, "started again, with tuf-ceremony " TC_VERSION ", SHA-256 of its file "
             "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb");
    tells(r, "Bo, present, new bag B-77");
    tells(r, "the token of Bo goes into bag B-77");
}

static void a_key_that_did_not_sign_is_noted(void **state)
{
    struct room *r = *state;

    open_room(r);
    walk(r, STATION_CLIENT_VIEW); /* three of five sign */
    tells(r, "Not seen to sign in this ceremony: the key of Ee for root");
}

static void what_was_as_before_is_told_once(void **state)
{
    struct check checks[ROOM_CHECKS];
    const struct readiness ready = warned(checks, "swap is on");
    struct room *r = *state;
    struct err e;

    open_room(r);
    must(act_readiness(r->c, &ready, &e), &e);
    must(act_readiness(r->c, &ready, &e), &e);
    tells(r, "machine checked again: as before");
    checks[ROOM_SWAP].text[0] = 'S';
    must(act_readiness(r->c, &ready, &e), &e);
    tells(r, "1 warned: Swap is on");
}

/* In a title, a name, a reason, with and without blanks, in characters of one column and several
 * bytes. */
static void no_line_is_longer_than_80_columns(void **state)
{
    struct room *r = *state;
    struct bytes text, reason;
    struct err e;
    size_t columns = 0, longest = 0;
    uint32_t cp;

    open_room(r);
    walk(r, STATION_SIGNATURES);
    reason = (struct bytes){0};
    for (unsigned i = 0; i < 60; i++)
        bytes_put_str(&reason, i < 30 ? "\xC3\xA9\xC3\xA9\xC3\xA9 " : "\xC3\xA9\xC3\xA9\xC3\xA9");
    must(act_skip(r->c, 1, bytes_str(&reason), &e), &e);
    bytes_clear(&reason);
    walk(r, STATIONS);
    text = (struct bytes){0};
    must(transcript_write(r->c, ceremony_session(r->c)->covered, &text, &e), &e);
    for (size_t at = 0; at < text.n;) {
        if (text.p[at] == '\n') {
            columns = 0;
            at++;
            continue;
        }
        at += plain_next(span_of(text.p + at, text.n - at), &cp);
        longest = ++columns > longest ? columns : longest;
    }
    assert_int_equal(longest, 80);
    bytes_clear(&text);
}

static void a_bag_goes_into_the_plan_of_the_next_ceremony(void **state)
{
    const struct derive_wish wish = {.title = "Next"};
    struct room *r = *state;
    struct store *from, *to;
    struct bytes plan;
    struct err e;
    char dir[] = "/tmp/next.XXXXXX", path[128];

    room_edit(r, "{\n\t\t\t\"name\":\t\"Alice\"", "{\"bag\": \"A-1\", \"name\": \"Alice\"");
    room_edit(r, "{\n\t\t\t\"name\":\t\"Bo\"", "{\"bag\": \"B-1\", \"name\": \"Bo\"");
    open_room(r);
    walk(r, STATION_SIGNATURES);
    assert_int_equal(act_bag(r->c, 1, "", &e), -1);
    assert_int_equal(e.code, ERR_USAGE);
    must(act_bag(r->c, 1, "B-2", &e), &e);
    walk(r, STATIONS);
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/bundle", r->dir);
    must(store_open(path, &from, &e), &e);
    must(store_open(dir, &to, &e), &e);
    must(plan_derive(from, &wish, to, &e), &e);
    plan = (struct bytes){0};
    assert_int_equal(to->ops->read(to->self, "plan.json", STORE_MAX_FILE, &plan, &e), 1);
    assert_non_null(strstr(bytes_str(&plan), "A-1"));
    assert_non_null(strstr(bytes_str(&plan), "B-2"));
    assert_null(strstr(bytes_str(&plan), "B-1"));
    bytes_clear(&plan);
    store_free(from);
    store_free(to);
    snprintf(path, sizeof path, "rm -rf '%s'", dir);
    assert_int_equal(system(path), 0);
}

int main(void)
{
#define TRANSCRIPT(f) cmocka_unit_test_setup_teardown(f, make, clear)
    const struct CMUnitTest tests[] = {
        TRANSCRIPT(what_was_not_done_yet_is_not_stated),
        TRANSCRIPT(what_was_passed_and_refused_is_noted),
        TRANSCRIPT(a_key_that_did_not_sign_is_noted),
        TRANSCRIPT(what_was_as_before_is_told_once),
        TRANSCRIPT(no_line_is_longer_than_80_columns),
        TRANSCRIPT(a_bag_goes_into_the_plan_of_the_next_ceremony),
    };
#undef TRANSCRIPT

    return cmocka_run_group_tests(tests, NULL, NULL);
}
