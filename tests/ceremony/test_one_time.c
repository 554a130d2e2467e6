/* SPDX-License-Identifier: Apache-2.0 */
/* Keys that sign once: made here, used, destroyed on their tokens, seen to be gone, recorded. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "ceremony/acts/one_time.h"
#include "ceremony/base/finding.h"
#include "ceremony/record/transcript.h"
#include "ceremony/rules/plan_rules.h"
#include "room.h"

#define SHARED "\"same_keys_as\":\t\"root\",\n\t\t\t\"threshold\":\t3"
#define OWN    "\"keyholders\": [\"Alice\", \"Bo\"], \"threshold\": 2, \"one_time\": true"

static int make(void **state)
{
    struct room *r = calloc(1, sizeof *r);

    if (r == NULL)
        return -1;
    room_make(r);
    room_edit(r, SHARED, OWN);
    *state = r;
    return 0;
}

static int clear(void **state)
{
    room_clear(*state);
    free(*state);
    return 0;
}

/* How many keys are on the token with that label. */
static size_t keys_on(struct room *r, const char *label)
{
    struct token_list l;
    struct token_key_list keys;
    struct err e;
    size_t n = 99;

    assert_int_equal(r->t->driver->list(r->t->self, &l, &e), 0);
    for (size_t i = 0; i < l.n; i++)
        if (strcmp(l.items[i].id.label, label) == 0) {
            assert_int_equal(r->t->driver->public_keys(r->t->self, &l.items[i].id, &keys, &e), 0);
            n = keys.n;
            token_key_list_clear(&keys);
        }
    token_list_clear(&l);
    return n;
}

static void they_sign_and_are_gone(void **state)
{
    struct room *r = *state;
    struct bytes text;
    char *line;
    struct err e;

    assert_int_equal(room_open(r, &e), 0);
    assert_int_equal(room_walk(r, STATION_CLIENT_VIEW, &e), 0);
    assert_int_equal(keys_on(r, "Alice"), 2);
    assert_int_equal(room_walk(r, STATION_ONE_TIME, &e), 0);
    assert_false(station_done(ceremony_session(r->c), STATION_ONE_TIME));
    assert_int_equal(keys_on(r, "Bo"), 2);
    if (room_walk(r, STATIONS, &e) != 0)
        fail_msg("%s", e.what);
    assert_int_equal(keys_on(r, "Alice"), 1);
    assert_int_equal(keys_on(r, "Bo"), 1);
    assert_int_equal(keys_on(r, "Chen"), 1); /* has no such key, and loses none */
    text = (struct bytes){0};
    assert_int_equal(transcript_write(r->c, ceremony_session(r->c)->covered, &text, &e), 0);
    assert_non_null(strstr(bytes_str(&text), "the key of Bo for targets, "));
    line = on_one_line(bytes_str(&text));
    assert_non_null(strstr(line, "was destroyed on its token, and is gone"));
    free(line);
    bytes_clear(&text);
    room_close(r);
    assert_int_equal(room_open_mode(r, CEREMONY_READ, &e), 0);
    assert_true(ceremony_session(r->c)->closed);
}

static void only_at_their_time(void **state)
{
    struct room *r = *state;
    struct token_info token;
    struct err e;
    size_t seat;

    assert_int_equal(room_open(r, &e), 0);
    assert_int_equal(room_walk(r, STATION_SIGNATURES, &e), 0);
    assert_int_equal(room_log_in(r, 0, &token, &e), 0);
    assert_int_equal(one_time_next(ceremony_session(r->c), 0, &seat), 1);
    assert_int_equal(one_time_next(ceremony_session(r->c), 2, &seat), 0);
    assert_int_equal(one_time_next(ceremony_session(r->c), 0, &seat), 1);
    assert_int_equal(one_time_destroy(r->c, seat, &token, r->pin, r->t, &e), -1);
    assert_int_equal(e.code, ERR_INCOMPLETE);
    assert_int_equal(keys_on(r, "Alice"), 2);
}

static void not_on_another_token(void **state)
{
    struct room *r = *state;
    struct token_info token;
    struct err e;
    size_t seat;

    assert_int_equal(room_open(r, &e), 0);
    assert_int_equal(room_walk(r, STATION_ONE_TIME, &e), 0);
    assert_int_equal(one_time_next(ceremony_session(r->c), 0, &seat), 1);
    assert_int_equal(room_log_in(r, 2, &token, &e), 0);
    assert_int_equal(one_time_destroy(r->c, seat, &token, r->pin, r->t, &e), -1);
    assert_int_equal(e.code, ERR_TOKEN);
    assert_false(ceremony_session(r->c)->seats[seat].destroyed); /* it is not there, but not gone */
    assert_int_equal(keys_on(r, "Alice"), 2);
}

