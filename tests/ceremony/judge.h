/* SPDX-License-Identifier: Apache-2.0 */
/*
 * judge.h - a second opinion on roots and delegated roles, for tests: reads with cJSON, verifies
 * with OpenSSL, and shares nothing with the program but the canonical bytes, which stock libraries
 * check elsewhere.
 */
#ifndef TESTS_JUDGE_H
#define TESTS_JUDGE_H

#include <stdbool.h>

#include "metadata/base/bytes.h"

/* Would a client that trusts the root `old` take `next`? `old` with n == 0: is `next` a root that
 * can be shipped first? */
bool judge_root(struct span old, struct span next);
/* Would a client that has the delegating file `by` take `file` for that role? */
bool judge_delegated(struct span by, const char *role, struct span file);

#endif
