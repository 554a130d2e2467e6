/* SPDX-License-Identifier: Apache-2.0 */
/*
 * review.h - what the room reads before it signs: what changes against the version in force, what
 * the rules say, and what the bytes contain.
 */
#ifndef CEREMONY_REVIEW_H
#define CEREMONY_REVIEW_H

#include "ceremony/changes/diff.h"
#include "ceremony/session/session.h"

/* A role of the plan: the file, or for a role template what is common to all and what changes in
 * each. The lines are made of the session: they end before the next act. Errors: ERR_INTERNAL. */
int review_lines(const struct session *s, size_t group, struct lines **out, struct err *e);
/* One file, whole. */
int review_file_lines(const struct session *s, size_t proposal, struct lines **out, struct err *e);
/* The bytes that will be signed, laid out. */
int review_raw(const struct session *s, size_t group, struct lines **out, struct err *e);
/* Only what changes against the version in force; nothing for a first version. */
int review_changes(const struct session *s, size_t proposal, struct changes *out, struct err *e);

#endif
