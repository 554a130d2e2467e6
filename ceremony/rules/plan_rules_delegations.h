/* SPDX-License-Identifier: Apache-2.0 */
/* plan_rules_delegations.h - rules about a plan's "delegations": rows of a table. */
#ifndef CEREMONY_PLAN_RULES_DELEGATIONS_H
#define CEREMONY_PLAN_RULES_DELEGATIONS_H

#include "ceremony/base/finding.h"
#include "ceremony/plan/plan.h"

/* -1: out of memory. */
int plan_rules_delegations(const struct plan *p, struct findings *out);

#endif
