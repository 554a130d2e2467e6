/* SPDX-License-Identifier: Apache-2.0 */
/*
 * walk.h - the walk as the commands see it: handed in by main.c, because commands and screens do
 * not know each other.
 */
#ifndef CEREMONY_WALK_H
#define CEREMONY_WALK_H

#include "ceremony/acts/ceremony.h"

struct token_wait; /* tokens/worker/agent.h */

struct walk_options {
    bool ascii;              /* line drawing in ASCII, also when the locale is no UTF-8 */
    bool no_colour;          /* also by NO_COLOR or a terminal without colours */
    bool network;            /* started with --network */
    const char *destination; /* folder the bundle is written to; NULL: the ceremony's own */
    /* How the tokens' calls wait; the walk hands in its own (see agent_set_wait). */
    void (*set_wait)(struct tokens *t, const struct token_wait *wait);
    /* A rehearsal inserts and removes tokens by itself; NULL in a real ceremony. */
    void (*insert)(struct tokens *t, long holder);
    /* The plan is another object, and may have other people: a rehearsal makes their tokens. */
    int (*replan)(struct tokens *t, const struct plan *p, struct err *e);
};

/* Returns 0 when the room has closed the ceremony or left it safely. Errors: ERR_IO (no terminal),
 * or what stopped the walk. The terminal is always restored. */
typedef int (*walk_fn)(struct ceremony *c, struct tokens *t, const struct walk_options *o,
                       struct err *e);

#endif
