/* SPDX-License-Identifier: Apache-2.0 */
/* lint_delegations.h - rules about a plan's "delegations": rows of a table. */
#ifndef CEREMONY_LINT_DELEGATIONS_H
#define CEREMONY_LINT_DELEGATIONS_H

#include "ceremony/base/finding.h"
#include "ceremony/plan/plan.h"

/* -1: out of memory. */
int lint_delegations(const struct plan *p, struct findings *out);

#endif
