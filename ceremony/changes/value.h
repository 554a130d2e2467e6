/* SPDX-License-Identifier: Apache-2.0 */
/*
 * value.h - a value of metadata as people read it: harmless on a screen, and no byte of it hidden.
 *
 * A long value is cut and followed by its length and its whole SHA-256, so that two values that
 * differ anywhere never look the same. Private keys are not shown.
 */
#ifndef CEREMONY_VALUE_H
#define CEREMONY_VALUE_H

#include "metadata/json/json.h"

/* The value of the member `name`, which may be empty; appended. */
void value_put(struct json name, struct json v, struct bytes *out);
/* "NEW, it was OLD"; of long values the part in which they begin to differ. */
void value_put_was(struct json name, struct json new, struct json old, struct bytes *out);
/* The members of an entry on one line: "  123 bytes  sha256 9b07...  custom {...}". */
void value_put_entry(struct json entry, struct bytes *out);
/* A key by its holder's name and the beginning of its id: "Alice  9b07 393d 073d 7c3c ... acme". A
 * key that nobody is known to hold (NULL) has no other mark than its id, which is shown whole. */
void value_put_key(const char *holder, const char *keyid, struct bytes *out);

#endif
