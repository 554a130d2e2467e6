/* SPDX-License-Identifier: Apache-2.0 */
/* One sitting: hundreds of files with one login, and all that may go wrong in the middle. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ceremony/acts/collect.h"
#include "room.h"

#define INSTANCES 60
#define FILES     (INSTANCES + 2)

/* Root, targets, and a role template below it, all by the same five people. */
static int make(void **state)
{
    struct room *r = calloc(1, sizeof *r);
    struct bytes template;

    room_make(r);
    template = (struct bytes){0};
    bytes_put_str(&template,
                  "\"delegations\": [{\"name\": \"targets/packages/{letter}\", "
                  "\"same_keys_as\": \"root\", \"threshold\": 3, \"expires\": \"1 year\", "
                  "\"paths\": [\"packages/{letter}/*\"], \"each\": {\"letter\": [");
    for (unsigned i = 0; i < INSTANCES; i++)
        bytes_printf(&template, "%s\"%u\"", i > 0 ? ", " : "", i);
    bytes_put_str(&template, "]}}],\n\"sign\":\t[\"targets/packages/{letter}\", ");
    room_edit(r, "\"sign\":\t[", bytes_str(&template));
    bytes_clear(&template);
    *state = r;
    return 0;
}

static int clear(void **state)
{
    room_clear(*state);
    free(*state);
    return 0;
}

static void open_room(struct room *r, enum station until)
{
    struct err e;

    if (room_open(r, &e) != 0 || room_walk(r, until, &e) != 0)
        fail_msg("%s: %s", e.where, e.what);
}

/* Lines of the journal on the disk that hold the text. */
static size_t lines_with(const struct room *r, const char *text)
{
    struct bytes journal;
    size_t n = 0;

    journal = (struct bytes){0};
    room_read(r, "journal.jsonl", &journal);
    for (const char *at = bytes_str(&journal); (at = strstr(at, text)) != NULL; at++)
        n++;
    bytes_clear(&journal);
    return n;
}

static size_t signatures(const struct room *r)
{
    return lines_with(r, "\"event\":\"signature\"");
}

/* What a turn told: never more than is on disk. */
struct told {
    struct room *room;
    size_t before, done, times, pause_at;
};

static void on_done(void *self, const struct collect_progress *p)
{
    struct told *t = self;

    size_t done = p->done - p->before;

    assert_true(done >= t->done);
    assert_true(t->before + done <= signatures(t->room));
    assert_int_equal(p->total, FILES);
    t->done = done;
    t->times++;
}

static bool on_pause(void *self)
{
    const struct told *t = self;

    return t->pause_at > 0 && t->done >= t->pause_at;
}

static int turn(struct room *r, size_t holder, struct told *told, struct err *e)
{
    const struct collect_watch watch = {told, on_done, on_pause};

    told->room = r;
    told->before = signatures(r);
    told->done = told->times = 0;
    err_clear(e);
    return room_sign_watched(r, holder, &watch, e);
}

/* Each of three people signed each file once, and the ceremony is what it would have been. */
static void complete(struct room *r)
{
    const struct session *s;
    struct err e;
    char role[64];

    if (room_walk(r, STATIONS, &e) != 0)
        fail_msg("%s: %s", e.where, e.what);
    room_close(r);
    assert_int_equal(room_open(r, &e), 0); /* all of it is verified again */
    s = ceremony_session(r->c);
    assert_true(s->closed);
    assert_int_equal(s->nsignatures, 3 * FILES);
    assert_int_equal(signatures(r), 3 * FILES);
    for (unsigned i = 0; i < INSTANCES; i++) {
        snprintf(role, sizeof role, "\"role\":\"targets/packages/%u\",\"sha", i);
        assert_int_equal(lines_with(r, role), 3);
    }
}

