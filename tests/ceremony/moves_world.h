/* SPDX-License-Identifier: Apache-2.0 */
/*
 * moves_world.h - roles that delegate to projects, as a list of moves finds them.
 *
 * Key 0 is the repository's own; key n is the file n.pem, "again.pem" is key 1 once more. Below
 * targets/simple (simple/<*>/<*>): Seed1, Seed2, Gone (key 0), Dev (2 of 1, 2), Rising (3), Kept
 * (2; other/Kept/<*>), Last (3; terminating), Alone (7), Bins (3; two prefixes), Odd (a keyid that
 * is not its hash), Lost (a keyid without a key), Double (one key under two keyids).
 */
#ifndef TESTS_MOVES_WORLD_H
#define TESTS_MOVES_WORLD_H

#include "ceremony/base/finding.h"
#include "ceremony/moves/moves.h"
#include "tests/metadata/forge.h"

#define WORLD_KEYS  8
#define WORLD_FILES 24

enum world_role { SIMPLE, CLAIMED, FRESH, FLAT, SUCCINCT, WORLD_ROLES };

struct world_file {
    char *name;
    struct bytes data;
};

struct moves_world {
    struct key *keys[WORLD_KEYS];
    const struct key *own[1];
    struct json_doc *docs[WORLD_ROLES];
    struct targets targets[WORLD_ROLES];
    struct moves_role roles[WORLD_ROLES];
    struct world_file files[WORLD_FILES];
    struct store store;
    struct moves_wish wish;
    struct moves_file file;
    struct move_set *set;
    struct findings findings;
};

struct moves_world *moves_world_new(void);
void moves_world_free(struct moves_world *w);
void moves_world_file(struct moves_world *w, const char *name, const char *text);

/* Reads one list whose home is targets/simple; it must be sound. */
void moves_world_run(struct moves_world *w, const char *file, const char *text);
/* The same; whatever becomes of it. */
int moves_world_try(struct moves_world *w, const char *file, struct span text, struct err *e);
/* Reads what the wish says; it must be sound. */
void moves_world_read(struct moves_world *w);
/* Forgets what was read last. */
void moves_world_reset(struct moves_world *w);

/* A role's metadata after the moves, composed and read again. */
struct moves_after {
    struct json_doc *doc;
    struct targets t;
};

void moves_after(const struct moves_world *w, enum world_role role, struct moves_after *out);
const struct delegation *moves_after_find(const struct moves_after *a, const char *name);
void moves_after_clear(struct moves_after *a);

#endif
