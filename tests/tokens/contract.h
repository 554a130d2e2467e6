/* SPDX-License-Identifier: Apache-2.0 */
/*
 * contract.h - what every token driver promises, as tests; a stack is a row.
 */
#ifndef TESTS_CONTRACT_H
#define TESTS_CONTRACT_H

#include "limits.h"
#include "tokens/token.h"

/* What stays the same for all stacks: two tokens A and B, initialised by the stack. */
#define CONTRACT_SO_PIN "12345678"
#define CONTRACT_PIN    "4711471"
#define CONTRACT_A      "contract A"
#define CONTRACT_B      "contract B"

/* What can be done to a stack from outside. */
enum stack_event {
    STACK_PULL,        /* A's token is taken out */
    STACK_PUT_BACK,    /* and put in again */
    STACK_SWAP,        /* A's token out, another one in at its place */
    STACK_TWIN,        /* B's token out, a copy of A's in at its place */
    STACK_PULL_LATER,  /* A's token leaves while it makes its next signature */
    STACK_FAIL_ONCE,   /* A's next signature fails in the token */
    STACK_SPOIL_ONCE,  /* A's next signature is wrong */
    STACK_PIN_PAD,     /* A's token is put in again as one with a PIN pad */
    STACK_DAEMON_DIES, /* the service that the module needs */
    STACK_DAEMON_STARTS,
    STACK_EVENTS
};

struct stack {
    const char *name;
    const char *row; /* its row in docs/tokens.md (limits.h); NULL: `limits` below */
    /* Makes a driver over `dir` (fresh, empty, private) that shows the tokens A and B. */
    int (*open)(const char *dir, struct tokens **out, struct err *e);
    /* Lets it happen, and waits until it has. False: this stack knows no such event. */
    bool (*event)(struct tokens *t, enum stack_event event);
    const char *so_pin;     /* NULL: CONTRACT_SO_PIN */
    const char *management; /* the SO's other PIN, with which alone keys are made; NULL: none */
    size_t certificates;    /* that it makes for each new key */
    struct limits limits;
};

/* A secret with that text; the caller frees it. Fails the test when it can't be had. */
struct secret *secret_of(const char *text);
/* The id of the token with that label (OpenSC adds " (UserPIN)"); fails the test when there is
 * none, or two. */
struct token_id id_of(struct tokens *t, const char *label);

/* Runs the suite; the number of failures. */
int contract_run(const struct stack *s);

#endif
