/* SPDX-License-Identifier: Apache-2.0 */
/*
 * delegation_lint_state.h - what the files behind delegation_lint.h share.
 *
 * A rule returns -1 only when it could not do its work; it says what is wrong through lint_say.
 */
#ifndef CEREMONY_DELEGATION_LINT_STATE_H
#define CEREMONY_DELEGATION_LINT_STATE_H

#include "ceremony/base/finding.h"
#include "ceremony/rules/delegation_lint.h"
#include "metadata/paths/pattern_index.h"

#define LINT_EXAMPLES 4 /* findings of one rule that are given in full */
#define LINT_RULES    32

/* One pattern of one delegation. */
struct lint_pattern {
    struct pattern p;
    size_t role; /* index into targets.delegations */
    bool never;
};

struct lint_count {
    const char *rule;
    enum finding_level level;
    size_t n;
};

struct delegation_lint {
    const struct delegation_set *set;
    struct findings *out;
    struct err *e;
    struct lint_pattern *patterns; /* in the order of the list */
    size_t npatterns;
    struct lint_count counts[LINT_RULES];
    size_t ncounts;
};

/* One finding; `todo` goes with the rule. */
int lint_say(struct delegation_lint *l, enum finding_level level, const char *rule,
             const char *todo, const char *fmt, ...) __attribute__((format(printf, 5, 6)));

static inline const struct delegation *lint_role(const struct delegation_lint *l, size_t i)
{
    return &l->set->targets->delegations[i];
}

int lint_names(struct delegation_lint *l);
int lint_signers(struct delegation_lint *l);
int lint_sizes(struct delegation_lint *l);
int lint_patterns(struct delegation_lint *l); /* each for itself, and against ancestors */
int lint_overlaps(struct delegation_lint *l);
int lint_prefixes(struct delegation_lint *l);

#endif
