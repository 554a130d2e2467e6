/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan_template.h - an entry of "delegations" and the roles that it stands for: names, patterns and
 * files with their variables filled in.
 *
 * A instance is a number below plan_role.ninstances. Of several variables the last runs fastest;
 * bins have the variable "bin", the number in hex, as wide as the largest (TAP 15's names).
 */
#ifndef CEREMONY_PLAN_TEMPLATE_H
#define CEREMONY_PLAN_TEMPLATE_H

#include "ceremony/plan/plan.h"
#include "metadata/compose.h"

#define BIN_BITS_MAX  16
#define INSTANCES_MAX 65536 /* instances of one role template */

/* `text` with the variables of that instance in place, appended. */
void template_fill(const struct plan_role *r, size_t instance, const char *text, struct bytes *out);
/* May a variable be called so? Small letters, digits and _. */
bool template_is_variable(struct span name);
/* Is every {name} in `text` that may be a variable one of the entry? What else stands between
 * braces is text. If not, `*bad` is the first that is none (points into `text`). */
bool template_knows(const struct plan_delegation *d, const char *text, const char **bad);

/* What a delegating role says of the entry: one row an instance, or one for all succinct bins. Rows
 * own their texts; keys are to be filled in by the caller. */
struct template_rows {
    struct compose_delegation *rows;
    size_t n;
    char **texts;
    size_t ntexts;
};

int template_rows(const struct plan_role *r, struct template_rows *out, struct err *e);
void template_rows_clear(struct template_rows *f);

#endif
