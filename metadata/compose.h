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

/* Who signs for a role: borrowed keys, without duplicates. */
struct compose_role {
    const struct key **keys;
    size_t n;
    unsigned threshold;
};

struct compose_root {
    int64_t version;
    utc_t expires;
    struct compose_role roles[SIGNED_TYPES];
    struct json base; /* `signed` of the root before; n == 0: there is none */
};

/* Appends to `out`. A first root has consistent snapshots; a later one keeps what the one before
 * says, its unknown members and those of its roles, and is always explicit about consistent
 * snapshots. Keys that no role has any more go. Errors: ERR_INTERNAL. */
int compose_root(const struct compose_root *root, struct bytes *out, struct err *e);
/* Targets without files and delegations. */
int compose_targets(int64_t version, utc_t expires, struct bytes *out, struct err *e);
/* `signed` of any type again, with another version and expiry and all else as it was. */
int compose_renewed(struct json base, int64_t version, utc_t expires, struct bytes *out,
                    struct err *e);

#endif
