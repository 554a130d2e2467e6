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

static void a_template_moves_with_each_signature(void **state)
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

/* More is signed than fits: the heading with the name stays, and nothing is out of reach. */
static void all_that_is_signed_can_be_seen_before_the_pin(void **state)
{
    struct scene s;

    (void)state;
    scene_many(&s, 32);
    to_signatures(&s);
    press(&s, TERM_ENTER);
    insert(&s, "S0");
    type(&s, "471");
    sees(&s, "Alice, this is what your token will sign, as reviewed:");
    sees(&s, "PIN: ***\n");
    sees_not(&s, "root v1, valid until");
    press(&s, TERM_PAGE_UP);
    sees(&s, "Alice, this is what your token will sign, as reviewed:");
    sees(&s, "root v1, valid until");
    press(&s, '1');
    sees(&s, "PIN: ****\n");
    scene_clear(&s);
}

/* Wherever a token is named, so is the bag that it came in. */
static void a_token_is_named_with_its_bag(void **state)
{
    struct scene s;
    struct err e;

    (void)state;
    scene_first(&s, false);
    to_signatures(&s);
    assert_int_equal(act_bag(s.room.c, 0, "4471", &e), 0);
    sees(&s, "> Alice  S0  bag 4471  has not signed\n");
    sees(&s, "  Bo     S1            has not signed\n");
    press(&s, 'x');
    sees(&s, "Token: S0  bag 4471\n");
    press(&s, TERM_ESC);
    press(&s, TERM_ENTER);
    sees(&s, "Alice's token: serial S0, bag 4471\n");
    insert(&s, "S0");
    sees(&s, "serial S0, \"Alice\", bag 4471\n");
    press(&s, TERM_ESC);
    for (unsigned i = 0; i < 3; i++) /* review, enrolment, roll call */
        press(&s, 'b');
    sees(&s, "[x] Alice, bag 4471\n");
    scene_clear(&s);
}

/* One cell, and as many as a plan allows; Chinese is two cells a character, a combining line
 * none. */
static void names_of_any_length_have_their_column(void **state)
{
    static const char *const names[5] = {"A", "Bartholomew", "\xe9\x99\xb3\xe5\xa4\xa7\xe6\x96\x87",
                                         "Jose\xcc\xb2",
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

/* A driver during whose work somebody types, before or after the screen was drawn anew. */
struct typist {
    struct scene *s;
    const struct tokens *real;
    struct token_driver driver;
    struct tokens t;
    int key;
    bool drawn;
};

static void work(const struct typist *ty)
{
    if (ty->drawn)
        window(ty->s, 24, 80);
    walk_typed(&ty->s->w, ty->key);
}

static int typing_public_keys(void *self, const struct token_id *id, struct token_key_list *out,
                              struct err *e)
{
    const struct typist *ty = self;

    work(ty);
    return ty->real->driver->public_keys(ty->real->self, id, out, e);
}

static int typing_login(void *self, const struct token_id *id, const struct secret *pin,
                        enum pin_state *state, struct err *e)
{
    const struct typist *ty = self;

    work(ty);
    return ty->real->driver->login(ty->real->self, id, pin, state, e);
}

static int real_list(void *self, struct token_list *out, struct err *e)
{
    const struct typist *ty = self;

    return ty->real->driver->list(ty->real->self, out, e);
}

static int real_logout(void *self, struct err *e)
{
    const struct typist *ty = self;

    return ty->real->driver->logout(ty->real->self, e);
}

/* Somebody types `key` at each of these calls. */
static void types(struct typist *ty, struct scene *s, int key, bool drawn)
{
    *ty = (struct typist){.s = s, .real = s->room.t, .key = key, .drawn = drawn};
    ty->driver = (struct token_driver){.list = real_list,
                                       .public_keys = typing_public_keys,
                                       .login = typing_login,
                                       .logout = real_logout};
    ty->t = (struct tokens){&ty->driver, ty};
    s->w.t = &ty->t;
}

static void to_insert(struct scene *s)
{
    at_enrolment(s);
    press(s, TERM_ENTER);
    sees(s, "Alice, please insert your token.");
}

static void a_key_for_the_token_that_is_shown_counts_when_it_was_looked_at(void **state)
{
    struct typist ty;
    struct scene s;

    (void)state;
    to_insert(&s);
    types(&ty, &s, 't', true);
    insert(&s, "S0");
    sees(&s, "Alice, please insert your token.");
    walk_follow(&s.w);
    sees(&s, "Alice, what shall be done with this token?");
    s.w.t = s.room.t;
    scene_clear(&s);
}

static void a_key_that_was_typed_before_the_token_was_shown_does_not(void **state)
{
    struct typist ty;
    struct scene s;

    (void)state;
    to_insert(&s);
    types(&ty, &s, TERM_ENTER, false);
    insert(&s, "S0");
    walk_follow(&s.w);
    sees(&s, "Alice, please insert your token.");
    s.w.t = s.room.t;
    scene_clear(&s);
}

static void what_is_typed_while_a_pin_is_tried_goes_nowhere(void **state)
{
    struct typist ty;
    struct scene s;

    (void)state;
    to_insert(&s);
    insert(&s, "S0");
    press(&s, TERM_ENTER);
    type(&s, "0000000");
    types(&ty, &s, TERM_ENTER, true);
    press(&s, TERM_ENTER);
    walk_follow(&s.w);
    sees(&s, "That did not work.");
    s.w.t = s.room.t;
    scene_clear(&s);
}

/* What waits in the terminal is dropped when another screen is drawn. */
static void warnings_and_new_results_are_screens_of_their_own(void **state)
{
    struct scene s;

    (void)state;
    scene_first(&s, false);
    press(&s, TERM_ENTER);
    sees(&s, "What is today's date");
    assert_true(walk_is_drawn(&s.w));
    type(&s, "2031-01-01");
    assert_true(walk_is_drawn(&s.w));
    press(&s, TERM_ENTER);
    assert_false(walk_is_drawn(&s.w));
    sees(&s, "days from this machine's date");
    assert_true(walk_is_drawn(&s.w));
    press(&s, TERM_ESC);
    sees(&s, "Is this machine fit for the ceremony?");
    press(&s, 'c');
    assert_false(walk_is_drawn(&s.w));
    scene_clear(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_for_the_token_that_is_shown_counts_when_it_was_looked_at),
        cmocka_unit_test(a_key_that_was_typed_before_the_token_was_shown_does_not),
        cmocka_unit_test(what_is_typed_while_a_pin_is_tried_goes_nowhere),
        cmocka_unit_test(warnings_and_new_results_are_screens_of_their_own),
        cmocka_unit_test(no_key_acts_where_nothing_can_be_read),
        cmocka_unit_test(a_message_goes_with_its_screen),
        cmocka_unit_test(what_is_nowhere_is_said),
        cmocka_unit_test(what_is_found_is_chosen),
        cmocka_unit_test(a_template_moves_with_each_signature),
        cmocka_unit_test(more_than_are_needed_are_not_so_many_of_them),
        cmocka_unit_test(all_that_is_signed_can_be_seen_before_the_pin),
        cmocka_unit_test(a_token_is_named_with_its_bag),
        cmocka_unit_test(names_of_any_length_have_their_column),
    };

    if (setlocale(LC_ALL, "C.UTF-8") == NULL)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
