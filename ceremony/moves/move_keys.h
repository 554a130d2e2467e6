/* SPDX-License-Identifier: Apache-2.0 */
/*
 * move_keys.h - the developers' public keys that a list of moves names, each file read once.
 */
#ifndef CEREMONY_MOVE_KEYS_H
#define CEREMONY_MOVE_KEYS_H

#include "ceremony/moves/move_list.h"

struct move_key {
    const char *name; /* in inputs/keys/; borrowed from the list */
    size_t move;      /* the first that names it */
    struct key *key;  /* owned */
};

struct move_keys {
    struct move_key *items; /* sorted by name */
    size_t n;
};

/* Errors: ERR_INPUT with the place of a move that names it: not there, no public key, a link, too
 * large; ERR_IO, ERR_INTERNAL. */
int move_keys_read(const struct move_list *l, struct store *store, struct move_keys *out,
                   struct err *e);
const struct key *move_keys_find(const struct move_keys *k,
                                 const char *name); /* one that is there */
void move_keys_clear(struct move_keys *k);

#endif
