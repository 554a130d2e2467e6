/* SPDX-License-Identifier: Apache-2.0 */
/* Names that people could take for one another are refused wherever a person is named. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ceremony/base/names.h"
#include "room.h"

#define CYRILLIC_A "\xD0\xB0"
#define ACUTE      "\xCC\x81" /* combining */

static void what_is_clear(void **state)
{
    static const struct {
        const char *name;
        bool clear;
    } rows[] = {
        {"Alice", true},
        {"Andr\xC3\xA9 M\xC3\xBCller", true},
        {"\xE5\xB1\xB1\xE7\x94\xB0", true}, /* Han */
        {"", false},
        {" Alice", false},
        {"Alice ", false},
        {"Andre" ACUTE, false}, /* not in form NFC */
        {"Ali\xE2\x80\x8B"
         "ce",
         false}, /* zero-width space */
        {"Ali\xE1\x85\x9F"
         "ce",
         false}, /* Hangul filler */
        {"Ali\xEF\xB8\x8F"
         "ce",
         false}, /* variation selector */
        {"Ali\xE2\x80\xAE"
         "ce",
         false}, /* right-to-left override */
        {"Ali\xFF"
         "ce",
         false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (name_is_clear(rows[i].name) != rows[i].clear)
            fail_msg("row %zu: '%s'", i, rows[i].name);
}

static void who_looks_alike(void **state)
{
    static const struct {
        const char *one, *other;
        bool alike;
    } rows[] = {
        {"Alice", "Bo", false},
        {"Alice", "Alice", false}, /* the same name is not two names */
        {"Alice", "Alice B", false},
        {"Alice", "alice", true},
        {"Alice", "AIice", true}, /* capital i */
        {"Bern", "Bem", true},    /* r and n */
        {"Ada", "Ad" CYRILLIC_A, true},
        {"Dee 1", "Dee l", true},
        {"M\xC3\xBCller", "Muller", false},
    };
    const char *a, *b, *pair[4] = {"Zoe", NULL, "Yan", NULL};
    struct err e;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        pair[1] = rows[i].one;
        pair[3] = rows[i].other;
        assert_int_equal(names_alike(pair, 4, &a, &b, &e), 0);
        if ((a != NULL) != rows[i].alike)
            fail_msg("row %zu: '%s' and '%s'", i, rows[i].one, rows[i].other);
        if (a != NULL)
            assert_true(strcmp(a, rows[i].one) == 0 ? strcmp(b, rows[i].other) == 0
                                                    : strcmp(b, rows[i].one) == 0);
    }
    assert_int_equal(names_alike(NULL, 0, &a, &b, &e), 0);
    assert_null(a);
}

/* Roles of strangers may have names of any length: those do not count, and hide no other pair. */
static void a_name_without_end(void **state)
{
    const size_t size = (size_t)48 << 20; /* of which 2^31 units might be made */
    char *name = malloc(size + 1);
    const char *pair[] = {name, "Ada", name, "Ad" CYRILLIC_A}, *a, *b;
    struct err e;

    (void)state;
    assert_non_null(name);
    memset(name, 'x', size);
    name[size] = '\0';
    assert_int_equal(names_alike(pair, 4, &a, &b, &e), 0);
    assert_string_equal(a, "Ada");
    assert_string_equal(b, "Ad" CYRILLIC_A);
    assert_false(name_is_clear(name));
    free(name);
}

static int begin(void **state)
{
    static struct room r;

    room_make(&r);
    *state = &r;
    return 0;
}

static int end(void **state)
{
    room_clear(*state);
    return 0;
}

/* A witness or an administrator that looks like a keyholder, or like each other. */
static void a_roll_call_of_people_who_differ(void **state)
{
    struct room *r = *state;
    const bool present[5] = {true, true, true, true, true};
    const char *witness = "Alic\xD0\xB5"; /* Cyrillic */
    struct err e;

    assert_int_equal(room_open(r, &e), 0);
    assert_int_equal(room_walk(r, STATION_ROLL_CALL, &e), 0);
    assert_int_equal(act_roll_call(r->c, present, "Olga", &witness, 1, &e), -1);
    if (e.code != ERR_INPUT)
        fail_msg("%s; %s; %s", e.what, e.where, e.todo);
    assert_non_null(strstr(e.what, "look alike"));
    witness = "Wanda";
    assert_int_equal(act_roll_call(r->c, present, "ALICE", &witness, 1, &e), -1);
    assert_int_equal(act_roll_call(r->c, present, "Wand" CYRILLIC_A, &witness, 1, &e), -1);
    witness = "Wanda" ACUTE;
    assert_int_equal(act_roll_call(r->c, present, "Olga", &witness, 1, &e), -1);
    assert_non_null(strstr(e.what, "one way only"));
    assert_false(ceremony_session(r->c)->roll_called);
    witness = "Wanda";
    assert_int_equal(act_roll_call(r->c, present, "Alice", &witness, 1, &e), 0); /* both at once */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_clear),
        cmocka_unit_test(who_looks_alike),
        cmocka_unit_test(a_name_without_end),
        cmocka_unit_test_setup_teardown(a_roll_call_of_people_who_differ, begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
