/* SPDX-License-Identifier: Apache-2.0 */
/*
 * derive_people.h - what the files behind derive.h share: who holds the keys in force, and how a
 * plan that is being made says so.
 */
#ifndef CEREMONY_DERIVE_PEOPLE_H
#define CEREMONY_DERIVE_PEOPLE_H

#include "ceremony/derive_found.h"

struct person_key {
    char *role; /* as the plan will name it */
    char *keyid;
};

struct person {
    char name[48];
    struct person_key *keys;
    size_t nkeys;
    const char *token;       /* borrowed from a card, or NULL */
    const struct card *card; /* or NULL */
};

struct people {
    struct person *all;
    size_t n;
};

/* The holder of a key of `role` (borrowed; NULL: listed, but not there): who the bundle's cards or
 * the key object itself names, else a numbered one. Errors: ERR_INPUT, ERR_INTERNAL. */
int people_add(struct people *p, const struct found *f, const struct key *key, const char *role,
               const char *keyid, struct err *e);
void people_clear(struct people *p);
/* "keyholders". */
void people_put(const struct people *p, cJSON *plan);

/* "keyholders", "key_type" and "threshold" of a role whose people were added under `name`. */
void derive_put_holders(cJSON *out, const struct role *role, const char *name,
                        const struct keyring *keys, const struct people *p,
                        const struct derive_wish *w);
/* "online_keys" of the plan: those of snapshot and timestamp. */
void derive_put_online(cJSON *plan, const struct root *r);
/* "online_keys" and "threshold" of a role; keys that the plan's list does not have are added. */
void derive_put_online_keys(cJSON *out, const struct role *role, cJSON *online);
bool derive_same_keys(const struct role *a, const struct role *b);

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
