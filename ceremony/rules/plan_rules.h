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

#endif
