/* SPDX-License-Identifier: Apache-2.0 */
#include "plan_screens.h"

/* The online side's next key: its file has to be there. */
static void swap_the_online_key(struct scene *s)
{
    static const char next[] = "-----BEGIN PUBLIC KEY-----\n"
                               "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEmyxlqvCW0GCnP1Lz4r1WDzHkirMF\n"
                               "MEUBcwpcwkYdHrpTeMNimMYJiy19/84I9yRoFjDUBh3XTZhB/lwXss5R3w==\n"
                               "-----END PUBLIC KEY-----\n";

    while (s->w.choice < s->w.draft.plan->nholders + 8)
        press(s, TERM_DOWN);
    press(s, TERM_ENTER); /* nothing is said: it stays */
    type(s, "next.pem");
    press(s, TERM_ENTER);
    golden(s, "plan_edit_no_file");
    press(s, TERM_ENTER);
    room_write(&s->room, "inputs/next.pem", span_str(next));
    for (unsigned i = 0; i < sizeof "next.pem"; i++)
        press(s, TERM_BACKSPACE);
    type(s, "next.pem");
    press(s, TERM_ENTER);
    golden(s, "plan_edit_online");
}

/* The plan is changed in the room: a draft that is refused, one that is forgotten, one that is
 * taken.
 */
void change_the_plan(struct scene *s)
{
    press(s, 'e');
    golden(s, "plan_edit");
    press(s, ' ');
    sees(s, "Alice  gets a new key; the old one signs once more");
    press(s, ' ');
    press(s, TERM_DOWN);
    press(s, ' ');
    press(s, ' ');
    swap_the_online_key(s);
    press(s, TERM_DOWN);
    golden(s, "plan_edit_draft");
    press(s, TERM_ENTER);
    golden(s, "plan_edit_refused");
    press(s, TERM_ENTER);
    press(s, TERM_ESC);
    sees(s, "Ee, pkcs11:serial=S4, has lost the key in"); /* as it was */
    sees(s, "Alice, bag 4471, pkcs11:serial=S0\n");
    press(s, 'e');
    while (s->w.choice < s->w.draft.plan->nholders)
        press(s, TERM_DOWN);
    type(s, "Flo");
    press(s, TERM_ENTER);
    golden(s, "plan_edit_name");
    press(s, TERM_ENTER);
    while (s->w.choice < s->w.draft.plan->nholders)
        press(s, TERM_DOWN);
    type(s, "Gus");
    press(s, TERM_ENTER);
    press(s, TERM_UP);
    press(s, ' '); /* and goes again */
    while (s->w.choice < s->w.draft.plan->nholders + 3)
        press(s, TERM_DOWN);
    for (unsigned i = 0; i < 10; i++)
        press(s, TERM_BACKSPACE);
    type(s, "12 months");
    press(s, TERM_ENTER);
    while (s->w.choice < s->w.draft.plan->nholders + 9)
        press(s, TERM_DOWN);
    press(s, TERM_ENTER);
    golden(s, "plan_edited");
    press(s, TERM_ENTER);
    golden(s, "plan_word_changed");
    press(s, TERM_ESC);
}

/* plan.json changes while signatures are collected; the walk asks when it goes on. */
void take_a_changed_plan(struct scene *s)
{
    room_edit(&s->room, "\"title\":\t\"Example root rotation\"", "\"title\":\t\"A better title\"");
    scene_again(s);
    golden(s, "replan_kept");
    room_edit(&s->room, "\"expires\":\t\"12 months\"", "\"expires\":\t\"2 years\"");
    scene_again(s);
    golden(s, "replan");
    press(s, TERM_ENTER);
    golden(s, "replan_word");
    type(s, "sesame");
    press(s, TERM_ENTER);
    sees(s, "is not the first word of the new");
    press(s, TERM_ENTER);
    type_word(s);
    press(s, TERM_ENTER);
    golden(s, "replan_taken");
    press(s, 'e'); /* not now: it would void more */
    golden(s, "replan_taken");
}