/* Lines alone destroy nothing: a journal that this machine does not know has to see the keys. */
static void what_strangers_destroyed_is_not_gone(void **state)
{
    struct room *r = *state;
    struct err e;
    size_t seat;

    assert_int_equal(room_open(r, &e), 0);
    assert_int_equal(room_walk(r, STATION_BUNDLE, &e), 0);
    assert_int_equal(one_time_next(ceremony_session(r->c), 0, &seat), 0);
    room_close(r);
    r->memory = MEMORY_OF_NOTHING;
    assert_int_equal(room_open(r, &e), 0);
    assert_int_equal(act_resume(r->c, NULL, &e), 0);
    assert_int_equal(room_walk(r, STATION_ONE_TIME, &e), 0);
    assert_int_equal(session_station(ceremony_session(r->c)), STATION_ONE_TIME);
    assert_int_equal(one_time_next(ceremony_session(r->c), 0, &seat), 1);
    assert_false(ceremony_session(r->c)->seats[seat].destroying);
}

/* Killed after the token destroyed it and before the journal says so. */
static void a_run_that_was_killed_goes_on(void **state)
{
    struct room *r = *state;
    struct token_info token;
    struct err e;
    size_t seat;

    assert_int_equal(room_open(r, &e), 0);
    assert_int_equal(room_walk(r, STATION_ONE_TIME, &e), 0);
    assert_int_equal(one_time_next(ceremony_session(r->c), 0, &seat), 1);
    assert_int_equal(room_log_in(r, 0, &token, &e), 0);
    r->fail_at = r->writes + 2; /* the first says that it was seen */
    assert_int_equal(one_time_destroy(r->c, seat, &token, r->pin, r->t, &e), -1);
    assert_int_equal(e.code, ERR_IO);
    assert_false(ceremony_session(r->c)->seats[seat].destroyed);
    r->fail_at = 0;
    assert_int_equal(room_walk(r, STATIONS, &e), 0);
    assert_int_equal(keys_on(r, "Alice"), 1);
}

/* The token says that it did, and did not. */
static int lying_destroy(void *self, const struct key *key, struct err *e)
{
    (void)self;
    (void)key;
    err_clear(e);
    return 0;
}

static void a_token_that_lies_is_found_out(void **state)
{
    struct room *r = *state;
    struct token_driver driver = *r->t->driver;
    struct tokens liar = {&driver, r->t->self};
    struct token_info token;
    struct err e;
    size_t seat;

    driver.destroy = lying_destroy;
    assert_int_equal(room_open(r, &e), 0);
    assert_int_equal(room_walk(r, STATION_ONE_TIME, &e), 0);
    assert_int_equal(one_time_next(ceremony_session(r->c), 0, &seat), 1);
    assert_int_equal(room_log_in(r, 0, &token, &e), 0);
    assert_int_equal(one_time_destroy(r->c, seat, &token, r->pin, &liar, &e), -1);
    assert_int_equal(e.code, ERR_TOKEN);
    assert_non_null(strstr(e.what, "still shows it"));
    assert_false(ceremony_session(r->c)->seats[seat].destroyed);
}

/* A module that drops the key from the session, and not from the token; as ykcs11 does. */
struct dropper {
    const struct tokens *real;
    bool dropped;
};

static int drop(void *self, const struct key *key, struct err *e)
{
    struct dropper *d = self;

    (void)key;
    (void)e;
    d->dropped = true;
    return 0;
}

static int keys_not_dropped(void *self, struct token_key_list *out, struct err *e)
{
    const struct dropper *d = self;

    *out = (struct token_key_list){0};
    return d->dropped ? 0 : d->real->driver->keys(d->real->self, out, e);
}

static int log_out_for_good(void *self, struct err *e)
{
    struct dropper *d = self;

    d->dropped = false;
    return d->real->driver->logout(d->real->self, e);
}

static int log_in_anew(void *self, const struct token_id *id, const struct secret *pin,
                       enum pin_state *state, struct err *e)
{
    const struct dropper *d = self;

    return d->real->driver->login(d->real->self, id, pin, state, e);
}

