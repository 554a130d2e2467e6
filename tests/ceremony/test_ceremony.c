/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ceremony/record/bundle.h"
#include "ceremony/repository/repository.h"
#include "room.h"

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

    if (room_open(r, &e) != 0)
        fail_msg("%s: %s", e.where, e.what);
}

static void walk(struct room *r, enum station until)
{
    struct err e;

    if (room_walk(r, until, &e) != 0)
        fail_msg("%s: %s", e.where, e.what);
}

static void finish(struct room *r)
{
    open_room(r);
    walk(r, STATIONS);
    room_close(r);
}

/* The client's workflow over what lies on the disk. */
static void assert_accepted(const struct room *r, const char *path)
{
    struct repository repo;
    struct client_report report;
    struct bytes root;
    struct err e;
    char full[128];

    snprintf(full, sizeof full, "%s/%s", r->dir, path);
    root = (struct bytes){0};
    room_read(r, "bundle/metadata/1.root.json", &root);
    assert_int_equal(repository_open(full, &repo, &e), 0);
    assert_int_equal(client_run(&repo, bytes_span(&root), INT64_C(1795442400), &report, &e), 0);
    assert_true(report.accepted);
    assert_false(report.complete); /* no snapshot, no timestamp */
    assert_int_equal(report.rows[0].valid, 3);
    client_report_clear(&report);
    repository_close(&repo);
    bytes_clear(&root);
}

static void a_first_root_is_accepted_from_folder_and_tar(void **state)
{
    struct room *r = *state;

    finish(r);
    assert_accepted(r, "bundle");
    assert_accepted(r, "bundle.tar");
}

static void what_is_signed_is_what_is_published(void **state)
{
    struct room *r = *state;
    struct bytes file;
    struct envelope *env;
    struct err e;

    finish(r);
    file = (struct bytes){0};
    room_read(r, "bundle/metadata/1.root.json", &file);
    assert_int_equal(envelope_take(&file, "root", &env, &e), 0);
    assert_true(r->spied.n > envelope_signed(env).n);
    assert_memory_equal(r->spied.p, envelope_signed(env).p, envelope_signed(env).n);
    envelope_free(env);
}

static int put_part(void *to, struct span part, struct err *e)
{
    (void)e;
    bytes_put_span(to, part);
    return 0;
}

static void the_bundle_is_the_same_byte_for_byte(void **state)
{
    struct room *r = *state;
    struct bytes first, again;
    struct bundle b;
    struct err e;

    finish(r);
    first = (struct bytes){0};
    again = (struct bytes){0};
    room_read(r, "bundle.tar", &first);
    open_room(r);
    assert_int_equal(bundle_make(r->c, &b, &e), 0);
    assert_int_equal(bundle_tar(&b, "bundle", ceremony_session(r->c)->date, put_part, &again, &e),
                     0);
    assert_true(span_eq(bytes_span(&first), bytes_span(&again)));
    bundle_clear(&b);
    bytes_clear(&first);
    bytes_clear(&again);
}

/* The journal's first `lines`, and `more` bytes of the next. */
static void cut(const struct room *r, const struct bytes *whole, size_t lines, size_t more)
{
    size_t at = 0;

    for (size_t i = 0; i < lines; i++)
        at = (size_t)((const uint8_t *)memchr(whole->p + at, '\n', whole->n - at) - whole->p) + 1;
    room_write(r, "journal.jsonl", span_of(whole->p, at + more));
}

static void it_goes_on_from_every_line(void **state)
{
    struct room *r = *state;
    struct bytes whole;
    size_t lines = 0;

    finish(r);
    whole = (struct bytes){0};
    room_read(r, "journal.jsonl", &whole);
    for (size_t i = 0; i < whole.n; i++)
        lines += whole.p[i] == '\n';
    assert_true(lines > 20);
    for (size_t k = 0; k < lines; k++) {
        cut(r, &whole, k, k % 3 == 0 ? 0 : 10);
        open_room(r);
        assert_int_equal(ceremony_warning(r->c) != NULL, k % 3 != 0);
        assert_int_equal(journal_count(ceremony_journal(r->c)), k);
        if (session_enrolled(ceremony_session(r->c))) { /* the same keys: the same metadata */
            room_close(r);
            cut(r, &whole, lines, 0);
            open_room(r);
            assert_true(ceremony_session(r->c)->closed);
        }
        room_close(r);
    }
    bytes_clear(&whole);
}

