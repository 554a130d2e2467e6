/* SPDX-License-Identifier: Apache-2.0 */
/*
 * private_key.h - finds private keys where only public ones may lie.
 *
 * Tools have written the private half of a key into its public object ("keyval.private"), and
 * people give the wrong one of two files. Whoever read the file can sign with that key from then
 * on: it is stolen, and must be replaced. Nothing that is found is parsed, copied or shown.
 */
#ifndef METADATA_PRIVATE_KEY_H
#define METADATA_PRIVATE_KEY_H

#include "metadata/json/json.h"

/* What private key lies in these bytes: a PEM block anywhere ("PRIVATE KEY" of any kind), or DER
 * from the first byte (PKCS #8: RFC 5958; PKCS #1: RFC 8017; SEC 1: RFC 5915; PKCS #12). Static
 * words ("an OpenSSH private key"), or NULL when there is none. */
const char *private_key_in(struct span bytes);

/* The first private key in a JSON value: a `keyval` with a `private` that is anything but the empty
 * string, or a string anywhere that has a PEM private key in it. `at` is its place. */
bool private_key_find(struct json v, struct json *at);
/* Is that member of an object one that must not be printed: a private half, or a value with a
 * private key in it? `name` may be empty. */
bool private_key_member(struct json name, struct json v);
/* Is there a `keyval` with a `private` that is the empty string, as older tools wrote it? */
bool private_key_empty(struct json v);

/* ERR_SECRET when there is one; 0 when there is none. */
int private_key_refuse(struct json v, struct err *e);
/* ERR_SECRET in those words: `what` is what lies there, as private_key_in gives it. Returns -1. */
int private_key_refused(const char *what, struct err *e);

#endif
