/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan_family.h - an entry of "delegations" and the roles that it stands for: names, patterns and
 * files with their variables filled in.
 *
 * A member is a number below plan_role.nmembers. Of several variables the last runs fastest; bins
 * have the variable "bin", the number in hex, as wide as the largest (TAP 15's names).
 */
#ifndef CEREMONY_PLAN_FAMILY_H
#define CEREMONY_PLAN_FAMILY_H

#include "ceremony/plan/plan.h"
#include "metadata/compose.h"

#define FAMILY_BITS_MAX 16
#define FAMILY_MAX      65536 /* members of one family */

/* `text` with the variables of that member in place, appended. */
void family_fill(const struct plan_role *r, size_t member, const char *text, struct bytes *out);
/* May a variable be called so? Small letters, digits and _. */
bool family_is_variable(struct span name);
/* Is every {name} in `text` that may be a variable one of the entry? What else stands between
 * braces is text. If not, `*bad` is the first that is none (points into `text`). */
bool family_knows(const struct plan_delegation *d, const char *text, const char **bad);

/* What a delegating role says of the entry: one row a member, or one for all succinct bins. Rows
 * own their texts; keys are to be filled in by the caller. */
struct family_rows {
    struct compose_delegation *rows;
    size_t n;
    char **texts;
    size_t ntexts;
};

int family_rows(const struct plan_role *r, struct family_rows *out, struct err *e);
void family_rows_clear(struct family_rows *f);

#endif