static void a_key_that_only_left_the_session_is_not_gone(void **state)
{
    struct room *r = *state;
    struct dropper d = {.real = r->t};
    struct token_driver driver = {.destroy = drop,
                                  .keys = keys_not_dropped,
                                  .logout = log_out_for_good,
                                  .login = log_in_anew};
    struct tokens drops = {&driver, &d};
    struct token_info token;
    struct err e;
    size_t seat;

    assert_int_equal(room_open(r, &e), 0);
    assert_int_equal(room_walk(r, STATION_ONE_TIME, &e), 0);
    assert_int_equal(one_time_next(ceremony_session(r->c), 0, &seat), 1);
    assert_int_equal(room_log_in(r, 0, &token, &e), 0);
    assert_int_equal(one_time_destroy(r->c, seat, &token, r->pin, &drops, &e), -1);
    assert_int_equal(e.code, ERR_TOKEN);
    assert_non_null(strstr(e.what, "still shows it"));
    assert_false(ceremony_session(r->c)->seats[seat].destroyed);
    assert_int_equal(keys_on(r, "Alice"), 2);
}

/* A token that does not show the key: another one that says the same of itself, or a module that
 * hides it. */
static int no_keys(void *self, struct token_key_list *out, struct err *e)
{
    (void)self;
    err_clear(e);
    *out = (struct token_key_list){0};
    return 0;
}

static void a_key_that_was_never_seen_is_not_gone(void **state)
{
    struct room *r = *state;
    struct token_driver driver = *r->t->driver;
    struct tokens hides = {&driver, r->t->self};
    struct token_info token;
    struct err e;
    size_t seat, lines;

    driver.keys = no_keys;
    assert_int_equal(room_open(r, &e), 0);
    assert_int_equal(room_walk(r, STATION_ONE_TIME, &e), 0);
    assert_int_equal(one_time_next(ceremony_session(r->c), 0, &seat), 1);
    assert_int_equal(room_log_in(r, 0, &token, &e), 0);
    lines = journal_count(ceremony_journal(r->c));
    assert_int_equal(one_time_destroy(r->c, seat, &token, r->pin, &hides, &e), -1);
    assert_int_equal(e.code, ERR_TOKEN);
    assert_non_null(strstr(e.what, "not seen on this token"));
    assert_false(ceremony_session(r->c)->seats[seat].destroyed);
    assert_int_equal(journal_count(ceremony_journal(r->c)), lines);
    assert_int_equal(keys_on(r, "Alice"), 2);
}

/* Ee was not needed: the key is destroyed unused, and nobody waits for it any more. */
static void a_destroyed_key_can_sign_nothing_more(void **state)
{
    struct room *r = *state;
    struct token_info token;
    struct err e;
    size_t seat;

    room_edit(r, OWN, "\"keyholders\": [\"Alice\", \"Ee\"], \"threshold\": 1, \"one_time\": true");
    assert_int_equal(room_open(r, &e), 0);
    assert_int_equal(room_walk(r, STATION_ONE_TIME, &e), 0);
    assert_int_equal(session_signatures_left(ceremony_session(r->c), 4), 2);
    assert_int_equal(one_time_next(ceremony_session(r->c), 4, &seat), 1);
    assert_true(session_seat_can_sign(ceremony_session(r->c), seat));
    assert_int_equal(room_log_in(r, 4, &token, &e), 0);
    assert_int_equal(one_time_destroy(r->c, seat, &token, r->pin, r->t, &e), 0);
    assert_false(session_seat_can_sign(ceremony_session(r->c), seat));
    assert_int_equal(session_signatures_left(ceremony_session(r->c), 4), 1);
    assert_int_equal(room_sign(r, 4, &e), 0); /* root, by the key that stays */
    assert_int_equal(session_signatures_left(ceremony_session(r->c), 4), 0);
}

