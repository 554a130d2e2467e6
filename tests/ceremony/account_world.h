/* SPDX-License-Identifier: Apache-2.0 */
/*
 * account_world.h - a small repository or bundle in a folder, to be accounted for file by file.
 *
 * All is signed by `key` unless said otherwise; the root trusts it in every role.
 */
#ifndef TESTS_ACCOUNT_WORLD_H
#define TESTS_ACCOUNT_WORLD_H

#include "ceremony/record/account.h"
#include "room.h"
#include "tests/metadata/forge.h"

#define NOW INT64_C(1795392000) /* 2026-11-23 */

struct world {
    struct room room;
    struct signer key, other;
    struct repository repo;
    struct client_report report;
    struct account account;
    int64_t trusted; /* the root that is trusted */
    bool plain;      /* without consistent snapshots */
};

int account_world_make(void **state);
int account_world_clear(void **state);

/* Metadata that is begun, up to the members of its type; put_by ends, signs and writes it. */
void begin(struct bytes *text, const char *type, int64_t version);
/* Signs `text` (moved in) and writes it under that name. */
void put_by(const struct world *w, const struct signer *by, const char *name, struct bytes *text);
/* A root with the key of `by` for all roles. */
void put_root_by(const struct world *w, const char *name, int64_t version, const struct signer *by);
void put_root(const struct world *w, int64_t version); /* "1.root.json" */
/* timestamp or snapshot: `meta` is the inside of "meta". */
void put_listing(const struct world *w, const char *name, const char *type, int64_t version,
                 const char *meta);
/* Delegates to `role`, unless it is NULL. */
void put_targets(const struct world *w, const char *name, int64_t version, const char *role);
/* Root 1, and what the online side makes over targets version 5. */
void put_repository(const struct world *w);

/* Plays the client from the trusted root, and accounts for the files. */
void look(struct world *w);
/* The file's row; why NULL: it has no reason. */
void expect(const struct world *w, const char *file, enum account_kind kind, const char *why);
/* What the exit status of 'verify' is by the account. */
enum err_code status(const struct world *w);

#endif