static void a_changed_line_is_refused_by_its_number(void **state)
{
    struct room *r = *state;
    struct bytes whole, changed;
    size_t at = 0, line = 1;
    char wanted[48];
    struct err e;

    finish(r);
    whole = (struct bytes){0};
    room_read(r, "journal.jsonl", &whole);
    while (line < 20) {
        const uint8_t *end = memchr(whole.p + at, '\n', whole.n - at);

        changed = (struct bytes){0};
        bytes_put_span(&changed, bytes_span(&whole));
        changed.p[(size_t)(end - whole.p) - 4] ^= 1; /* a second of the line's time */
        room_write(r, "journal.jsonl", bytes_span(&changed));
        bytes_clear(&changed);
        assert_int_equal(room_open(r, &e), -1);
        assert_int_equal(e.code, ERR_JOURNAL);
        snprintf(wanted, sizeof wanted, "line %zu of", line + 1); /* the chain breaks there */
        assert_non_null(strstr(e.what, wanted));
        at = (size_t)(end - whole.p) + 1;
        line++;
    }
    bytes_clear(&whole);
}

static void another_plan_is_refused(void **state)
{
    struct room *r = *state;
    struct bytes plan;
    struct err e;

    open_room(r);
    walk(r, STATION_PLAN);
    room_close(r);
    plan = (struct bytes){0};
    room_read(r, "plan.json", &plan);
    bytes_put_u8(&plan, '\n');
    room_write(r, "plan.json", bytes_span(&plan));
    bytes_clear(&plan);
    assert_int_equal(room_open(r, &e), -1);
    assert_int_equal(e.code, ERR_JOURNAL);
}

/* The n-th line's event, and a member of it. */
static void assert_event(const struct room *r, size_t n, enum event_type type, const char *member,
                         const char *value)
{
    const struct event *ev = journal_event(ceremony_journal(r->c), n - 1);
    struct json v;

    assert_true(journal_count(ceremony_journal(r->c)) >= n);
    assert_int_equal(ev->type, type);
    assert_true(json_get(ev->data, member, &v));
    assert_true(json_text_is(v, value));
}

static void nothing_is_written_before_the_first_act_that_succeeds(void **state)
{
    struct room *r = *state;
    struct err e;

    open_room(r);
    assert_int_equal(act_accept_plan(r->c, "sesame", &e), -1);
    assert_int_equal(journal_count(ceremony_journal(r->c)), 0);
    assert_int_equal(r->writes, 0);
    walk(r, STATION_PLAN);
    assert_event(r, 1, EVENT_OPENED, "program", "tuf-ceremony " TC_VERSION);
    assert_event(r, 1, EVENT_OPENED, "binary",
                 "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb");
}

/* The same of a command by another version of the program, which has another binary. */
static void each_start_of_a_walk_is_recorded_with_its_first_act(void **state)
{
    struct room *r = *state;
    struct err e;
    size_t n;

    open_room(r);
    walk(r, STATION_PLAN);
    n = journal_count(ceremony_journal(r->c));
    room_close(r);
    open_room(r); /* a command of the same program: its act stands for it */
    walk(r, STATION_ROLL_CALL);
    assert_int_equal(journal_count(ceremony_journal(r->c)), n + 1);
    room_close(r);
    assert_int_equal(room_open_mode(r, CEREMONY_WALK, &e), 0);
    assert_int_equal(journal_count(ceremony_journal(r->c)), n + 1);
    walk(r, STATION_ENROLMENT); /* readiness, the date, roll call */
    assert_event(r, n + 2, EVENT_RESUMED, "program", "tuf-ceremony " TC_VERSION);
    assert_event(r, n + 2, EVENT_RESUMED, "journal", "remembered");
    assert_int_equal(journal_count(ceremony_journal(r->c)), n + 5);
    room_close(r);
    r->binary = 'c';
    open_room(r);
    assert_int_equal(act_skip(r->c, 0, "late", &e), -1); /* another start: is the machine fit? */
    walk(r, STATION_ENROLMENT);
    assert_event(r, n + 6, EVENT_RESUMED, "binary",
                 "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc");
    assert_int_equal(act_skip(r->c, 1, "late", &e), 0);
    assert_int_equal(journal_count(ceremony_journal(r->c)), n + 9);
}

static void a_start_to_close_what_is_written_needs_no_new_bundle(void **state)
{
    struct room *r = *state;
    struct err e;
    size_t covered;

    open_room(r);
    walk(r, STATION_CLOSING);
    covered = ceremony_session(r->c)->covered;
    room_close(r);
    assert_int_equal(room_open_mode(r, CEREMONY_WALK, &e), 0);
    walk(r, STATIONS);
    assert_int_equal(ceremony_session(r->c)->covered, covered);
    assert_event(r, journal_count(ceremony_journal(r->c)) - 3, EVENT_RESUMED, "program",
                 "tuf-ceremony " TC_VERSION);
}

static void assert_other_format(struct room *r, const char *resumed)
{
    struct err e;

    open_room(r);
    walk(r, STATION_PLAN);
    room_close(r);
    room_forge(r, "resumed", resumed);
    room_forge(r, "token-blessed", "{}");
    assert_int_equal(room_open(r, &e), -1);
    assert_int_equal(e.code, ERR_JOURNAL);
    assert_non_null(strstr(e.what, "another version"));
}

