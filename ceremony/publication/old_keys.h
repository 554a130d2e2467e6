/* SPDX-License-Identifier: Apache-2.0 */
/*
 * old_keys.h - the online keys in force that go: those that the plan says are replaced, and each of
 * snapshot and timestamp that no role of the next root has.
 */
#ifndef CEREMONY_OLD_KEYS_H
#define CEREMONY_OLD_KEYS_H

#include "ceremony/session/session.h"

struct old_key {
    const struct key *key; /* borrowed */
    bool stolen;
};

struct old_keys {
    struct old_key *keys;
    size_t n;
};

/* Of a session with proposals, whose plan builds on what is in force. Errors: ERR_INTERNAL. */
int old_keys_find(const struct session *s, struct old_keys *out, struct err *e);
void old_keys_clear(struct old_keys *old);
bool old_keys_has(const struct old_keys *old, const struct key *key);
/* How many delegations of `t` list one, and the first (unset when there is none); `*stolen` says
 * whether one that is stolen is among them. */
size_t old_keys_trusted(const struct old_keys *old, const struct targets *t,
                        const struct delegation **first, bool *stolen);

#endif
