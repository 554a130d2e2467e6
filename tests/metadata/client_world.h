/* SPDX-License-Identifier: Apache-2.0 */
/*
 * client_world.h - a repository in memory for the client to be played over: sound in all but one
 * place. A `struct twist` says what is wrong; all zero is a sound repository.
 */
#ifndef TESTS_METADATA_CLIENT_WORLD_H
#define TESTS_METADATA_CLIENT_WORLD_H

#include "metadata/client/client.h"
#include "tests/metadata/forge.h"

#define NOW    "2026-11-24T12:00:00Z"
#define LATER  "2027-11-24T12:00:00Z"
#define BEFORE "2026-11-24T11:59:59Z"

enum who { ROOT_1, ROOT_2, ROOT_3, ROOT_4, TARGETS, ONLINE, SIMPLE, STRANGER, PEOPLE };

struct file {
    char role[32];
    int64_t version; /* in its name; 0: none */
    struct bytes text;
};

struct world {
    struct signer s[PEOPLE];
    struct file files[32];
    size_t n;
};

enum listed_hash { HASH_RIGHT, HASH_OTHER, HASH_OTHER_512, HASH_UNKNOWN };

struct twist {
    /* 2.root.json: keys 1, 2, 4 after 1, 2, 3, both with threshold 2 */
    int root_version;      /* inside; 0: 2 */
    const char *root_by;   /* digits; NULL: "12" */
    const char *root_ends; /* the time; NULL: LATER */
    bool no_root_2, root_3;
    /* the listings */
    bool no_timestamp, no_snapshot;
    const char *timestamp_ends, *snapshot_ends, *targets_ends, *simple_ends;
    int timestamp_by, snapshot_by, targets_by, simple_by; /* enum who + 1; 0: the right one */
    int snapshot_inside, targets_inside, simple_inside;   /* the version; 0: as listed */
    int snapshot_length, targets_length, simple_length;   /* added to the listed length */
    enum listed_hash snapshot_hash, targets_hash, simple_hash;
    bool targets_unlisted, simple_unlisted;
    bool targets_gone, simple_gone;
    bool targets_twice; /* two of two keyids, one key */
    const char *simple; /* the delegation's share; NULL: paths */
    const char *bins;   /* succinct_roles instead, with this bit_length */
    bool bins_foreign;  /* one bin is signed by a stranger */
};

/* For cmocka. */
int client_world_setup(void **state);
int client_world_teardown(void **state);

void build(struct world *w, const struct twist *t);
/* As repository.fetch. */
int world_fetch(void *self, const char *role, int64_t *version, struct bytes *out, struct err *e);
/* The client from the first root, on that day; it fails the test when it can't be played. */
void run_at(struct world *w, const char *now, struct client_report *report);
/* The last row of that role. */
const struct client_row *row_of(const struct client_report *r, const char *role);

#endif
