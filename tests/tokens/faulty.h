/* SPDX-License-Identifier: Apache-2.0 */
/*
 * faulty.h - the contract's tokens in SoftHSM, behind faulty_module.c, in a folder of their own.
 */
#ifndef TESTS_FAULTY_H
#define TESTS_FAULTY_H

#include "stacks.h"

struct faulty {
    char dir[64], script[96], log[128];
};

/* The environment leads faulty_module.c there; no fault yet. `plain` is SoftHSM itself. */
int faulty_begin(struct faulty *f, struct tokens **plain, struct err *e);
int faulty_end(const struct faulty *f); /* 0, or -1 */
/* Replaces the script, and forgets the calls so far. */
void faulty_script(const struct faulty *f, const char *text);
/* How often that function was called since. */
unsigned faulty_count(const struct faulty *f, const char *function);

#endif
