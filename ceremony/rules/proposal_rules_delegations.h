/* SPDX-License-Identifier: Apache-2.0 */
/* proposal_rules_delegations.h - the rules about the delegations that a proposal would sign. */
#ifndef CEREMONY_PROPOSAL_RULES_DELEGATIONS_H
#define CEREMONY_PROPOSAL_RULES_DELEGATIONS_H

#include "ceremony/base/finding.h"
#include "ceremony/rules/proposal_rules.h"

/* The rules of delegation_rules.h over each file of the group; adds to `out`. */
int proposal_rules_delegations(const struct session *s, size_t group, struct findings *out,
                               struct err *e);

#endif
