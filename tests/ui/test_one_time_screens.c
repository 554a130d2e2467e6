/* SPDX-License-Identifier: Apache-2.0 */
/* Screens about keys that are destroyed after they signed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "scene_steps.h"

static void keys_are_destroyed_one_after_the_other(void **state)
{
    struct scene s;

    (void)state;
    scene_one_time(&s);
    to_signatures(&s);
    sign(&s, "S0");
    sign(&s, "S1");
    sign(&s, "S2");
    while (s.w.choice < 5)
        press(&s, TERM_DOWN);
    press(&s, TERM_ENTER);
    press(&s, TERM_ENTER);
    golden(&s, "one_time");
    press(&s, TERM_ENTER);
    type(&s, "destro");
    golden(&s, "destroy_word");
    press(&s, TERM_ENTER); /* does nothing */
    type(&s, "y");
    press(&s, TERM_ENTER);
    insert(&s, "S2");
    sees(&s, "Not this one");
    press(&s, TERM_ENTER); /* does nothing */
    sees(&s, "Not this one");
    insert(&s, "S0");
    golden(&s, "one_time_pin");
    pin(&s);
    insert(&s, NULL);
    golden(&s, "one_time_one");
    press(&s, TERM_DOWN); /* Chen has no such key */
    press(&s, TERM_DOWN);
    press(&s, TERM_ENTER);
    type(&s, "destroy");
    press(&s, TERM_ENTER);
    insert(&s, "S1");
    pin(&s);
    insert(&s, NULL);
    golden(&s, "one_time_done");
    press(&s, 'b');
    sees(&s, "A client accepts the files that are marked ok");
    press(&s, TERM_ENTER);
    press(&s, 'g');
    sees(&s, "Write the bundle?");
    press(&s, 'b');
    sees(&s, "Every one-time key is destroyed.");
    scene_clear(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_are_destroyed_one_after_the_other),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
