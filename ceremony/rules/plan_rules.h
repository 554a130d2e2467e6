/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan_rules.h - the rules that a plan is checked against: rows of a table in plan_rules.c.
 */
#ifndef CEREMONY_PLAN_RULES_H
#define CEREMONY_PLAN_RULES_H

#include "ceremony/base/finding.h"
#include "ceremony/plan/plan.h"

/* All rules over a plan at `now`. Errors: ERR_INTERNAL; what is wrong with the plan is a finding.
 */
int plan_rules_check(const struct plan *p, utc_t now, struct findings *out, struct err *e);

/* Parts of it. What will be published, over a preview of the proposals of a plan that no other rule
 * refuses. Adds to `out`. Errors: ERR_INTERNAL. */
int plan_rules_publication(const struct plan *p, utc_t now, struct findings *out, struct err *e);

/* For plans that build on metadata in force (`p->trusted` is there): nobody is locked out. Adds to
 * `out`; -1 when out of memory. */
int plan_rules_rotation(const struct plan *p, utc_t now, struct findings *out);
/* The attestations that a plan brings: pins without certificates, and the keys that it gives. Adds to
 * `out`; -1 when out of memory. */
int plan_rules_attest(const struct plan *p, utc_t now, struct findings *out);

#endif
