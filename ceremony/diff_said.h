/* SPDX-License-Identifier: Apache-2.0 */
/*
 * diff_said.h - what is said once need not be said twice.
 */
#ifndef CEREMONY_DIFF_SAID_H
#define CEREMONY_DIFF_SAID_H

#include "ceremony/diff.h"

/* Drops the key objects that come or go with the roles that name them, and counts what is of no
 * kind. Errors: ERR_INTERNAL. */
int changes_drop_said(struct changes *c, struct err *e);

/* The names from the top to a change; at most CHANGE_NAMES. */
#define CHANGE_NAMES 16
size_t change_names(const struct changes *c, size_t i, struct json out[CHANGE_NAMES]);

#endif
