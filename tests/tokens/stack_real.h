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

#define YUBIKEY_FACTORY_PIN "123456"
#define YUBIKEY_MANAGEMENT_KEY                                                                     \
    "010203040506070801020304050607080102030405060708" /* the factory's */

/* As open and event of struct stack; always behind an agent. */
int stack_real(const char *dir, struct tokens **out, struct err *e);
bool stack_real_event(struct tokens *t, enum stack_event event);
/* Cards, or YubiKeys where STACK says so. */
int stack_card(const char *dir, struct tokens **out, struct err *e);
bool stack_card_event(struct tokens *t, enum stack_event event);

/* For these: a variable of the environment, which must be set; a verb of stack.sh; the module in
 * its agent; a token that is not initialised (serial NULL), or has that serial, set up. */
const char *stack_variable(const char *name);
void stack_control(const char *verb);
int stack_start(struct tokens **out, struct err *e);
int stack_set_up(struct tokens *t, const char *serial, const char *so_pin, const char *label,
                 struct err *e);

#endif
