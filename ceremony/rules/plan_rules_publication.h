/* SPDX-License-Identifier: Apache-2.0 */
/* plan_rules_publication.h - the rules about what will be published: over a preview of the
 * proposals. */
#ifndef CEREMONY_PLAN_RULES_PUBLICATION_H
#define CEREMONY_PLAN_RULES_PUBLICATION_H

#include "ceremony/base/finding.h"
#include "ceremony/plan/plan.h"

/* A plan that no other rule refuses. Adds to `out`. Errors: ERR_INTERNAL. */
int plan_rules_publication(const struct plan *p, utc_t now, struct findings *out, struct err *e);

#endif
