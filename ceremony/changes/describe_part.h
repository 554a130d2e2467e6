/* SPDX-License-Identifier: Apache-2.0 */
/*
 * describe_part.h - what the files behind describe.h share.
 */
#ifndef CEREMONY_DESCRIBE_PART_H
#define CEREMONY_DESCRIBE_PART_H

#include "ceremony/changes/describe.h"
#include "metadata/signed.h"

struct describing {
    struct describe_names names; /* holder NULL: nobody is known */
    utc_t now;
    struct bytes *out; /* text that waits to become a part */
    struct lines *lines;
};

/* "root, version 1, valid until ..." */
void describe_head(const struct describing *s, const struct signed_head *h);
/* Who signs: a line, and one for each key. `said` (or NULL): a role whose keys were said before. */
void describe_role(const struct describing *s, const struct role *r, const struct keyring *keys,
                   const struct role *said);
/* Members beyond those that the specification names. */
void describe_unknown(const struct describing *s, struct json object, const char *const *known);
/* The same, of something with a name: "unknown member x of key 'abc': ..."; `kind` may be NULL,
 * `of` empty. */
void describe_unknown_of(const struct describing *s, const char *kind, struct json of,
                         struct json object, const char *const *known);
/* The members of keys and roles that the specification does not name, and keys that no role lists:
 * of a root, or of delegations. */
int describe_members(const struct describing *s, struct json in, struct err *e);

int describe_targets(const struct describing *s, struct json object, struct err *e);

#endif
