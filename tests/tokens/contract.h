/* SPDX-License-Identifier: Apache-2.0 */
/*
 * contract.h - what every token driver promises, as tests; a stack is a row.
 */
#ifndef TESTS_CONTRACT_H
#define TESTS_CONTRACT_H

#include "tokens/token.h"

/* What stays the same for all stacks: two tokens A and B, initialised by the stack. */
#define CONTRACT_SO_PIN "12345678"
#define CONTRACT_PIN    "4711471"
#define CONTRACT_A      "contract A"
#define CONTRACT_B      "contract B"

struct stack {
    const char *name;
    /* Makes a driver over `dir` (fresh, empty, private) that shows the tokens A and B. */
    int (*open)(const char *dir, struct tokens **out, struct err *e);
    bool lacks[KEY_TYPES]; /* key types that this stack can't generate */
    bool locks;            /* three wrong PINs lock a token */
    bool tells_low;        /* a wrong PIN shows in the PIN state */
    bool grows;            /* a free slot can be initialised */
};

/* A secret with that text; the caller frees it. Fails the test when it can't be had. */
struct secret *secret_of(const char *text);
/* The id of the token with that label; fails the test when there is none, or two. */
struct token_id id_of(struct tokens *t, const char *label);

/* Runs the suite; the number of failures. */
int contract_run(const struct stack *s);

#endif
