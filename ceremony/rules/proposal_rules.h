/* SPDX-License-Identifier: Apache-2.0 */
/*
 * proposal_rules.h - what stands between a proposal and its first signature: rules that need the
 * keys as they were enrolled. Rows of a table, each with the client or the committee that it
 * protects.
 *
 * A refusal can't be passed. A warning is a person's to decide: reviewing the proposal
 * overrides it, which the journal records by the rule's name.
 */
#ifndef CEREMONY_PROPOSAL_RULES_H
#define CEREMONY_PROPOSAL_RULES_H

#include "ceremony/base/finding.h"
#include "ceremony/session/session.h"

/* Errors: ERR_INTERNAL; what is wrong is a finding. */
int proposal_rules_check(const struct session *s, size_t group, struct findings *out,
                         struct err *e);

#endif
