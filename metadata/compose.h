/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose.h - writes the canonical `signed` bytes of new metadata, in the form that every stock
 * client reads. What was composed is parsed again before it is shown or signed: nothing in here is
 * believed.
 */
#ifndef METADATA_COMPOSE_H
#define METADATA_COMPOSE_H

#include "metadata/signed.h"

#define COMPOSE_SPEC_VERSION "1.0.31"

/* Who signs for a role: borrowed keys, without duplicates, each under the keyid that the file lists
 * it by. The ids of keys that stay are the caller's matter: other files are signed under them. */
struct compose_role {
    const struct key **keys;
    size_t n;
    unsigned threshold;
    const char **keyids; /* by key; NULL, or one that is NULL: key_id(), as for every new key */
};

struct compose_root {
    int64_t version;
    utc_t expires;
    struct compose_role roles[SIGNED_TYPES];
    struct json base; /* `signed` of the root before; n == 0: there is none */
};

/* A delegation that is new, or takes the place of the one of its name. Exactly one of paths,
 * prefixes and bins is its share. Borrowed. */
struct compose_delegation {
    const char *name; /* succinct: the name prefix */
    struct compose_role who;
    bool terminating;
    const char *const *paths; /* patterns */
    size_t npaths;
    const char *const *prefixes; /* of hashes of paths, hex */
    size_t nprefixes;
    unsigned bit_length; /* succinct bins (TAP 15): it is the only one, in place of all */
};

struct compose_targets {
    int64_t version;
    utc_t expires;
    struct json base; /* `signed` of the version before, or of an unsigned file; n == 0: none */
    const struct compose_delegation *set;
    size_t nset;
    const char *const *removed; /* names of delegations of `base` that go */
    size_t nremoved;
};

/* Appends to `out`. A first root has consistent snapshots; a later one keeps what the one before
 * says, its unknown members and those of its roles, and is always explicit about consistent
 * snapshots. Keys that no role has any more go. Errors: ERR_INTERNAL; ERR_INPUT: two keys would
 * have one keyid. */
int compose_root(const struct compose_root *root, struct bytes *out, struct err *e);
/* Appends to `out`. Without a base: no files. What `set` and `removed` do not name stays as `base`
 * has it: files, unknown members everywhere, the order of delegations (a replaced one keeps its
 * place and its unknown members, new ones come behind), keys byte for byte, also under keyids that
 * are not their hashes. When delegations change, keys that no delegation names go. Time is
 * n log n in the number of delegations. Errors: ERR_INTERNAL; ERR_INPUT: `removed` or `set` names
 * one twice, or what is not there, a delegation is malformed, or `base` has another key under the
 * keyid of a new one. */
int compose_targets(const struct compose_targets *t, struct bytes *out, struct err *e);

/* A key that takes the place of another. Borrowed. */
struct compose_swap {
    const struct key *old, *new;
};

/* Appends the `signed` of targets in which each delegation of `base` that lists an old key, under
 * whatever id, lists the new one in its place; all else stays byte for byte. `*n` becomes the
 * number of those delegations; when it is 0, nothing is appended. Errors: ERR_INTERNAL; ERR_INPUT:
 * malformed, or a delegation has both keys and needs both signatures. */
int compose_swap(struct json base, const struct compose_swap *swaps, size_t nswaps,
                 struct bytes *out, size_t *n, struct err *e);

#endif
