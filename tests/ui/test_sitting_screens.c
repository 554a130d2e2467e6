/* SPDX-License-Identifier: Apache-2.0 */
/* Screens of a long sitting: many files, a pause, a token that is pulled. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ceremony/base/words.h"
#include "scene_steps.h"

/* What the room sees while a token signs: at the 100th file, and when somebody presses p. */
static void look_at_100(struct walk *w)
{
    struct scene *s = (struct scene *)((char *)w - offsetof(struct scene, w));

    if (w->progress.done < 100 || w->pausing)
        return;
    w->busy = "waiting for the token to sign";
    golden(s, "signing");
    w->pausing = true;
    sees(s, "It pauses as soon as");
    sees(s, "Esc give up waiting");
    w->busy = NULL;
}

static void many_files_in_one_sitting(void **state)
{
    static const struct fake_row pulled[] = {{FAKE_SIGN, 40, FAKE_REMOVED}};
    struct scene s;

    (void)state;
    scene_many(&s, 312);
    to_signatures(&s);
    sees(&s, "targets/packages/{part}  ................  0 of 312");
    s.room.tick = 350; /* a slow token: each file takes a second */
    s.w.live = look_at_100;
    sign(&s, "S0");
    golden(&s, "signing_paused");
    s.w.live = NULL;
    fake_script(s.room.t, pulled, 1);
    sign(&s, "S0");
    golden(&s, "signing_pulled");
    fake_script(s.room.t, NULL, 0);
    press(&s, TERM_ENTER);
    sees(&s, "Alice, please insert your token.");
    insert(&s, "S0");
    golden(&s, "pin_sign_rest");
    pin(&s);
    sees(&s, "Alice signed 314 files");
    sees(&s, "has signed everything");
    assert_int_equal(ceremony_session(s.room.c)->nsignatures, 314);
    sign(&s, "S1");
    sign(&s, "S2");
    while (s.w.choice < 5)
        press(&s, TERM_DOWN);
    press(&s, TERM_ENTER);
    golden(&s, "client_many");
    scene_clear(&s);
}

/* Whoever brings the folder could bring a journal in which all was looked at already. */
static void a_ceremony_that_goes_on_says_so(void **state)
{
    struct scene s;

    (void)state;
    scene_first(&s, false);
    walk_report_resumed(&s.w);
    assert_string_equal(s.w.notice, "");
    to_signatures(&s);
    scene_resume(&s);
    walk_report_resumed(&s.w);
    sees(&s, "Resuming a ceremony begun 2026-11-23 14:00 UTC, 17");
    golden(&s, "readiness_again");
    press(&s, TERM_ENTER);
    sees(&s, "What is today's date, in UTC?");
    type(&s, "2026-11-23");
    press(&s, TERM_ENTER);
    sees(&s, "Whose signature next?");
    scene_clear(&s);
}

/* The journal is none that this machine remembers. */
static void a_ceremony_that_is_not_known_is_asked_about(void **state)
{
    uint8_t last[SHA256_SIZE];
    struct bytes words = {0};
    struct scene s;

    (void)state;
    scene_first(&s, false);
    to_signatures(&s);
    s.room.memory = MEMORY_OF_NOTHING;
    scene_resume(&s);
    golden(&s, "resume");
    type(&s, "nonsense");
    press(&s, TERM_ENTER);
    sees(&s, "these are not the words of the journal's last line");
    press(&s, TERM_ENTER);
    assert_true(ceremony_last_line(s.room.c, last));
    words_text(last, 0, 8, &words);
    type(&s, bytes_str(&words));
    press(&s, TERM_ENTER);
    sees(&s, "These are the words of the journal's last line.");
    sees(&s, "Is this machine fit for the ceremony?");
    bytes_clear(&words);
    scene_clear(&s);
}

/* Nobody has the paper: the room confirms again what it said, and its signatures stay. */
static void without_the_paper_the_plan_is_accepted_again(void **state)
{
    struct scene s;

    (void)state;
    scene_first(&s, false);
    to_signatures(&s);
    s.room.memory = MEMORY_OF_NOTHING;
    scene_resume(&s);
    type(&s, "again");
    press(&s, TERM_ENTER);
    sees(&s, "The date, the plan,");
    for (size_t i = 0; i < s.w.ready.n; i++) /* of whatever machine this is */
        s.w.ready.items[i].level = CHECK_PASS;
    press(&s, TERM_ENTER);
    type(&s, "2026-11-23");
    press(&s, TERM_ENTER);
    sees(&s, "This is the plan. Is it what you came for?");
    press(&s, TERM_ENTER);
    sees(&s, "If they are the same, type the first word");
    type_word(&s);
    press(&s, TERM_ENTER);
    sees(&s, "Who is in the room?");
    scene_clear(&s);
}

/* What was fit an hour ago may be connected now. Passed, it is recorded, behind the start. */
static void a_machine_that_is_fit_no_more_stops_it(void **state)
{
    struct scene s;
    const struct journal *j;
    size_t n;

    (void)state;
    scene_first(&s, false);
    to_signatures(&s);
    scene_resume(&s);
    j = ceremony_journal(s.room.c);
    n = journal_count(j);
    s.w.ready.items[0].level = CHECK_FAIL;
    press(&s, TERM_ENTER);
    sees(&s, "Fix the lines with FAIL");
    assert_int_equal(journal_count(j), n);
    s.w.ready.items[0].level = CHECK_PASS;
    press(&s, TERM_ENTER);
    assert_int_equal(journal_count(j), n + 2);
    assert_int_equal(journal_event(j, n)->type, EVENT_RESUMED);
    assert_int_equal(journal_event(j, n + 1)->type, EVENT_READINESS);
    scene_clear(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_files_in_one_sitting),
        cmocka_unit_test(a_ceremony_that_goes_on_says_so),
        cmocka_unit_test(a_ceremony_that_is_not_known_is_asked_about),
        cmocka_unit_test(without_the_paper_the_plan_is_accepted_again),
        cmocka_unit_test(a_machine_that_is_fit_no_more_stops_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
