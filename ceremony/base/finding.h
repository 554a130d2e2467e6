/* SPDX-License-Identifier: Apache-2.0 */
/*
 * finding.h - what a rule found against a plan, a proposal or a list of moves.
 */
#ifndef CEREMONY_FINDING_H
#define CEREMONY_FINDING_H

#include <stdbool.h>
#include <stddef.h>

#include "metadata/base/err.h"

enum finding_level { FINDING_NOTE, FINDING_WARNING, FINDING_REFUSAL };

struct finding {
    enum finding_level level;
    const char *rule;     /* short name, such as "threshold-one" */
    const char *protects; /* whom: a client, a rule of TUF, the committee; or NULL */
    char text[400];       /* in words: what, and what follows */
    char todo[200];
};

struct findings {
    struct finding *items;
    size_t n;
};

int finding_add(struct findings *f, enum finding_level level, const char *rule, const char *todo,
                const char *fmt, ...) __attribute__((format(printf, 5, 6)));
/* Says of those from `from` on whom they protect; the row of the rule knows. */
void findings_protect(struct findings *f, size_t from, const char *whom);
void findings_clear(struct findings *f);
bool findings_refused(const struct findings *f);
/* The first refusal as an error, "`where`, rule 'its rule'"; 0 without one. Errors: ERR_PLAN. */
int findings_check(const struct findings *f, const char *where, struct err *e);

#endif
