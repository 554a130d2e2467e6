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
};

/* Appends to `out`. consistent_snapshot is always written, and true. Errors: ERR_INTERNAL. */
int compose_root(const struct compose_root *root, struct bytes *out, struct err *e);
/* Targets without files and delegations. */
int compose_targets(int64_t version, utc_t expires, struct bytes *out, struct err *e);

#endif
