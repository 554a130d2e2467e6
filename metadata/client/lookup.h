/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lookup.h - looks one target path up as stock clients do (specification 1.0.31, section 5.6.7):
 * the pre-order walk over the delegations, after root, timestamp and snapshot.
 *
 * Roles come in the order of the lists, a role's own delegations before those behind it; a role is
 * visited once; behind a terminating delegation that matches nothing else is looked at; after
 * LOOKUP_MAX delegations the client gives up. The walk ends at the first role that lists the path,
 * and at the first whose file is not as it must be: clients do not go on past that.
 *
 * What is not reached because a file is not there (a bundle carries what was signed, not the whole
 * repository) is told as the steps that would come next.
 */
#ifndef METADATA_LOOKUP_H
#define METADATA_LOOKUP_H

#include "metadata/client/client.h"

#define LOOKUP_MAX 32 /* python-tuf's and tuf-js's "max_delegations": targets is not one of them */

/* How a role came to be asked. */
enum lookup_share {
    SHARE_ALL,     /* targets: root gives it everything */
    SHARE_PATTERN, /* `by` is the first pattern that matches */
    SHARE_PREFIX,  /* `by` is the first hash prefix that matches */
    SHARE_BIN      /* `by` is the prefix of the succinct roles' names */
};

struct lookup_step {
    char *role, *delegator; /* delegator: "root" for targets */
    enum lookup_share share;
    char *by;         /* or NULL: SHARE_ALL */
    bool terminating; /* always for a succinct bin */
    bool differs;     /* clients do not agree whether `by` matches this path */
    char **keyids;    /* who can sign, as listed */
    char **key_ids;   /* the specification's id of each (key_id); NULL: the key is not there */
    size_t nkeyids;
    unsigned threshold;
    bool visited; /* false: would be asked next */
    size_t row;   /* visited: in client.rows */
};

enum lookup_end {
    LOOKUP_FOUND,   /* in the last role visited */
    LOOKUP_NOWHERE, /* every role that could list it was looked at */
    LOOKUP_LIMIT,   /* LOOKUP_MAX delegations were looked at; more were to come */
    LOOKUP_ABSENT,  /* the last role's file is not here */
    LOOKUP_REFUSED  /* see client.err */
};

struct lookup {
    struct client_report client; /* the verdict on each file that was looked at */
    struct lookup_step *steps;   /* visited ones in order; then those to come */
    size_t n, visited;
    enum lookup_end end;
    int64_t length;                    /* LOOKUP_FOUND: of the target, in bytes */
    char target_hash[SHA256_HEX_SIZE]; /* LOOKUP_FOUND: its SHA-256 as listed, or "" */
    char path_hash[SHA256_HEX_SIZE];   /* SHA-256 of the path itself */
};

/* Errors mean that the work could not be done, or that `path` is none (path_check: ERR_INPUT). */
int lookup_run(const struct repository *repo, struct span trusted_root, utc_t now, const char *path,
               struct lookup *out, struct err *e);
void lookup_clear(struct lookup *l);

#endif
