/* SPDX-License-Identifier: Apache-2.0 */
/*
 * moves.h - changes to projects: a list of moves in CSV, compared with the metadata in force,
 * becomes what compose_targets is asked for.
 *
 * A delegating role (such as targets/simple) delegates to projects by the role name
 * "<delegating role>/<project>". A list is a file in inputs/: CSV (RFC 4180) with a header line, in
 * any order of columns
 *
 *     action,project,in,to,threshold,keys,paths
 *     hand-over,Django,,,2,alice.pem bob.pem carol.pem,
 *
 * What a move does not say may be left out or empty.
 *
 *     add        a project comes                          threshold, keys
 *     change     its keys, threshold or paths change      what is empty is kept
 *     remove     it goes
 *     hand-over  from the repository's own keys to those  threshold, keys
 *                of its developers
 *     move       to another delegating role               to; what is empty is kept
 *
 * "in" is the delegating role, and may be empty in the list of just one role. "keys" are names of
 * PEM files in inputs/keys/, "paths" patterns; blanks separate several. Without "paths", a project
 * gets those of the delegating role with its first component `*` replaced by the project's name:
 * packages/2.7/D/<project>/<*> of packages/2.7/D/<*>/<*>; a move keeps other patterns than those.
 *
 * Invariants: a refusal names the file and the line where the move begins, and nothing is changed;
 * time and memory are linear but for sorting; nothing in a list can reach outside inputs/.
 */
#ifndef CEREMONY_MOVES_H
#define CEREMONY_MOVES_H

#include "ceremony/base/finding.h"
#include "ceremony/store/store.h"
#include "metadata/compose.h"
#include "metadata/signed.h"

#define MOVES_MAX_FILE   ((size_t)256 << 20)
#define MOVES_DIR        "inputs/"
#define MOVES_KEYS_DIR   "inputs/keys/"
#define MOVES_RULE_SHARE "shared-developer-key"
#define MOVES_RULE_PATHS "paths-name-no-project"

/* A role that delegates to projects. Borrowed. */
struct moves_role {
    const char *name;
    const struct targets *targets; /* what the moves are held against; NULL: it is new */
    const char *const *paths;      /* patterns that are delegated to this role; may be none */
    size_t npaths;
    bool closed; /* it is not signed: nothing moves in or out, and it is no project of others */
};

struct moves_file {
    const char *name; /* in inputs/ */
    const char *home; /* the delegating role where a move has none; NULL: each has one */
};

struct moves_wish {
    struct store *store;
    const struct moves_role *roles; /* names are unique */
    size_t nroles;
    const struct moves_file *files;
    size_t nfiles;
    const struct key *const *own; /* the repository's own keys */
    size_t nown;
};

/* What changes in one delegating role, in the order of the lists. */
struct move_changes {
    const struct compose_delegation *set;
    size_t nset;
    const char *const *removed;
    size_t nremoved;
};

struct move_set;

/* Reads all lists. `out` owns all that it holds; `findings` gets what is worth a second look: keys
 * that several projects share or that clients refuse, patterns that do not name their project.
 * Errors: ERR_INPUT, ERR_INCOMPLETE (no such list), ERR_IO, ERR_INTERNAL. */
int moves_read(const struct moves_wish *w, struct move_set **out, struct findings *findings,
               struct err *e);
/* Of the role with that index in moves_wish.roles. */
const struct move_changes *move_set_at(const struct move_set *s, size_t role);
void move_set_free(struct move_set *s); /* NULL-safe */

#endif
