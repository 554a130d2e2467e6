/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trusted.h - the metadata in force when the ceremony begins, in inputs/trusted/: roots from any
 * version to the one in force, the targets in force, delegated roles in force (as many as are
 * given, each signed as the role above it asks, "3.targets/simple.json"), and the snapshot and the
 * timestamp in force, which may be missing ("7.snapshot.json").
 *
 * Reading history is tolerant, where writing is strict: an older root that can't be read, or that
 * does not lead to the next, is a warning and not a refusal: clients that ship it are stuck
 * already, unless the file was damaged on its way here. The root in force must be one that clients
 * accept, or nothing can follow it.
 */
#ifndef CEREMONY_TRUSTED_H
#define CEREMONY_TRUSTED_H

#include "ceremony/store/store.h"
#include "metadata/envelope.h"
#include "metadata/signed.h"

#define TRUSTED_FOLDER "inputs/trusted"
#define TRUSTED_NAME   64
/* "inputs/trusted/4.root.json", of a top-level role. */
void trusted_name(int64_t version, const char *role, char out[TRUSTED_NAME]);

struct trusted_root {
    int64_t version;
    struct envelope *envelope; /* NULL when it can't be read */
    struct root root;
    bool follows; /* clients at this version reach the one in force */
};

/* What is odd in the history, in words, and what to do about it. */
struct trusted_note {
    char *text;
    const char *todo;
    bool stuck; /* by it, clients that ship an old root are stuck: or the file is damaged */
};

/* A delegated role in force. */
struct trusted_file {
    char *role;
    int64_t version;
    struct envelope *envelope;
    struct targets targets;
    bool
        signed_enough; /* a role above it, that is in force, delegates to it, and its keys signed */
};

/* Snapshot or timestamp in force; envelope NULL: it was not given, or clients do not accept it. */
struct trusted_listing {
    struct envelope *envelope;
    struct listing listing;
};

struct trusted {
    struct trusted_root *roots; /* by version, ascending, without gaps below the last */
    size_t nroots;
    const struct root *root;           /* in force: the last */
    struct envelope *targets_envelope; /* in force; NULL when not given */
    struct targets targets;
    struct trusted_file *files; /* delegated roles, by name */
    size_t nfiles;
    struct trusted_listing snapshot, timestamp;
    struct trusted_note *notes;
    size_t nnotes;
};

/* Reads the folder; `root` and `targets` are the versions that the plan builds on (targets 0: none
 * is given). Errors: ERR_INCOMPLETE when a file is missing, ERR_INPUT, ERR_SIGNATURE when the root
 * or the targets in force do not carry the signatures that they need. */
int trusted_load(struct store *s, int64_t root, int64_t targets, struct trusted **out,
                 struct err *e);
void trusted_free(struct trusted *t); /* NULL-safe */

/* The envelope that is in force; NULL when there is none. */
const struct envelope *trusted_envelope(const struct trusted *t, enum signed_type type);
/* The key listed under that id in the root in force, or NULL. */
const struct key *trusted_key(const struct trusted *t, const char *keyid);
/* A delegated role in force, or NULL. */
const struct trusted_file *trusted_file(const struct trusted *t, const char *role);
/* What targets or a delegated role says now, or NULL; `t` may be NULL. */
const struct targets *trusted_targets(const struct trusted *t, const char *role);
/* The key listed under that id for `role` by what delegates to it now, or NULL. */
const struct key *trusted_delegated_key(const struct trusted *t, const char *by, const char *role,
                                        const char *keyid);
/* The key listed under that id anywhere in what is in force, or NULL. */
const struct key *trusted_any_key(const struct trusted *t, const char *keyid);
/* Is that key, by its material, anywhere in what is in force? `t` may be NULL. */
bool trusted_has_key(const struct trusted *t, const struct key *key);
/* Did that key sign one of the files given, so that it was seen to work? */
bool trusted_key_seen(const struct trusted *t, const struct key *key);

#endif
