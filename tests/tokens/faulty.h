/* SPDX-License-Identifier: Apache-2.0 */
/*
 * faulty.h - a module of PKCS#11, mostly SoftHSM, behind faulty_module.c.
 */
#ifndef TESTS_FAULTY_H
#define TESTS_FAULTY_H

#include "stacks.h"

struct faulty {
    char dir[64], script[96], log[128];
};

/* The environment leads faulty_module.c to that module, and to a script in `dir`; no fault yet. */
void faulty_over(struct faulty *f, const char *dir, const char *module);
/* The driver over faulty_module.c, for agent_start; `arg` is not looked at. */
int faulty_tokens(void *arg, struct tokens **out, struct err *e);
/* Over SoftHSM, in a folder of its own. `plain` is SoftHSM itself. */
int faulty_begin(struct faulty *f, struct tokens **plain, struct err *e);
int faulty_end(const struct faulty *f); /* 0, or -1 */
/* Replaces the script, and forgets the calls so far. */
void faulty_script(const struct faulty *f, const char *text);
/* How often that function was called since. */
unsigned faulty_count(const struct faulty *f, const char *function);

#endif
