/* SPDX-License-Identifier: Apache-2.0 */
/*
 * move_list.h - moves as lists say them: each is sound in itself, none is yet held against what is
 * in force.
 */
#ifndef CEREMONY_MOVE_LIST_H
#define CEREMONY_MOVE_LIST_H

#include "ceremony/base/pool.h"
#include "ceremony/moves/moves.h"

enum move_action { MOVE_ADD, MOVE_CHANGE, MOVE_REMOVE, MOVE_HAND_OVER, MOVE_MOVE, MOVE_ACTIONS };

struct move {
    enum move_action action;
    const char *project;
    const char *in;
    const char *to;     /* or NULL */
    unsigned threshold; /* 0: empty */
    const char **keys;  /* file names in inputs/keys/ */
    size_t nkeys;
    const char **paths;
    size_t npaths;
    size_t file; /* which list */
    size_t line; /* where it begins */
};

struct move_list {
    const struct moves_file *files;
    struct pool pool; /* the texts */
    struct move *items;
    size_t n;
};

/* Reads all lists. Errors: as moves_read. */
int move_list_read(const struct moves_wish *w, struct move_list *out, struct err *e);
void move_list_clear(struct move_list *l);

const char *move_action_name(enum move_action action);
/* ERR_INPUT with the move's place. Returns -1. */
int move_refuse(const struct move_list *l, const struct move *m, struct err *e, const char *fmt,
                ...) __attribute__((format(printf, 4, 5)));
/* "line 12" of the list, for people: names another move in an error. */
void move_place(const struct move_list *l, const struct move *m, char *out, size_t size);

#endif
