/* SPDX-License-Identifier: Apache-2.0 */
/*
 * describe.h - what a metadata file says, in words, made from the very bytes that are signed.
 *
 * Nothing is hidden: members that this program does not know are named.
 */
#ifndef CEREMONY_DESCRIBE_H
#define CEREMONY_DESCRIBE_H

#include "ceremony/changes/lines.h"
#include "metadata/base/utc.h"
#include "metadata/key.h"

/* What a file does not say of itself. */
struct describe_names {
    const void *self;
    const char *(*holder)(const void *self, const struct key *key); /* may give NULL */
    const char *role; /* whose file it is; NULL: not known, its type is said */
};

/* Adds lines about `signed` as seen on the day `now`. `names` may be NULL. Errors: ERR_INPUT. */
int describe(struct json object, const struct describe_names *names, utc_t now, struct lines *out,
             struct err *e);

struct targets;
/* The same of targets metadata that was read before, and outlives the lines. */
int describe_read(const struct targets *t, const struct describe_names *names, utc_t now,
                  struct lines *out, struct err *e);

#endif
