/* SPDX-License-Identifier: Apache-2.0 */
/*
 * faulty.h - a module of PKCS#11, mostly SoftHSM, behind faulty_module.c.
 */
#ifndef TESTS_FAULTY_H
#define TESTS_FAULTY_H

#include "stacks.h"
#include "tokens/worker/agent.h"

struct faulty {
    char dir[64], folder[256], script[272], log[288];
};

/* The environment leads faulty_module.c to that module, and to a script in `dir`; no fault yet. */
void faulty_over(struct faulty *f, const char *dir, const char *module);
/* The driver over faulty_module.c, in this process; `arg` is not looked at. */
int faulty_tokens(void *arg, struct tokens **out, struct err *e);
/* The same in an agent, which may do what the module behind it needs. `f` outlives it. */
int faulty_start(const struct faulty *f, const struct token_wait *wait, struct tokens **out,
                 struct err *e);
/* Over SoftHSM, in a folder of its own. `plain` is SoftHSM itself. */
int faulty_begin(struct faulty *f, struct tokens **plain, struct err *e);
int faulty_end(const struct faulty *f); /* 0, or -1 */
/* Replaces the script, and forgets the calls so far. */
void faulty_script(const struct faulty *f, const char *text);
/* How often that function was called since. */
unsigned faulty_count(const struct faulty *f, const char *function);

#endif
