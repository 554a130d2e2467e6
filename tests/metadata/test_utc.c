/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>
#include <time.h>

#include "metadata/base/utc.h"

#define DAY 86400

static utc_t at(const char *text)
{
    struct err e;
    utc_t t;

    if (utc_parse(span_str(text), &t, &e) != 0)
        fail_msg("%s: %s", text, e.what);
    return t;
}

static void reads_and_writes_the_one_form(void **state)
{
    static const char *const times[] = {"1970-01-01T00:00:00Z", "2000-02-29T23:59:59Z",
                                        "2026-11-24T12:00:00Z", "2100-02-28T00:00:00Z",
                                        "2400-02-29T01:02:03Z", "9999-12-31T23:59:59Z"};

    (void)state;
    assert_int_equal(at("1970-01-01T00:00:00Z"), 0);
    assert_int_equal(at("2001-09-09T01:46:40Z"), 1000000000);
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        char text[UTC_SIZE];

        utc_format(at(times[i]), text);
        assert_string_equal(text, times[i]);
    }
}

static void refuses_every_other_form(void **state)
{
    static const char *const wrong[] = {
        "",
        "2027",
        "2027-01-01",
        "2027-01-01T00:00:00",
        "2027-01-01T00:00:00.5Z",
        "2027-01-01T00:00:00+00:00",
        "2027-01-01T00:00:00z",
        "2027-01-01 00:00:00Z",
        "2027-01-01T00:00:00Z ",
        " 2027-01-01T00:00:00Z",
        "+027-01-01T00:00:00Z",
        "2027-1-01T00:00:00Z",
        "2027-00-01T00:00:00Z",
        "2027-13-01T00:00:00Z",
        "2027-01-00T00:00:00Z",
        "2027-02-29T00:00:00Z", /* no leap year */
        "2100-02-29T00:00:00Z", /* nor this */
        "2027-04-31T00:00:00Z",
        "2027-01-01T24:00:00Z",
        "2027-01-01T00:60:00Z",
        "2027-01-01T00:00:60Z", /* no leap seconds */
        "1969-12-31T23:59:59Z",
    };

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        utc_t t = 7;
        struct err e;

        if (utc_parse(span_str(wrong[i]), &t, &e) == 0)
            fail_msg("accepted: '%s'", wrong[i]);
        assert_int_equal(e.code, ERR_INPUT);
        assert_int_equal(t, 7);
    }
    /* a NUL inside is a byte like any other */
    assert_int_equal(utc_parse(span_of("2027-01-01T00:00:00\0", 20), &(utc_t){0}, &(struct err){0}),
                     -1);
}

/* The C library is the second opinion, over four centuries. */
static void agrees_with_the_c_library(void **state)
{
    (void)state;
    for (utc_t t = 0; t < (utc_t)146097 * DAY; t += 11 * DAY + 4567) {
        time_t seconds = (time_t)t;
        struct tm tm;
        char ours[UTC_SIZE], theirs[UTC_SIZE];

        assert_non_null(gmtime_r(&seconds, &tm));
        assert_int_not_equal(strftime(theirs, sizeof theirs, "%Y-%m-%dT%H:%M:%SZ", &tm), 0);
        utc_format(t, ours);
        assert_string_equal(ours, theirs);
        assert_int_equal(at(ours), t);
    }
}

static void adds_durations_by_the_calendar(void **state)
{
    static const struct {
        const char *from, *duration, *to;
    } rows[] = {
        {"2026-11-24T12:30:00Z", "1 year", "2027-11-24T12:30:00Z"},
        {"2024-02-29T00:00:00Z", "1 year", "2025-02-28T00:00:00Z"},
        {"2024-02-29T00:00:00Z", "4 years", "2028-02-29T00:00:00Z"},
        {"2026-01-31T00:00:00Z", "1 month", "2026-02-28T00:00:00Z"},
        {"2026-11-30T00:00:00Z", "14 months", "2028-01-30T00:00:00Z"},
        {"2026-12-31T00:00:00Z", "12 months", "2027-12-31T00:00:00Z"},
        {"2026-12-31T23:00:00Z", "2 hours", "2027-01-01T01:00:00Z"},
        {"2026-02-28T00:00:00Z", "90 days", "2026-05-29T00:00:00Z"},
        {"2026-01-01T00:00:00Z", "36 hours", "2026-01-02T12:00:00Z"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct duration d;
        struct err e;
        char text[UTC_SIZE];

        assert_int_equal(duration_parse(span_str(rows[i].duration), &d, &e), 0);
        utc_format(utc_add(at(rows[i].from), d), text);
        assert_string_equal(text, rows[i].to);
    }
}

static void writes_durations_as_it_reads_them(void **state)
{
    static const char *const rows[] = {"1 year", "2 years", "18 months", "90 days", "36 hours"};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct duration d;
        struct err e;
        char text[32];

        assert_int_equal(duration_parse(span_str(rows[i]), &d, &e), 0);
        duration_format(d, text, sizeof text);
        assert_string_equal(text, rows[i]);
    }
}

