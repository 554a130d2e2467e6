/* SPDX-License-Identifier: Apache-2.0 */
/*
 * signed.h - what root, targets, snapshot and timestamp have in common, and the four read models.
 *
 * A model is a set of views into the canonical bytes of `signed`; unknown fields stay in those
 * bytes. Strict as a reader that also writes: see json.h and the specification (1.0.31), section 4.
 */
#ifndef METADATA_SIGNED_H
#define METADATA_SIGNED_H

#include "metadata/base/utc.h"
#include "metadata/json/json.h"
#include "metadata/role.h"

enum signed_type { SIGNED_ROOT, SIGNED_TIMESTAMP, SIGNED_SNAPSHOT, SIGNED_TARGETS, SIGNED_TYPES };

const char *signed_type_name(enum signed_type t); /* "root", ... */

struct signed_head {
    enum signed_type type;
    int64_t version; /* at least 1 */
    utc_t expires;
    struct json object; /* the whole `signed` */
};

/* Reads _type, spec_version (1.x), version, expires. Errors: ERR_INPUT. */
int signed_head_read(struct json object, struct signed_head *out, struct err *e);
/* The same; another type than the expected one is refused. */
int signed_head_expect(struct json object, enum signed_type type, struct signed_head *out,
                       struct err *e);

struct root {
    struct signed_head head;
    bool consistent_snapshot;
    struct keyring keys;
    struct role roles[SIGNED_TYPES]; /* by signed_type */
};

int root_read(struct json object, struct root *out, struct err *e);
void root_clear(struct root *r);
/* Is it a key of the online side: of the snapshot or timestamp role? */
bool root_online_key(const struct root *r, const struct key *key);

/* One entry of a delegation list; exactly one of paths, prefixes and succinct bins names its share.
 */
struct delegation {
    struct role role; /* succinct: the name prefix */
    bool terminating;
    struct json paths;    /* array of patterns; n == 0 when absent */
    struct json prefixes; /* array of hex prefixes; n == 0 when absent */
    unsigned bit_length;  /* succinct roles (TAP 15): 1 to 32; 0 otherwise */
    struct json object;   /* the whole entry */
};

struct targets {
    struct signed_head head;
    struct json targets; /* object: path -> {length, hashes, custom?} */
    bool has_delegations;
    struct keyring keys;
    struct delegation *delegations;
    size_t n;
    size_t *by_name; /* indices of delegations, sorted by the roles' names */
};

int targets_read(struct json object, struct targets *out, struct err *e);
void targets_clear(struct targets *t);
/* The entry by which that role is delegated to, or NULL; of succinct roles the one entry, when the
 * name is that of a bin (TAP 15: the prefix, "-", the number in hex as wide as the largest). */
const struct delegation *targets_delegation(const struct targets *t, const char *role);

/* snapshot and timestamp: versions of other files, by file name ("targets/simple.json"). */
struct file_meta {
    int64_t version;
    int64_t length;     /* -1 when absent */
    struct json hashes; /* object: algorithm -> hex; n == 0 when absent */
};

struct listing {
    struct signed_head head;
    struct json meta;
    struct listing_entry *entries; /* of meta, by name */
    size_t n;
};

int listing_read(struct json object, enum signed_type type, struct listing *out, struct err *e);
void listing_clear(struct listing *l);
/* 1 found, 0 not listed, -1 malformed. `out` is a view into the listing. */
int listing_find(const struct listing *l, const char *file, struct file_meta *out, struct err *e);
/* Do these bytes have every hash that is listed? Errors: ERR_SIGNATURE (another hash), ERR_INPUT
 * (an algorithm that is not known). */
int file_meta_hashes(const struct file_meta *m, struct span text, struct err *e);

/* A role name or target path from a stranger's file may become a path: not empty, relative, no
 * empty, "." or ".." component, no control character, no backslash, at most 1024 bytes of UTF-8.
 * Errors: ERR_INPUT. */
int path_check(struct span path, struct err *e);
/* Also not one of the names of the top-level roles. */
int role_name_check(struct span name, struct err *e);

#endif
