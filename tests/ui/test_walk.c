/* SPDX-License-Identifier: Apache-2.0 */
/* What holds on more than one screen: keys in a window that is too small, messages that go with
 * their screen, searching, and columns for names of any length. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <locale.h>
#include <string.h>

#include "scene_steps.h"

static void no_key_acts_where_nothing_can_be_read(void **state)
{
    static const int keys[] = {TERM_ENTER, TERM_ESC, TERM_DOWN, TERM_HELP, 'b', 'x', 'g', '/', ' '};
    struct scene s;

    (void)state;
    scene_first(&s, false);
    to_signatures(&s);
    window(&s, 20, 60);
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
        press(&s, keys[i]);
    sees(&s, "Whose signature next?");
    sees(&s, "> Alice  S0  has not signed");
    sees(&s, "b back");
    press(&s, TERM_DOWN);
    sees(&s, "> Bo     S1  has not signed");
    scene_clear(&s);
}

static void a_message_goes_with_its_screen(void **state)
{
    struct scene s;

    (void)state;
    scene_first(&s, false);
    to_signatures(&s);
    sign(&s, "S0");
    sees(&s, "Alice signed 2 files");
    press(&s, '?');
    press(&s, TERM_ENTER);
    sees(&s, "Alice signed 2 files"); /* still the same screen */
    press(&s, TERM_ENTER);
    sees(&s, "Bo, please insert your token.");
    press(&s, TERM_ESC);
    sees(&s, "Whose signature next?");
    sees_not(&s, "Alice signed 2 files");
    press(&s, 'b');
    press(&s, 'g');
    sees_not(&s, "Alice signed 2 files");
    scene_clear(&s);
}

static void what_is_nowhere_is_said(void **state)
{
    struct scene s;

    (void)state;
    scene_first(&s, false);
    to_signatures(&s);
    press(&s, 'b');
    press(&s, TERM_ENTER);
    sees(&s, "This is what will be signed");
    press(&s, '/');
    type(&s, "rootz");
    sees(&s, "/ rootz   is nowhere here");
    press(&s, TERM_ENTER); /* the question stays until it is answered, or forgotten */
    sees(&s, "/ rootz   is nowhere here");
    press(&s, TERM_BACKSPACE);
    sees_not(&s, "is nowhere here");
    press(&s, 'q');
    press(&s, TERM_ESC);
    sees_not(&s, "nowhere");
    sees(&s, "/ search");
    scene_clear(&s);
}

/* A list of choices: what is found is chosen, and Up and Down go on from there. */
static void what_is_found_is_chosen(void **state)
{
    struct scene s;

    (void)state;
    scene_many(&s, 2);
    to_signatures(&s);
    sign(&s, "S0");
    sees(&s, "to search");
    press(&s, '/');
    type(&s, "ee     S4");
    press(&s, TERM_ENTER);
    sees(&s, "> Ee");
    press(&s, TERM_UP);
    sees(&s, "> Dee");
    scene_clear(&s);
}

static void a_family_moves_with_each_signature(void **state)
{
    struct scene s;

    (void)state;
    scene_many(&s, 32);
    to_signatures(&s);
    sees(&s, "targets/packages/{part}  ................  0 of 32");
    sign(&s, "S0");
    sees(&s, "targets/packages/{part}  #####...........  0 of 32");
    sign(&s, "S1");
    sees(&s, "targets/packages/{part}  ##########......  0 of 32");
    sign(&s, "S2");
    sees(&s, "targets/packages/{part}  ################  32 of 32");
    scene_clear(&s);
}

static void more_than_are_needed_are_not_so_many_of_them(void **state)
{
    static const char *const serials[] = {"S0", "S1", "S2", "S3"};
    struct scene s;

    (void)state;
    scene_first(&s, false);
    to_signatures(&s);
    for (size_t i = 0; i < 4; i++) {
        while (s.w.choice != i)
            press(&s, s.w.choice < i ? TERM_DOWN : TERM_UP);
        sign(&s, serials[i]);
    }
    sees(&s, "root v1  v1 keys  ###  4 (3 needed)  ok");
    sees_not(&s, "4 of 3");
    scene_clear(&s);
}

/* One cell, and as many as a plan allows; Chinese is two cells a character, a combining accent
 * none. */
static void names_of_any_length_have_their_column(void **state)
{
    static const char *const names[5] = {"A", "Bartholomew", "\xe9\x99\xb3\xe5\xa4\xa7\xe6\x96\x87",
                                         "Jose\xcc\x81",
                                         "Wolfeschlegelsteinhausenbergerdorff of an office"};
    struct scene s;

    (void)state;
    scene_named(&s, names);
    to_signatures(&s);
    sees(&s, "  > A            S0  has not signed\n");
    sees(&s, "    Bartholomew  S1  has not signed\n");
    sees(&s, "    \xe9\x99\xb3\xe5\xa4\xa7\xe6\x96\x87       S2  has not signed\n");
    sees(&s, "    Jose         S3  has not signed\n");
    sees(&s, "    Wolfeschlegelsteinhausenbergerdorff of an office  S4\n");
    press(&s, 'b');
    press(&s, 'b');
    sees(&s, "    ok Bartholomew  S1, 0887");
    sees(&s, "    ok \xe9\x99\xb3\xe5\xa4\xa7\xe6\x96\x87       S2, e82d");
    sees(&s, "    ok Wolfeschlegelsteinhausenbergerdorff of an office\n");
    sees(&s, "\xe2\x94\x82         S4, 309c"); /* goes on below, within its choice */
    scene_clear(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_key_acts_where_nothing_can_be_read),
        cmocka_unit_test(a_message_goes_with_its_screen),
        cmocka_unit_test(what_is_nowhere_is_said),
        cmocka_unit_test(what_is_found_is_chosen),
        cmocka_unit_test(a_family_moves_with_each_signature),
        cmocka_unit_test(more_than_are_needed_are_not_so_many_of_them),
        cmocka_unit_test(names_of_any_length_have_their_column),
    };

    if (setlocale(LC_ALL, "C.UTF-8") == NULL)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
