/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stack_real.h - the stacks that need daemons. They run inside `stack.sh enter STACK`, which says
 * in the environment what the module is (STACK_MODULE), where things lie (STACK_DIR), and how
 * daemons are started and killed (STACK_SH).
 */
#ifndef TESTS_STACK_REAL_H
#define TESTS_STACK_REAL_H

#include "contract.h"

#define CARD_SO_PIN "3537363231383830" /* of a SmartCard-HSM from the factory */

/* As open and event of struct stack; always behind an agent. */
int stack_real(const char *dir, struct tokens **out, struct err *e);
bool stack_real_event(struct tokens *t, enum stack_event event);
int stack_card(const char *dir, struct tokens **out, struct err *e);
bool stack_card_event(struct tokens *t, enum stack_event event);

#endif