static void refuses_odd_durations(void **state)
{
    static const char *const wrong[] = {
        "",         "1",         "year",        "0 days",      "-1 years",     "1  year", "1 Year",
        "1 yearss", "1 year ",   "1.5 years",   "1 decade",    "9999999 days", " 1 year", "1 yea",
        "1y",       "101 years", "10001 years", "1201 months", "36526 days"};

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct duration d;
        struct err e;

        if (duration_parse(span_str(wrong[i]), &d, &e) == 0)
            fail_msg("accepted: '%s'", wrong[i]);
        assert_int_equal(e.code, ERR_INPUT);
    }
}

static void prints_distances_in_words(void **state)
{
    static const struct {
        utc_t from_now;
        const char *words;
    } rows[] = {{365 * DAY, "in 12 months"}, {730 * DAY, "in 2 years"}, {-3 * DAY, "3 days ago"},
                {90, "in 2 minutes"},        {7200, "in 2 hours"},      {0, "0 minutes ago"},
                {60, "in 1 minute"},         {-7199, "120 minutes ago"}};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct bytes out;

        out = (struct bytes){0};
        utc_distance(1000 * (utc_t)DAY, 1000 * (utc_t)DAY + rows[i].from_now, &out);
        assert_string_equal(bytes_str(&out), rows[i].words);
        bytes_clear(&out);
    }
}

static void an_expiry_is_in_words_once_by_the_moment_and_once_by_the_day(void **state)
{
    struct bytes out;
    utc_t now = 20000 * (utc_t)DAY;

    (void)state;
    out = (struct bytes){0};
    utc_put_expiry(now, &out);
    assert_string_equal(bytes_str(&out), "valid until 2024-10-04T00:00:00Z");
    bytes_truncate(&out, 0);
    utc_put_expiry_day(now, now + 365 * (utc_t)DAY, &out);
    assert_string_equal(bytes_str(&out), "valid until 2025-10-04 (in 12 months)");
    bytes_clear(&out);
}

static void reads_and_prints_a_day(void **state)
{
    static const char *const wrong[] = {"",           "2026-11-2",   "2026-11-231",
                                        "2026-02-30", "2026-11-23T", "23.11.2026",
                                        "2026/11/23", "1969-12-31"};
    struct err e;
    utc_t t;

    (void)state;
    assert_int_equal(utc_parse_day(span_str("2026-11-23"), &t, &e), 0);
    assert_true(t == at("2026-11-23T00:00:00Z"));
    t = at("2026-11-23T14:07:09Z");
    assert_string_equal(utc_text(t).day, "2026-11-23");
    assert_string_equal(utc_text(t).time, "14:07:09");
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_int_equal(utc_parse_day(span_str(wrong[i]), &t, &e), -1);
        assert_int_equal(e.code, ERR_INPUT);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_and_writes_the_one_form),
        cmocka_unit_test(refuses_every_other_form),
        cmocka_unit_test(agrees_with_the_c_library),
        cmocka_unit_test(adds_durations_by_the_calendar),
        cmocka_unit_test(writes_durations_as_it_reads_them),
        cmocka_unit_test(refuses_odd_durations),
        cmocka_unit_test(prints_distances_in_words),
        cmocka_unit_test(an_expiry_is_in_words_once_by_the_moment_and_once_by_the_day),
        cmocka_unit_test(reads_and_prints_a_day),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
