/* SPDX-License-Identifier: Apache-2.0 */
/* A plan that changes after signatures were collected: it is said whose become void, it is asked,
 * and nothing valid is thrown away. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "ceremony/acts/replan.h"
#include "ceremony/base/words.h"
#include "room.h"

/* Everybody has a key; Alice and Bo have signed root and targets. */
static int make(void **state)
{
    struct room *r = calloc(1, sizeof *r);
    struct err e;

    if (r == NULL)
        return -1;
    room_make(r);
    assert_int_equal(room_open(r, &e), 0);
    assert_int_equal(room_walk(r, STATION_SIGNATURES, &e), 0);
    assert_int_equal(room_sign(r, 0, &e), 0);
    assert_int_equal(room_sign(r, 1, &e), 0);
    assert_int_equal(ceremony_session(r->c)->nsignatures, 4);
    room_close(r);
    *state = r;
    return 0;
}

static int clear(void **state)
{
    room_clear(*state);
    free(*state);
    return 0;
}

static bool says(const struct replan *r, const char *text, bool kept)
{
    for (size_t i = 0; i < r->n; i++)
        if (strcmp(r->items[i].text, text) == 0)
            return r->items[i].kept == kept;
    return false;
}

/* Looks, takes the change, accepts the plan, and looks at everything again. */
static void take(struct room *r, struct replan *what)
{
    const struct plan *p;
    struct err e;

    assert_int_equal(room_open_mode(r, CEREMONY_REPLAN, &e), 0);
    assert_int_equal(replan_preview(r->c, what, &e), 0);
    p = ceremony_plan(r->c);
    assert_int_equal(act_plan_changed(r->c, "no", &e), -1);
    assert_int_equal(e.code, ERR_PLAN);
    assert_int_equal(act_plan_changed(r->c, word_of(p->sha256[0], 0), &e), 0);
    assert_false(ceremony_session(r->c)->plan_accepted);
    room_close(r);
    assert_int_equal(room_open(r, &e), 0); /* the journal alone says the same */
    assert_int_equal(room_walk(r, STATION_SIGNATURES, &e), 0);
}

static void it_is_asked_before_anything_changes(void **state)
{
    struct room *r = *state;
    struct bytes before, after;
    struct replan what;
    struct err e;

    room_edit(r, "Root key ceremony", "Another title");
    before = (struct bytes){0};
    after = (struct bytes){0};
    room_read(r, "journal.jsonl", &before);
    assert_int_equal(room_open(r, &e), -1);
    assert_int_equal(e.code, ERR_JOURNAL);
    assert_non_null(strstr(e.todo, "replan"));
    assert_int_equal(room_open_mode(r, CEREMONY_REPLAN, &e), 0);
    assert_int_equal(replan_preview(r->c, &what, &e), 0);
    replan_clear(&what);
    room_close(r);
    room_read(r, "journal.jsonl", &after);
    assert_true(span_eq(bytes_span(&before), bytes_span(&after)));
    bytes_clear(&before);
    bytes_clear(&after);
}

static void signatures_over_the_same_bytes_stay(void **state)
{
    struct room *r = *state;
    struct replan what;
    struct err e;

    room_edit(r, "Root key ceremony", "Another title");
    take(r, &what);
    assert_int_equal(what.n, 9); /* five keys, four signatures */
    assert_int_equal(what.voids, 0);
    assert_true(says(&what, "Alice's key for root", true));
    assert_true(says(&what, "Bo's signature of targets v1", true));
    replan_clear(&what);
    assert_int_equal(ceremony_session(r->c)->nsignatures, 4);
    assert_int_equal(room_walk(r, STATIONS, &e), 0);
}

static void what_becomes_void_is_said_by_name(void **state)
{
    struct room *r = *state;
    struct replan what;
    struct err e;

    room_edit(r, "\"threshold\":\t3", "\"threshold\":\t2"); /* the first one: root's */
    take(r, &what);
    assert_int_equal(what.voids, 2);
    assert_true(says(&what, "Alice's signature of root v1", false));
    assert_true(says(&what, "Alice's signature of targets v1", true));
    replan_clear(&what);
    assert_int_equal(ceremony_session(r->c)->nsignatures, 2);
    assert_int_equal(room_walk(r, STATIONS, &e), 0);
}

