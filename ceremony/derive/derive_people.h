/* SPDX-License-Identifier: Apache-2.0 */
/*
 * derive_people.h - what the files behind derive.h share: who holds the keys in force, and how a
 * plan that is being made says so.
 */
#ifndef CEREMONY_DERIVE_PEOPLE_H
#define CEREMONY_DERIVE_PEOPLE_H

#include "ceremony/derive/derive_found.h"

struct person_key {
    char *role; /* as the plan will name it */
    char *keyid;
    uint8_t material[SHA256_SIZE]; /* of the key: one key has one holder, whatever its ids */
};

struct person {
    char name[48];
    struct person_key *keys;
    size_t nkeys;
    const char *token;               /* borrowed from a key record, or NULL */
    const struct key_record *record; /* or NULL */
};

struct people {
    const struct root *root; /* in force, borrowed: which keys are online */
    struct person *all;
    size_t n;
};

/* The holders of a role's keys; `name` is the role's in the plan to be. A key that somebody has for
 * another role is theirs; else who the bundle's key records, the plan there or the key object
 * itself names, else a numbered one. Keys that are listed and not there have none. Errors:
 * ERR_INTERNAL.
 */
int people_add(struct people *p, const struct found *f, const struct role *role,
               const struct keyring *keys, const char *name, struct err *e);
void people_clear(struct people *p);
/* "keyholders". */
void people_put(const struct people *p, cJSON *plan);

/* "keyholders", "key_type" and "threshold" of a role whose people were added under `name`. */
void derive_put_holders(cJSON *out, const struct role *role, const char *name,
                        const struct keyring *keys, const struct people *p,
                        const struct derive_wish *w);
/* "online_keys" of the plan: those of snapshot and timestamp. */
void derive_put_online(cJSON *plan, const struct root *r);
/* "online_keys" and "threshold" of a role of root; keys that the plan's list does not have are
 * added. */
void derive_put_online_keys(cJSON *out, const struct role *role, const struct root *r,
                            cJSON *online);
/* Is every key of the role an online one: a key of snapshot or timestamp, or one that a tool marks
 * as such (tuf-on-ci, RSTUF)? Root is never signed online. */
bool derive_is_online(const struct root *r, const struct role *role, const struct keyring *keys);
/* "expires": what the wish says; else the period in days that the file (`object`, its signed part)
 * or the entry that delegates to it states, as tuf-on-ci and RSTUF write it; else a year. */
void derive_put_expires(cJSON *out, const struct derive_wish *w, struct json object,
                        struct json entry);

/* Copies the delegated roles in force that people sign, as far as the folder has them, and adds
 * their holders. To be called before the plan is made. `*t` is read anew. */
int derive_copy_delegated(const struct found *f, struct trusted **t, struct people *p,
                          struct store *to, struct err *e);
/* Copies what else is delegated to, of the online side. To be called when the plan is made, for
 * which these are not people's work. */
int derive_copy_online(const struct found *f, struct trusted **t, struct store *to, struct err *e);
/* "delegations" for them, and "sign". */
int derive_put_delegated(const struct found *f, const struct trusted *t, const struct people *p,
                         const struct derive_wish *w, cJSON *plan, struct err *e);

#endif
