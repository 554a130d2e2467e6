/* SPDX-License-Identifier: Apache-2.0 */
/* guard_rules.h - what the files behind guard.h share. */
#ifndef CEREMONY_GUARD_RULES_H
#define CEREMONY_GUARD_RULES_H

#include "ceremony/base/finding.h"
#include "ceremony/rules/guard.h"

/* The rules of delegation_rules.h over each file of the group; adds to `out`. */
int guard_delegations(const struct session *s, size_t group, struct findings *out, struct err *e);

#endif
