/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pile.h - a batch for tests: numbered messages, each signature verified against its own.
 */
#ifndef TESTS_PILE_H
#define TESTS_PILE_H

#include "tokens/token.h"

#define PILE_KEYS 4

struct pile {
    const struct key *keys[PILE_KEYS]; /* in turn */
    size_t nkeys;
    size_t n, size;  /* messages; bytes of each, at least 20 */
    size_t large_at; /* this one (from 1) has a megabyte; 0: none */
    size_t stop_at;  /* `take` fails at this one; 0: none */
    size_t pause_at; /* `next` ends before this one; 0: none */
    size_t odd_at;   /* this one is to be signed with `odd`; 0: none */
    const struct key *odd;
    size_t asked, taken, most; /* most: under way at one time */
    size_t most_bytes;
    struct bytes messages[512]; /* a ring: of those under way */
};

/* The batch over it; asked and taken go on where they are. */
struct token_batch pile_batch(struct pile *p);
void pile_clear(struct pile *p);

#endif
