/* SPDX-License-Identifier: Apache-2.0 */
/* plan_screens.h - the screens of a plan that changes, part of the walk in test_screens.c. */
#ifndef TESTS_PLAN_SCREENS_H
#define TESTS_PLAN_SCREENS_H

#include "scene.h"

/* In the room, before it is accepted; from the plan's screen and back to it. */
void change_the_plan(struct scene *s);
/* By another hand, after all have signed. */
void take_a_changed_plan(struct scene *s);

#endif
