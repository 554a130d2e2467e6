/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stacks.h - the token stacks that tests start by themselves.
 */
#ifndef TESTS_STACKS_H
#define TESTS_STACKS_H

#include "contract.h"

/* Each opens a driver with the contract's two tokens, as stack.open of contract.h. */
int stack_fake(const char *dir, struct tokens **out, struct err *e);
int stack_softhsm(const char *dir, struct tokens **out, struct err *e);
int stack_agent_fake(const char *dir, struct tokens **out, struct err *e);
/* Through the driver of all modules, each in its agent. */
int stack_modules_softhsm(const char *dir, struct tokens **out, struct err *e);
int stack_agent_softhsm(const char *dir, struct tokens **out, struct err *e);

/* The path of the module: stack.sh's, or SoftHSM's. */
const char *stack_module(void);

/* As stack.event: the fake's own tokens, without an agent. */
bool stack_fake_event(struct tokens *t, enum stack_event event);

/* The exit status of a test that needs SoftHSM and has none: 77 (skipped), or 1 where CI is set;
 * says so on stderr. 0 when SoftHSM is there. */
int softhsm_missing(void);

#endif
