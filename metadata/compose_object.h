/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compose_object.h - writes one object anew: the members of the one before, and new ones in their
 * place, in canonical order. What nobody names stays byte for byte.
 */
#ifndef METADATA_COMPOSE_OBJECT_H
#define METADATA_COMPOSE_OBJECT_H

#include "metadata/compose.h"

/* `name` is plain: neither '"' nor '\' nor anything outside ASCII. */
struct compose_member {
    const char *name;
    struct bytes value; /* canonical bytes */
    bool goes;          /* there is none of that name any more */
};

/* Appends the object and clears the members' values, which it also sorts. `base` has n == 0: there
 * is none before. Errors: ERR_INTERNAL. */
int compose_object(struct json base, struct compose_member *members, size_t n, struct bytes *out,
                   struct err *e);

/* A comma, unless an object or array has just begun. */
void compose_comma(struct bytes *out);
/* A canonical string with its quotes. */
void compose_string(struct bytes *out, const char *text);
/* The array of a role's keyids, in the order given. */
void compose_keyids(const struct compose_role *role, struct bytes *out);
void compose_utc(utc_t at, struct bytes *out);

/* How a string view's text stands to `plain`, as strcmp. */
int compose_name_cmp(struct json name, const char *plain);

/* A key as a file lists it. */
struct compose_key {
    const char *id;
    const struct key *key;
};

struct compose_key compose_key_at(const struct compose_role *role, size_t i);
/* Sorts the keys by keyid, each once; `*n` becomes how many are left. Errors: ERR_INPUT: two
 * different ones have one keyid. */
int compose_keys_sort(struct compose_key *keys, size_t *n, struct err *e);

#endif
