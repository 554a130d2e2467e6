/* SPDX-License-Identifier: Apache-2.0 */
/*
 * review_part.h - what the files behind review.h share.
 */
#ifndef CEREMONY_REVIEW_PART_H
#define CEREMONY_REVIEW_PART_H

#include "ceremony/review/delegation_review.h"
#include "ceremony/review/review.h"

/* `signed` of the version in force; n == 0: there is none. */
struct json review_in_force(const struct session *s, const struct proposal *p);
/* What the rules say of the group, in words. */
int review_put_findings(const struct session *s, size_t group, struct bytes *out, struct err *e);
/* A line for each change, as text or, for many, as a part that makes them when somebody looks;
 * there they are moved in, also on failure. */
void review_put_changes(const struct changes *c, struct bytes *out);
int review_add_changes(struct lines *l, struct changes *c, struct err *e);

/* The files of a role template: what is common to all, what becomes of delegations, how many change
 * nothing but version and expiry, what the rules say, and each of the others. */
int review_add_template(const struct session *s, size_t group, struct lines *l, struct err *e);

#endif
