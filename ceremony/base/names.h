/* SPDX-License-Identifier: Apache-2.0 */
/*
 * names.h - names that people could take for one another.
 *
 * By Unicode's own tables (libicu): normal form C (UAX #15), and the skeletons of confusable strings
 * (UTS #39, section 4), without case.
 */
#ifndef CEREMONY_NAMES_H
#define CEREMONY_NAMES_H

#include <stdbool.h>
#include <stddef.h>

#include "metadata/base/err.h"

#define NAME_CLEAR_MAX 255 /* bytes */

/* Is it a name that can be read in one way only: UTF-8 in normal form C, harmless (plain.h), not
 * empty nor longer than that, and without blanks at its ends? */
bool name_is_clear(const char *name);
#define NAME_LOOK_MAX 1024 /* bytes; nobody compares longer names by eye */

/* Finds two of the names that differ and look alike, longer ones aside; `*a` is NULL when there are
 * none. Time is n log n. Errors: ERR_INTERNAL. */
int names_alike(const char *const *names, size_t n, const char **a, const char **b, struct err *e);
/* The names of people in one room: each is clear, and no two that differ look alike. Errors:
 * ERR_INPUT. */
int names_check(const char *const *names, size_t n, struct err *e);

#endif
