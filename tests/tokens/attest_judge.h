/* SPDX-License-Identifier: Apache-2.0 */
/*
 * attest_judge.h - what the program says of an attestation that attest_forge.h made: the file
 * beside the key, the maker's other certificates in the pool, its root pinned.
 */
#ifndef TESTS_ATTEST_JUDGE_H
#define TESTS_ATTEST_JUDGE_H

#include "attest_forge.h"
#include "tokens/attestation/attestation.h"

#define DAY_2026 INT64_C(1795392000) /* 2026-11-23 */

/* What the token says of itself may be NULL. The caller clears it. */
struct attestation judge(const struct forge_maker *m, struct span file, const char *serial,
                         const char *firmware, int64_t at, const struct key *key);
/* It vouches; with any bit changed (each `step`-th is) it does not. */
void judge_each_bit(const struct forge_maker *m, struct bytes *file, const char *serial,
                    const char *firmware, size_t step);
/* That answer. */
void expect(const struct attestation *a, enum attested_question q, enum attested is);
/* That answer is no, and so it vouches for nothing; clears it. */
void expect_no(struct attestation *a, enum attested_question q);

#endif
