/* SPDX-License-Identifier: Apache-2.0 */
/*
 * diff_filter.h - leaves out changes that another line of the same diff prints already.
 */
#ifndef CEREMONY_DIFF_FILTER_H
#define CEREMONY_DIFF_FILTER_H

#include "ceremony/changes/diff.h"

/* Drops the key objects that come or go with the roles that name them, and counts what is of no
 * kind. Errors: ERR_INTERNAL. */
int changes_drop_printed(struct changes *c, struct err *e);

/* The key that a root or targets file lists as `keyid`; NULL: not there, or no key. The caller's.
 */
struct key *key_listed(struct json file, struct json keyid);
/* The id under which a top-level role of `to` lists the key that `from` knows as `keyid`: real
 * histories have keys whose id changed. False when it does not list it, or under the same id. */
bool same_key_in(struct json from, struct json to, struct json role, struct json keyid,
                 struct json *out);

/* The names from the top to a change; at most CHANGE_NAMES. */
#define CHANGE_NAMES 16
size_t change_names(const struct changes *c, size_t i, struct json out[CHANGE_NAMES]);

#endif
