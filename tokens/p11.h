/* SPDX-License-Identifier: Apache-2.0 */
/*
 * p11.h - the token driver for PKCS#11 modules (Cryptoki 2.40): libp11 loads modules and lists
 * slots and tokens, raw Cryptoki calls on the same module do the rest (why: see p11.c).
 */
#ifndef TOKENS_P11_H
#define TOKENS_P11_H

#include "tokens/token.h"

/* Loads each module (paths, deduplicated by realpath). A module that can't be loaded is a problem
 * line of token_list, not an error. Errors: ERR_INTERNAL. */
int p11_open(const char *const *modules, size_t n, struct tokens **out, struct err *e);

/* Modules found on this machine: p11-kit's configuration and well-known places; absolute paths, a
 * NULL-terminated array that p11_modules_free frees. NULL when out of memory. */
char **p11_modules_find(void);
void p11_modules_free(char **modules);

#endif