static void the_journal_of_a_newer_program_is_refused_as_that(void **state)
{
    assert_other_format(*state, "{\"format\":5,\"program\":\"tuf-ceremony 9.0.0\"}");
}

static void the_journal_of_an_older_program_is_refused_as_that(void **state)
{
    assert_other_format(*state, "{\"format\":3,\"program\":\"tuf-ceremony 0.0.9\"}");
}

static void a_journal_without_a_format_is_refused_as_older(void **state)
{
    assert_other_format(*state, "{\"program\":\"tuf-ceremony 0.0.1\"}");
}

static void a_second_program_is_refused(void **state)
{
    struct room *r = *state, second = {0};
    struct err e;

    open_room(r);
    memcpy(second.dir, r->dir, sizeof second.dir);
    assert_int_equal(room_open(&second, &e), -1);
    assert_int_equal(e.code, ERR_BUSY);
}

static void a_forged_signature_never_counts(void **state)
{
    static const struct fake_row script[] = {{FAKE_SIGN, 1, FAKE_FORGED}};
    struct room *r = *state;
    struct err e;

    open_room(r);
    walk(r, STATION_SIGNATURES);
    fake_script(r->t, script, 1);
    assert_int_equal(room_walk(r, STATIONS, &e), -1);
    assert_int_equal(e.code, ERR_SIGNATURE);
    assert_false(session_signed_anything(ceremony_session(r->c)));
    walk(r, STATIONS); /* the same token, behaving */
}

static void a_pulled_token_loses_nothing(void **state)
{
    static const struct fake_row script[] = {{FAKE_SIGN, 2, FAKE_REMOVED}};
    struct room *r = *state;
    struct err e;

    open_room(r);
    walk(r, STATION_SIGNATURES);
    fake_script(r->t, script, 1);
    assert_int_equal(room_walk(r, STATIONS, &e), -1);
    assert_int_equal(e.code, ERR_TOKEN);
    assert_int_equal(ceremony_session(r->c)->nsignatures, 1);
    fake_insert(r->t, "S0", true);
    walk(r, STATIONS);
}

/* The disk fails at its n-th write: what was shown as done stays, and it goes on afterwards. */
static void a_disk_that_fails_at_each_write(void **state)
{
    (void)state;
    for (unsigned n = 1;; n++) {
        struct room r;
        size_t before = 0;
        struct err e;
        bool failed;

        room_make(&r);
        r.fail_at = n;
        failed = room_open(&r, &e) != 0;
        if (!failed) {
            failed = room_walk(&r, STATIONS, &e) != 0;
            before = ceremony_session(r.c)->nsignatures;
        }
        if (failed)
            assert_int_equal(e.code, ERR_IO);
        room_close(&r);
        r.fail_at = 0;
        open_room(&r);
        assert_int_equal(ceremony_session(r.c)->nsignatures, before);
        walk(&r, STATIONS);
        room_close(&r);
        assert_accepted(&r, "bundle.tar");
        room_clear(&r);
        if (!failed) {
            assert_true(n > 35); /* lines of the journal, files of the bundle */
            return;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_first_root_is_accepted_from_folder_and_tar, make, clear),
        cmocka_unit_test_setup_teardown(what_is_signed_is_what_is_published, make, clear),
        cmocka_unit_test_setup_teardown(the_bundle_is_the_same_byte_for_byte, make, clear),
        cmocka_unit_test_setup_teardown(it_goes_on_from_every_line, make, clear),
        cmocka_unit_test_setup_teardown(a_changed_line_is_refused_by_its_number, make, clear),
        cmocka_unit_test_setup_teardown(another_plan_is_refused, make, clear),
        cmocka_unit_test_setup_teardown(nothing_is_written_before_the_first_act_that_succeeds, make,
                                        clear),
        cmocka_unit_test_setup_teardown(each_start_of_a_walk_is_recorded_with_its_first_act, make,
                                        clear),
        cmocka_unit_test_setup_teardown(a_start_to_close_what_is_written_needs_no_new_bundle, make,
                                        clear),
        cmocka_unit_test_setup_teardown(the_journal_of_a_newer_program_is_refused_as_that, make,
                                        clear),
        cmocka_unit_test_setup_teardown(the_journal_of_an_older_program_is_refused_as_that, make,
                                        clear),
        cmocka_unit_test_setup_teardown(a_journal_without_a_format_is_refused_as_older, make,
                                        clear),
        cmocka_unit_test_setup_teardown(a_second_program_is_refused, make, clear),
        cmocka_unit_test_setup_teardown(a_forged_signature_never_counts, make, clear),
        cmocka_unit_test_setup_teardown(a_pulled_token_loses_nothing, make, clear),
        cmocka_unit_test(a_disk_that_fails_at_each_write),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
