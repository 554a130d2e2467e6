/* SPDX-License-Identifier: Apache-2.0 */
/* derive_found.h - what the files behind derive.h share: what a folder was found to hold. */
#ifndef CEREMONY_DERIVE_FOUND_H
#define CEREMONY_DERIVE_FOUND_H

#include "ceremony/derive/derive.h"
#include "ceremony/repository/key_records.h"

struct found_file {
    char *role; /* a delegated one; else NULL */
    char *name; /* in the folder */
    int64_t version;
    int64_t listed;               /* its version in the newest snapshot; 0: not in it */
    char sha256[SHA256_HEX_SIZE]; /* its digest there; "": not said */
};

struct found {
    struct store *store;
    struct found_file *roots; /* by version */
    size_t nroots;
    struct found_file *delegated; /* the newest of each role, by role */
    size_t ndelegated;
    struct found_file targets;             /* the newest; name NULL: none */
    struct plan *before;                   /* of the bundle; NULL: there is none that can be read */
    struct found_file snapshot, timestamp; /* likewise */
    struct key_records records;            /* who holds a key, from a bundle's keys/ */
    char day[sizeof "2026-11-24"];         /* of the ceremony before; "" when not known */
};

/* Errors: ERR_INPUT (two different files for one version), ERR_INCOMPLETE (no root). */
int found_read(struct store *store, struct found *out, struct err *e);
/* A file whose bytes are built on is the one that clients have, as far as the newest snapshot says:
 * not an older one (ERR_VERSION), and not another role's (ERR_INPUT). A snapshot is believed only
 * in what it contradicts. */
int found_check_file(const struct found_file *file, const char *role, struct span data,
                     struct err *e);
void found_clear(struct found *f);

#endif