static void the_journal_is_not_believed(void **state)
{
    static const struct {
        enum station until;
        const char *data, *says;
    } rows[] = {
        {STATION_SIGNATURES, "{\"holder\":\"Alice\",\"keyid\":\"00\",\"role\":\"targets\"}",
         "too early"},
        {STATION_ONE_TIME, "{\"holder\":\"Alice\",\"keyid\":\"00\",\"role\":\"targets\"}",
         "another key"},
        {STATION_ONE_TIME, "{\"holder\":\"Alice\",\"keyid\":\"00\",\"role\":\"root\"}",
         "no one-time key"},
        {STATION_ONE_TIME, "{\"holder\":\"Zoe\",\"keyid\":\"00\",\"role\":\"targets\"}",
         "does not have"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        void *room = NULL;
        struct err e;

        assert_int_equal(make(&room), 0);
        assert_int_equal(room_open(room, &e), 0);
        assert_int_equal(room_walk(room, rows[i].until, &e), 0);
        room_close(room);
        room_forge(room, "key-destroyed", rows[i].data);
        assert_int_equal(room_open(room, &e), -1);
        assert_int_equal(e.code, ERR_JOURNAL);
        if (strstr(e.what, rows[i].says) == NULL)
            fail_msg("'%s' does not say '%s'", e.what, rows[i].says);
        clear(&room);
    }
}

/* The right key, at the right time; nobody saw it on its token. */
static void never_seen_never_destroyed(void **state)
{
    struct room *r = *state;
    const struct session *s;
    char data[200];
    struct err e;
    size_t seat;

    assert_int_equal(room_open(r, &e), 0);
    assert_int_equal(room_walk(r, STATION_ONE_TIME, &e), 0);
    s = ceremony_session(r->c);
    assert_int_equal(one_time_next(s, 0, &seat), 1);
    snprintf(data, sizeof data, "{\"holder\":\"Alice\",\"keyid\":\"%s\",\"role\":\"targets\"}",
             key_id(s->seats[seat].key));
    room_close(r);
    room_forge(r, "key-destroyed", data);
    assert_int_equal(room_open(r, &e), -1);
    assert_int_equal(e.code, ERR_JOURNAL);
    assert_non_null(strstr(e.what, "not seen on its token before"));
}

static void the_plan_must_make_sense(void **state)
{
    static const struct {
        const char *from, *to, *says;
    } rows[] = {
        {OWN, "\"same_keys_as\": \"root\", \"threshold\": 3, \"one_time\": true", "the same keys"},
        {"\"threshold\":\t3,", "\"threshold\": 3, \"one_time\": true,", "root's keys"},
        {OWN, "\"online_keys\": [\"online\"], \"threshold\": 1, \"one_time\": true",
         "belong to people"},
        {"\"root\", \"targets\"]", "\"root\"]", "belong to people"},
        {"\"name\":\t\"Alice\"", "\"name\":\t\"Alice\", \"key\": \"online.pem\"", "exists already"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        void *room = NULL;
        struct store *s;
        struct plan *p = NULL;
        struct findings f;
        struct err e;
        bool found = false;
        const struct room *r;

        assert_int_equal(make(&room), 0);
        r = room;
        if (i == 2)
            room_edit(r, "\"root\", \"targets\"]", "\"root\"]");
        room_edit(r, rows[i].from, rows[i].to);
        assert_int_equal(store_open(r->dir, &s, &e), 0);
        if (plan_load(s, &p, &e) != 0)
            fail_msg("row %zu: %s", i, e.what);
        assert_int_equal(plan_rules_check(p, INT64_C(1795435200), &f, &e), 0);
        for (size_t k = 0; k < f.n; k++)
            found = found || (f.items[k].level == FINDING_REFUSAL &&
                              strcmp(f.items[k].rule, "one-time-keys") == 0 &&
                              strstr(f.items[k].text, rows[i].says) != NULL);
        if (!found)
            fail_msg("row %zu is not refused", i);
        findings_clear(&f);
        plan_free(p);
        store_free(s);
        clear(&room);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(they_sign_and_are_gone, make, clear),
        cmocka_unit_test_setup_teardown(only_at_their_time, make, clear),
        cmocka_unit_test_setup_teardown(not_on_another_token, make, clear),
        cmocka_unit_test_setup_teardown(what_strangers_destroyed_is_not_gone, make, clear),
        cmocka_unit_test_setup_teardown(a_run_that_was_killed_goes_on, make, clear),
        cmocka_unit_test_setup_teardown(a_token_that_lies_is_found_out, make, clear),
        cmocka_unit_test_setup_teardown(a_key_that_only_left_the_session_is_not_gone, make, clear),
        cmocka_unit_test_setup_teardown(a_key_that_was_never_seen_is_not_gone, make, clear),
        cmocka_unit_test_setup_teardown(never_seen_never_destroyed, make, clear),
        cmocka_unit_test_setup_teardown(a_destroyed_key_can_sign_nothing_more, make, clear),
        cmocka_unit_test(the_journal_is_not_believed),
        cmocka_unit_test(the_plan_must_make_sense),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