static void a_change_back_brings_the_signatures_back(void **state)
{
    struct room *r = *state;
    struct replan what;

    room_edit(r, "\"threshold\":\t3", "\"threshold\":\t2");
    take(r, &what);
    replan_clear(&what);
    room_close(r);
    room_edit(r, "\"threshold\":\t2", "\"threshold\":\t3");
    take(r, &what);
    assert_int_equal(what.voids, 0);
    replan_clear(&what);
    assert_int_equal(ceremony_session(r->c)->nsignatures, 4);
}

/* Ee is replaced by Flo: her key goes, everybody else's stays, and every signature is void. */
static void who_is_out_of_the_plan_is_out(void **state)
{
    struct room *r = *state;
    struct replan what;
    struct err e;

    room_edit(r, "\"name\":\t\"Ee\"", "\"name\":\t\"Flo\"");
    room_edit(r, "\"Dee\", \"Ee\"", "\"Dee\", \"Flo\"");
    room_token(r, "S5", "Flo");
    take(r, &what);
    assert_true(says(&what, "Ee's key for root", false));
    assert_true(says(&what, "Dee's key for root", true));
    assert_true(says(&what, "Bo's signature of root v1", false));
    replan_clear(&what);
    assert_int_equal(room_walk(r, STATIONS, &e), 0);
}

static void a_closed_ceremony_stays_closed(void **state)
{
    struct room *r = *state;
    struct replan what;
    struct err e;

    assert_int_equal(room_open(r, &e), 0);
    assert_int_equal(room_walk(r, STATIONS, &e), 0);
    room_close(r);
    room_edit(r, "Root key ceremony", "Another title");
    assert_int_equal(room_open_mode(r, CEREMONY_REPLAN, &e), 0);
    assert_int_equal(replan_preview(r->c, &what, &e), -1);
    assert_int_equal(e.code, ERR_JOURNAL);
    assert_non_null(strstr(e.what, "closed"));
}

static void nothing_changed_is_said(void **state)
{
    struct room *r = *state;
    struct replan what;
    struct err e;

    assert_int_equal(room_open_mode(r, CEREMONY_REPLAN, &e), 0);
    assert_int_equal(replan_preview(r->c, &what, &e), -1);
    assert_int_equal(e.code, ERR_INCOMPLETE);
}

/* Targets below a root that is neither in force nor signed: nobody can tell what would become void.
 * Also when the change is taken without that question, no rule accepts the plan. */
static void targets_below_no_root_are_refused_by_a_rule(void **state)
{
    struct room *r = *state;
    struct replan what;
    const struct plan *p;
    struct err e;

    room_edit(r, "\"sign\":\t[\"root\", \"targets\"]", "\"sign\": [\"targets\"]");
    assert_int_equal(room_open_mode(r, CEREMONY_REPLAN, &e), 0);
    assert_int_equal(replan_preview(r->c, &what, &e), -1);
    assert_int_equal(e.code, ERR_PLAN);
    assert_non_null(strstr(e.what, "there is no root for 'targets'"));
    p = ceremony_plan(r->c);
    assert_int_equal(act_plan_changed(r->c, word_of(p->sha256[0], 0), &e), 0);
    assert_int_equal(room_walk(r, STATION_ROLL_CALL, &e), -1);
    assert_int_equal(e.code, ERR_PLAN);
    assert_non_null(strstr(e.where, "root-signed"));
}

int main(void)
{
#define ROOM(f) cmocka_unit_test_setup_teardown(f, make, clear)
    const struct CMUnitTest tests[] = {
        ROOM(it_is_asked_before_anything_changes),
        ROOM(signatures_over_the_same_bytes_stay),
        ROOM(what_becomes_void_is_said_by_name),
        ROOM(a_change_back_brings_the_signatures_back),
        ROOM(who_is_out_of_the_plan_is_out),
        ROOM(a_closed_ceremony_stays_closed),
        ROOM(nothing_changed_is_said),
        ROOM(targets_below_no_root_are_refused_by_a_rule),
    };
#undef ROOM

    return cmocka_run_group_tests(tests, NULL, NULL);
}