static void everything_is_signed_with_one_login(void **state)
{
    struct room *r = *state;
    struct told told = {0};
    struct err e;
    unsigned writes;

    open_room(r, STATION_SIGNATURES);
    writes = r->writes;
    assert_int_equal(turn(r, 0, &told, &e), 0);
    assert_int_equal(told.done, FILES);
    assert_int_equal(told.times, 2); /* at the beginning, and when all of it was written: */
    assert_int_equal(r->writes, writes + 1);
    r->tick = 10; /* the time passes: some of them share an fsync */
    writes = r->writes;
    assert_int_equal(turn(r, 1, &told, &e), 0);
    assert_in_range(told.times, 4, FILES);
    assert_int_equal(r->writes, writes + told.times - 1);
    r->tick = 1000; /* a slow token: each has its own */
    assert_int_equal(turn(r, 2, &told, &e), 0);
    assert_int_equal(told.times, 1 + FILES);
    complete(r);
}

static void a_pause_goes_on_with_the_next_file(void **state)
{
    struct room *r = *state;
    struct told told = {.pause_at = 20};
    unsigned turns = 0;
    struct err e;
    int rc;

    open_room(r, STATION_SIGNATURES);
    r->tick = 40;
    while ((rc = turn(r, 0, &told, &e)) == 1) {
        turns++;
        assert_int_equal(signatures(r), told.before + told.done);
        assert_in_range(told.done, 20, 24); /* those of a tenth of a second come with it */
    }
    assert_int_equal(rc, 0);
    assert_in_range(turns, 2, 3);
    assert_int_equal(session_signatures_left(ceremony_session(r->c), 0), 0);
    complete(r);
}

static void a_pulled_token_goes_on_where_it_stopped(void **state)
{
    struct room *r = *state;
    struct fake_row script[] = {{FAKE_SIGN, 0, FAKE_REMOVED}};
    struct told told = {0};
    char where[80];
    struct err e;

    open_room(r, STATION_SIGNATURES);
    r->tick = 15;
    for (unsigned n = 0; n < 5; n++) {
        script[0].nth = 1 + n * 3; /* 0, 3, 6, 9, 12 before it; a new script counts anew */
        fake_script(r->t, script, 1);
        assert_int_equal(turn(r, 0, &told, &e), -1);
        assert_int_equal(e.code, ERR_TOKEN);
        snprintf(where, sizeof where, "%u of %u signed, verified and on disk", (n * n + n) / 2 * 3,
                 FILES);
        if (strstr(e.where, where) == NULL)
            fail_msg("not '%s': %s", where, e.where);
        assert_non_null(strstr(e.where, "for keyholder 'Alice'"));
        assert_int_equal(told.done, n * 3);
        assert_int_equal(signatures(r), told.before + told.done);
        fake_insert(r->t, "S0", true);
    }
    fake_script(r->t, NULL, 0);
    assert_int_equal(turn(r, 0, &told, &e), 0);
    complete(r);
}

static void a_bad_signature_ends_the_turn(void **state)
{
    struct room *r = *state;
    const struct fake_row script[] = {{FAKE_SIGN, 10, FAKE_FORGED}};
    struct told told = {0};
    struct err e;

    open_room(r, STATION_SIGNATURES);
    fake_script(r->t, script, 1);
    assert_int_equal(turn(r, 0, &told, &e), -1);
    assert_int_equal(e.code, ERR_SIGNATURE);
    assert_int_equal(told.done, 9);
    assert_int_equal(signatures(r), 9);
    assert_int_equal(ceremony_session(r->c)->nsignatures, 9);
    assert_int_equal(turn(r, 0, &told, &e), 0);
    complete(r);
}

/* The disk fails at the k-th write of a turn: what was told is there, and nothing else is. */
static void a_disk_that_fails_in_the_middle(void **state)
{
    struct room *r = *state;
    struct told told = {0};
    struct err e;

    open_room(r, STATION_SIGNATURES);
    r->tick = 12;
    for (unsigned k = 1; k <= 4; k++) {
        r->fail_at = r->writes + k;
        assert_int_equal(turn(r, 0, &told, &e), -1);
        assert_int_equal(e.code, ERR_IO);
        r->fail_at = 0;
        assert_int_equal(told.times, k);
        assert_int_equal(signatures(r), told.before + told.done);
        assert_int_equal(ceremony_session(r->c)->nsignatures, signatures(r));
        room_close(r);
        assert_int_equal(room_open(r, &e), 0);
        assert_null(ceremony_warning(r->c));
        assert_int_equal(ceremony_session(r->c)->nsignatures, signatures(r));
    }
    assert_int_equal(turn(r, 0, &told, &e), 0);
    complete(r);
}

