/* SPDX-License-Identifier: Apache-2.0 */
/*
 * delegation_review.h - what becomes of delegations in one ceremony, over all the files that it
 * proposes: for the review, for machines, and for the transcript.
 *
 * Computed from the bytes that are signed and from those in force; which keys are the repository's
 * own, plan_own_keys says. Files are proposals of the session, which outlives this.
 */
#ifndef CEREMONY_DELEGATION_REVIEW_H
#define CEREMONY_DELEGATION_REVIEW_H

#include <cjson/cJSON.h>

#include "ceremony/session/session.h"

struct delegation_review;

/* Time is n log n in the delegations of all files. Errors: ERR_INTERNAL. */
int delegation_review_new(const struct session *s, struct delegation_review **out, struct err *e);
void delegation_review_free(struct delegation_review *r); /* NULL-safe */

/* A line for what changes among the delegations of these proposals together, "2 projects handed
 * over to their developers, 1 removed", and one for each pair of files between which projects
 * moved; nothing when nothing does. First versions have no line of the first kind. Appended,
 * harmless. */
void delegation_review_words(const struct delegation_review *r, size_t first, size_t n,
                             const char *indent, struct bytes *out);
/* {"words": [...], "handed_over": 2, ...}: NULL for a file that has no delegations, or no version
 * in force; owned by the caller. */
cJSON *delegation_review_json(const struct delegation_review *r, size_t proposal);

#endif
