/* SPDX-License-Identifier: Apache-2.0 */
/*
 * role.h - who may sign: keys, keyids, threshold; read from root and from delegations.
 *
 * A keyring holds the keys of one metadata file by keyid as the file lists them. What is signed
 * names that id, so it belongs to the file and not to the key: the same key may have another one in
 * another file. An entry whose listed keyid is not the hash of its key object is kept and marked
 * (real roots have some); whether that is tolerated is the caller's decision.
 */
#ifndef METADATA_ROLE_H
#define METADATA_ROLE_H

#include "metadata/json/json.h"
#include "metadata/key.h"

struct keyring_entry {
    const char *keyid; /* as listed: `foreign`, or the key's own */
    struct key *key;
    uint64_t head; /* of the keyid: orders entries as it does, as far as it goes */
    char *foreign; /* NULL unless id_mismatch */
    bool id_mismatch;
};

struct keyring {
    struct keyring_entry *entries; /* in canonical order of keyid */
    size_t n;
};

/* Committees have dozens; work that grows with their square stays small. */
#define ROLE_KEYIDS_MAX 1024

struct role {
    char *name;
    char **keyids; /* as listed, without duplicates */
    size_t n;
    unsigned threshold; /* at least 1 */
};

int keyring_read(struct json keys, struct keyring *out, struct err *e);
void keyring_clear(struct keyring *r);
/* Takes keys that both have under one id, byte for byte, from `with`, so that they are held in
 * memory once. */
void keyring_share(struct keyring *r, const struct keyring *with);
const struct keyring_entry *keyring_find(const struct keyring *r, const char *keyid); /* or NULL */
/* The first entry with that key, by its material, or NULL. Linear. */
const struct keyring_entry *keyring_find_key(const struct keyring *r, const struct key *key);

/* Reads {"keyids": [...], "threshold": n}. Refused: duplicate keyids, threshold below 1 or above
 * the number of keyids, no keyids. */
int role_read(struct json object, const char *name, struct role *out, struct err *e);
void role_clear(struct role *r);
bool role_has(const struct role *r, const char *keyid);
/* The first of the role's keys, which are in `keys`, that is this one by its material, or NULL. */
const struct keyring_entry *role_find_key(const struct role *r, const struct keyring *keys,
                                          const struct key *key);
/* Have both roles the same keys, by their material? One that is not there is known by its keyid
 * alone. Thresholds are not looked at. */
bool role_same_keys(const struct role *a, const struct keyring *a_keys, const struct role *b,
                    const struct keyring *b_keys);
/* Are all the role's keys there, and each one for which `is` holds? */
bool role_all(const struct role *r, const struct keyring *keys,
              bool (*is)(const void *self, const struct key *key), const void *self);
/* Is the i-th keyid that of a key that is there, and that no keyid before it stands for, too? */
bool role_first(const struct role *r, const struct keyring *keys, size_t i);

#endif