static bool torn(const struct room *r)
{
    struct bytes journal;
    bool cut;

    journal = (struct bytes){0};
    room_read(r, "journal.jsonl", &journal);
    cut = journal.p[journal.n - 1] != '\n';
    bytes_clear(&journal);
    return cut;
}

/* Neither the failed group nor what is there can be cut off: it is said, and nothing is lost. */
static void a_disk_that_fails_for_good(void **state)
{
    struct room *r = *state;
    struct told told = {0};
    struct err e;
    bool cut;

    open_room(r, STATION_SIGNATURES);
    r->tick = 12;
    r->fail_at = r->writes + 2;
    r->fail_on = true; /* a half of what is written stays: mostly in the middle of a line */
    assert_int_equal(turn(r, 0, &told, &e), -1);
    assert_int_equal(e.code, ERR_IO);
    assert_true(told.done > 0);
    r->fail_at = 0;
    assert_int_equal(turn(r, 0, &told, &e), -1); /* half a line is behind what memory knows */
    assert_int_equal(e.code, ERR_IO);
    assert_int_equal(told.done, 0);
    room_close(r);
    cut = torn(r);
    assert_int_equal(room_open(r, &e), 0);
    assert_int_equal(ceremony_warning(r->c) != NULL, cut);
    assert_true(ceremony_session(r->c)->nsignatures >= told.done);
    assert_int_equal(turn(r, 0, &told, &e), 0);
    complete(r);
}

static int gives_one_too_many(void *self, const struct token_batch *b, struct err *e)
{
    const struct key *key;
    struct span message;

    (void)self;
    assert_true(b->next(b->self, &key, &message));
    return b->take(b->self, span_str("x"), e) == 0 ? b->take(b->self, span_str("x"), e) : -1;
}

static int gives_unasked(void *self, const struct token_batch *b, struct err *e)
{
    (void)self;
    return b->take(b->self, span_str("x"), e);
}

static int gives_up(void *self, const struct token_batch *b, struct err *e)
{
    (void)self;
    (void)b;
    (void)e;
    return 0;
}

static void a_driver_that_lies_counts_for_nothing(void **state)
{
    static int (*const lies[])(void *, const struct token_batch *,
                               struct err *) = {gives_one_too_many, gives_unasked, gives_up};
    struct room *r = *state;
    struct told told = {0};
    struct err e;

    open_room(r, STATION_SIGNATURES);
    for (size_t i = 0; i < sizeof lies / sizeof lies[0]; i++) {
        r->sign_all = lies[i];
        assert_int_equal(turn(r, 0, &told, &e), -1);
        assert_int_equal(e.code, i == 0 ? ERR_SIGNATURE : ERR_TOKEN);
        assert_true(e.what[0] != '\0' && e.todo[0] != '\0');
        assert_int_equal(signatures(r), 0);
    }
    r->sign_all = NULL;
    complete(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(everything_is_signed_with_one_login, make, clear),
        cmocka_unit_test_setup_teardown(a_pause_goes_on_with_the_next_file, make, clear),
        cmocka_unit_test_setup_teardown(a_pulled_token_goes_on_where_it_stopped, make, clear),
        cmocka_unit_test_setup_teardown(a_bad_signature_ends_the_turn, make, clear),
        cmocka_unit_test_setup_teardown(a_disk_that_fails_in_the_middle, make, clear),
        cmocka_unit_test_setup_teardown(a_disk_that_fails_for_good, make, clear),
        cmocka_unit_test_setup_teardown(a_driver_that_lies_counts_for_nothing, make, clear),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
