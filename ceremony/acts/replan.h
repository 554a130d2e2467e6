/* SPDX-License-Identifier: Apache-2.0 */
/*
 * replan.h - what a plan that changed after the ceremony began would keep and void, said before the
 * room decides.
 */
#ifndef CEREMONY_REPLAN_H
#define CEREMONY_REPLAN_H

#include "ceremony/acts/ceremony.h"

struct replan_item {
    char *text; /* "Alice's signature of root v2" */
    bool kept;
};

struct replan {
    struct replan_item *items; /* keys, then signatures, in the order that they came */
    size_t n;
    size_t voids; /* how many are not kept */
};

/* `c` is open in mode REPLAN. Errors: ERR_INCOMPLETE when nothing changed or nothing has begun,
 * ERR_JOURNAL when the ceremony is closed, ERR_INTERNAL. */
int replan_preview(const struct ceremony *c, struct replan *out, struct err *e);
void replan_clear(struct replan *r);

#endif
