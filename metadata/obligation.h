/* SPDX-License-Identifier: Apache-2.0 */
/*
 * obligation.h - who must sign a proposal: sets of keys, and how many of each.
 *
 * A first root carries one obligation, its own keys; a later root carries two, the root keys of the
 * version before and its own (specification 1.0.31, section 5.3.4); every other top-level role
 * carries the one that root gives it, and a delegated role the one of the role that delegates to
 * it. A proposal is complete when each is reached; one person's
 * signature can count for several.
 */
#ifndef METADATA_OBLIGATION_H
#define METADATA_OBLIGATION_H

#include "metadata/envelope.h"
#include "metadata/signed.h"

#define OBLIGATIONS_MAX 2

struct obligation {
    char label[48];          /* for people: "v1 keys", "targets keys" */
    const struct role *role; /* borrowed from a root model, as is `keys` */
    const struct keyring *keys;
};

/* Fills `out` for metadata of `type`; `old` is the root in force (NULL for the first), `next` the
 * root that is proposed or stays in force. Returns how many: 1 or 2. */
size_t obligations_of(enum signed_type type, const struct root *old, const struct root *next,
                      struct obligation out[OBLIGATIONS_MAX]);
/* The obligation of a delegated role, by what delegates to it (borrowed). -1: it does not. */
int obligation_delegated(const struct targets *by, const char *role, struct obligation *out);
/* Whether this key is one of those that count. */
bool obligation_has(const struct obligation *o, const struct key *key);

#endif
