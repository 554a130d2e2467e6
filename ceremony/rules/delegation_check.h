/* SPDX-License-Identifier: Apache-2.0 */
/*
 * delegation_check.h - what the files behind delegation_rules.h share.
 *
 * A rule returns -1 only when it could not do its work; it says what is wrong through rule_found.
 */
#ifndef CEREMONY_DELEGATION_CHECK_H
#define CEREMONY_DELEGATION_CHECK_H

#include "ceremony/base/finding.h"
#include "ceremony/rules/delegation_rules.h"
#include "metadata/paths/pattern_index.h"

#define RULE_EXAMPLES 4 /* findings of one rule that are given in full */
#define RULES_MAX     32

/* One pattern of one delegation. */
struct checked_pattern {
    struct pattern p;
    size_t role; /* index into targets.delegations */
    bool never;
};

struct rule_count {
    const char *rule;
    enum finding_level level;
    size_t n;
};

struct delegation_check {
    const struct delegation_set *set;
    struct findings *out;
    struct err *e;
    struct checked_pattern *patterns; /* in the order of the list */
    size_t npatterns;
    struct rule_count counts[RULES_MAX];
    size_t ncounts;
};

/* One finding; `todo` goes with the rule. */
int rule_found(struct delegation_check *l, enum finding_level level, const char *rule,
               const char *todo, const char *fmt, ...) __attribute__((format(printf, 5, 6)));

static inline const struct delegation *checked_role(const struct delegation_check *l, size_t i)
{
    return &l->set->targets->delegations[i];
}

int delegation_check_names(struct delegation_check *l);
int delegation_check_signers(struct delegation_check *l);
int delegation_check_sizes(struct delegation_check *l);
int delegation_check_patterns(
    struct delegation_check *l); /* each for itself, and against ancestors */
int delegation_check_overlaps(struct delegation_check *l);
int delegation_check_prefixes(struct delegation_check *l);

#endif
