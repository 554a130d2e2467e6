/* SPDX-License-Identifier: Apache-2.0 */
/*
 * key_records.h - who holds which key, as the key records in a bundle's keys/ name them:
 * "<keyid>.json".
 *
 * Nobody signed them: a key record names whom to ask, and no rule uses it.
 */
#ifndef CEREMONY_KEY_RECORDS_H
#define CEREMONY_KEY_RECORDS_H

#include "ceremony/changes/describe.h"
#include "ceremony/store/store.h"

struct key_record {
    char *keyid, *holder;
    char *bag;                                      /* of the holder's token, or NULL */
    char *token;                                    /* a pkcs11: URI (RFC 7512), or NULL */
    char *manufacturer, *model, *serial, *firmware; /* of that token, as recorded; each or NULL */
};

struct key_records {
    struct key_record *items;
    size_t n;
};

/* Is it the name of a key record, in whatever folder? */
bool key_record_is_named(const char *path);
/* Reads one; what is no key record is left out. Errors: ERR_IO, ERR_INTERNAL. */
int key_records_add(struct key_records *c, struct store *s, const char *name, struct err *e);
/* Adds those of the bundle in which that metadata file lies: metadata/ and keys/ are beside each
 * other. No such folder: no key records. */
int key_records_beside(struct key_records *c, const char *file, struct err *e);
void key_records_clear(struct key_records *c);
const struct key_record *key_records_find(const struct key_records *c,
                                          const char *keyid); /* or NULL */
struct describe_names describe_key_records(const struct key_records *c);

#endif
