/* SPDX-License-Identifier: Apache-2.0 */
/* plan_rules_rotation.h - the rules for plans that build on metadata in force: nobody is locked
 * out. */
#ifndef CEREMONY_PLAN_RULES_ROTATION_H
#define CEREMONY_PLAN_RULES_ROTATION_H

#include "ceremony/base/finding.h"
#include "ceremony/plan/plan.h"

/* `p->trusted` is there. Adds to `out`; -1 when out of memory. */
int plan_rules_rotation(const struct plan *p, utc_t now, struct findings *out);

#endif
