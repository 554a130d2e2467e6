/* SPDX-License-Identifier: Apache-2.0 */
/*
 * delegation_moved.h - projects that go from one delegating role to another in one ceremony:
 * removed in one file and added, under the same last part of the name, in another. Computed from
 * the changes of all files, which are computed from their bytes.
 */
#ifndef CEREMONY_DELEGATION_MOVED_H
#define CEREMONY_DELEGATION_MOVED_H

#include "ceremony/changes/delegation_changes.h"

struct delegation_file {
    const char *role; /* the delegating role, such as "targets/claimed" */
    const struct delegation_changes *changes;
};

struct delegation_move {
    const char *project; /* its name without that of the delegating role; borrowed */
    size_t from, to;     /* indices of files */
    const struct delegation *old, *new;
    bool same_keys; /* and the same threshold */
};

struct delegation_moves {
    const struct delegation_file *files;
    struct delegation_move *items; /* by file they come from, file they go to, name */
    size_t n;
};

/* Borrows `files`. Time is n log n. Errors: ERR_INTERNAL. */
int delegation_moves(const struct delegation_file *files, size_t nfiles,
                     struct delegation_moves *out, struct err *e);
void delegation_moves_clear(struct delegation_moves *m);
/* A line for each pair of files: "3 projects moved from targets/recently-claimed to
 * targets/claimed, 1 of them with other keys or another threshold", appended, harmless. */
void delegation_moves_words(const struct delegation_moves *m, const char *one, const char *many,
                            struct bytes *out);

#endif
