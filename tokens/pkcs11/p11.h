/* SPDX-License-Identifier: Apache-2.0 */
/*
 * p11.h - the token driver for PKCS#11 modules (Cryptoki 2.40): libp11 loads modules and lists
 * slots and tokens, raw Cryptoki calls on the same module do the rest (why: see p11_module.h).
 */
#ifndef TOKENS_P11_H
#define TOKENS_P11_H

#include "tokens/token.h"

/* Loads each module (paths, deduplicated by realpath). A module that can't be loaded is a problem
 * line of token_list, not an error. Errors: ERR_INTERNAL. */
int p11_open(const char *const *modules, size_t n, struct tokens **out, struct err *e);

/* Where modules are looked for. NULL: this machine's own places. */
struct p11_places {
    const char *package_config, *admin_config; /* folders of *.module files, pkcs11.conf(5) */
    const char *const *well_known;             /* paths, up to the first NULL */
};

/* Modules found: those that p11-kit's configuration names for this program, and those in well-known
 * places; absolute paths, each file once, a NULL-terminated array that p11_modules_free frees. What
 * was named and left out is a problem line of `left_out` (may be NULL). NULL when out of memory. */
char **p11_modules_find(const struct p11_places *places, struct token_list *left_out);
void p11_modules_free(char **modules);

#endif
