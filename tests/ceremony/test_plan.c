/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "ceremony/base/finding.h"
#include "ceremony/rules/plan_rules.h"
#include "room.h"

#define NOON INT64_C(1795435200) /* 2026-11-23T12:00:00Z */

/* A change of the preset's plan, and what is said of it. */
struct row {
    const char *from, *to;
    enum err_code code; /* of plan_load; ERR_NONE: it loads */
    const char *rule;   /* of a finding, or part of the error's text */
    enum finding_level level;
};

static const struct row rows[] = {
    {"\"threshold\":\t3,\n\t\t\t\"key_type\"", "\"threshold\":\t6,\n\t\t\t\"key_type\"", ERR_NONE,
     "threshold-range", FINDING_REFUSAL},
    {"\"threshold\":\t3,\n\t\t\t\"key_type\"", "\"threshold\":\t0,\n\t\t\t\"key_type\"", ERR_NONE,
     "threshold-range", FINDING_REFUSAL},
    {"\"threshold\":\t3,\n\t\t\t\"key_type\"", "\"threshold\":\t1,\n\t\t\t\"key_type\"", ERR_NONE,
     "threshold-one", FINDING_WARNING},
    {"\"threshold\":\t3,\n\t\t\t\"key_type\"", "\"threshold\":\t5,\n\t\t\t\"key_type\"", ERR_NONE,
     "threshold-all", FINDING_WARNING},
    {"1 year", "2026-11-23", ERR_NONE, "expiry", FINDING_REFUSAL},
    {"1 year", "11 years", ERR_NONE, "expiry", FINDING_REFUSAL},
    {"1 year", "3 days", ERR_NONE, "expiry", FINDING_WARNING},
    {"1 year", "soon", ERR_INPUT, "neither a duration nor a date", FINDING_NOTE},
    {"ecdsa-p256", "ecdsa-p384", ERR_NONE, "key-type", FINDING_WARNING},
    {"ecdsa-p256", "dsa", ERR_INPUT, "is not one of", FINDING_NOTE},
    {"\"name\":\t\"Bo\"", "\"name\":\t\"Alice\"", ERR_PLAN, "there twice", FINDING_NOTE},
    {"\"name\":\t\"Bo\"", "\"name\":\t\"Alic\xD0\xB5\"", ERR_INPUT, "look alike", FINDING_NOTE},
    {"\"name\":\t\"Bo\"", "\"name\":\t\"alice\"", ERR_INPUT, "look alike", FINDING_NOTE},
    {"\"name\":\t\"Bo\"", "\"name\":\t\"Bo\xCC\x81\"", ERR_INPUT, "one way only", FINDING_NOTE},
    {"\"Bo\", \"Chen\"", "\"Bo\", \"Bo\"", ERR_PLAN, "there twice", FINDING_NOTE},
    {"\"Bo\", \"Chen\"", "\"Bo\", \"Zoe\"", ERR_INPUT, "nobody of that name", FINDING_NOTE},
    {"\"sign\":\t[\"root\", ", "\"sign\":\t[", ERR_NONE, "root-signed", FINDING_REFUSAL},
    {"\"rehearsal\":\tfalse", "\"rehearsal\":\tfalse, \"treshold\": 1", ERR_INPUT, "treshold",
     FINDING_NOTE},
    {"\"title\":\t\"", "\"title\":\t\"\\u001b[2J", ERR_INPUT, "control characters", FINDING_NOTE},
    {"\"rehearsal\":\tfalse", "\"first_root\": []", ERR_INPUT, "'first_root' is true or false",
     FINDING_NOTE},
    {"\"rehearsal\":\tfalse", "\"first_root\": true", ERR_INPUT, "without one every root is a",
     FINDING_NOTE},
    {"\"sign\":\t[", "\"loopback\": \"x.so\", \"sign\":\t[", ERR_NONE, "module-network",
     FINDING_WARNING},
    {"\"sign\":\t[", "\"loopback\": [\"x.so\"], \"sign\":\t[", ERR_INPUT, "loopback", FINDING_NOTE},
    {"\"sign\":\t[", "\"loopback\": \"\", \"sign\":\t[", ERR_INPUT, "loopback", FINDING_NOTE},
    {"online.pem", "../online.pem", ERR_INPUT, "no name inside", FINDING_NOTE},
    {"online.pem", "other.pem", ERR_INCOMPLETE, "is not there", FINDING_NOTE},
};

static void assert_finding(const struct plan *p, const struct row *row)
{
    struct findings f;
    struct err e;
    bool there = false;

    assert_int_equal(plan_rules_check(p, NOON, &f, &e), 0);
    for (size_t i = 0; i < f.n; i++) {
        there |= strcmp(f.items[i].rule, row->rule) == 0 && f.items[i].level == row->level;
        assert_true(f.items[i].todo[0] != '\0');
    }
    if (!there)
        fail_msg("no finding '%s' for %s", row->rule, row->to);
    assert_int_equal(findings_refused(&f), row->level == FINDING_REFUSAL);
    findings_clear(&f);
}

static void each_fault_is_named(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct room r;
        struct store *s;
        struct plan *p;
        struct err e;

        room_make(&r);
        room_edit(&r, rows[i].from, rows[i].to);
        assert_int_equal(store_open(r.dir, &s, &e), 0);
        err_clear(&e);
        if (plan_load(s, &p, &e) == 0) {
            assert_int_equal(rows[i].code, ERR_NONE);
            assert_finding(p, &rows[i]);
            plan_free(p);
        } else {
            if (e.code != rows[i].code || strstr(e.what, rows[i].rule) == NULL)
                fail_msg("%s: %s (%s)", rows[i].to, e.what, err_name(e.code));
            assert_null(p);
        }
        store_free(s);
        room_clear(&r);
    }
}

static void a_refused_plan_is_not_accepted(void **state)
{
    struct room r;
    struct err e;

    (void)state;
    room_make(&r);
    room_edit(&r, "1 year", "11 years");
    assert_int_equal(room_open(&r, &e), 0);
    assert_int_equal(room_walk(&r, STATIONS, &e), -1);
    assert_int_equal(e.code, ERR_PLAN);
    assert_false(ceremony_session(r.c)->plan_accepted);
    room_clear(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_fault_is_named),
        cmocka_unit_test(a_refused_plan_is_not_accepted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
