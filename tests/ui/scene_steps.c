/* SPDX-License-Identifier: Apache-2.0 */
#include "scene_steps.h"

#include <stdio.h>

#define PIN "4711471"

/* `marks`: an 'x' for each who is here. */
void roll_call(struct scene *s, const char *marks)
{
    for (; *marks != '\0'; marks++) {
        if (*marks == 'x')
            press(s, ' ');
        press(s, TERM_DOWN);
    }
    type(s, "Ada");
    press(s, TERM_ENTER);
    type(s, "Wim, Wout");
}

/* The machine is fit, the date is right, the plan is the one. */
static void to_roll_call(struct scene *s)
{
    press(s, TERM_ENTER);
    type(s, "2026-11-23");
    press(s, TERM_ENTER);
    press(s, TERM_ENTER);
    type_word(s);
    press(s, TERM_ENTER);
}

void at_enrolment(struct scene *s)
{
    scene_first(s, false);
    to_roll_call(s);
    for (unsigned i = 0; i < 5; i++) {
        press(s, ' ');
        press(s, TERM_DOWN);
    }
    type(s, "Ada");
    press(s, TERM_ENTER);
    press(s, TERM_ENTER);
}

void pin(struct scene *s)
{
    type(s, PIN);
    press(s, TERM_ENTER);
}

void enrol(struct scene *s, const char *serial)
{
    press(s, TERM_ENTER);
    insert(s, serial);
    press(s, TERM_ENTER);
    pin(s);
    type_word(s);
    press(s, TERM_ENTER);
    insert(s, NULL);
}

void review_one(struct scene *s)
{
    press(s, TERM_ENTER);
    press(s, TERM_ENTER);
    type_word(s);
    press(s, TERM_ENTER);
}

void sign(struct scene *s, const char *serial)
{
    press(s, TERM_ENTER);
    insert(s, serial);
    pin(s);
    insert(s, NULL);
}

/* From the plan to the signatures. */
void to_signatures(struct scene *s)
{
    char serial[8];

    to_roll_call(s);
    roll_call(s, "xxxxx");
    press(s, TERM_ENTER);
    while (!session_enrolled(ceremony_session(s->room.c))) {
        snprintf(serial, sizeof serial, "S%zu",
                 ceremony_plan(s->room.c)->seats[s->w.choice].holder);
        enrol(s, serial);
    }
    press(s, TERM_ENTER);
    while (s->w.view == VIEW_REVIEW && !session_all_reviewed(ceremony_session(s->room.c)))
        review_one(s);
    press(s, 'g');
}
