/* SPDX-License-Identifier: Apache-2.0 */
/* plan_rules_one_time.h - rules about keys that are to be destroyed after they signed. */
#ifndef CEREMONY_PLAN_RULES_ONE_TIME_H
#define CEREMONY_PLAN_RULES_ONE_TIME_H

#include "ceremony/base/finding.h"
#include "ceremony/plan/plan.h"

/* -1: out of memory. */
int plan_rules_one_time(const struct plan *p, struct findings *out);

#endif
