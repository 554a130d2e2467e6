/* SPDX-License-Identifier: Apache-2.0 */
/*
 * collect.h - one keyholder signs all files that their keys sign, with one login.
 *
 * Invariant: sign, verify with OpenSSL against the proposal's own key, journal, fsync, and only
 * then tell `done`. An interruption at any point leaves what was journaled and nothing else. While
 * the token signs the next, signatures are verified; those of a tenth of a second share an fsync.
 */
#ifndef CEREMONY_COLLECT_H
#define CEREMONY_COLLECT_H

#include "ceremony/acts/ceremony.h"

/* How far this token is, earlier turns included: all of it is on disk. */
struct collect_progress {
    size_t before; /* done by earlier turns */
    size_t done, total;
    size_t proposal; /* that the token is at */
    int64_t passed;  /* milliseconds since the first was asked for */
};

struct collect_watch {
    void *self;
    /* At the beginning, and whenever signatures are on disk. May be NULL. */
    void (*done)(void *self, const struct collect_progress *p);
    /* Shall it stop for now? Asked before each signature. May be NULL. */
    bool (*pause)(void *self);
};

/* A backup of the holder's token is logged in, and the room decided that it takes its place:
 * records that for each key that it shows, which is on another token as record or plan say. Errors:
 * ERR_TOKEN: there is none, or an attestation says that the key can't be here; those of the disk.
 */
int collect_replace(struct ceremony *c, size_t holder, struct tokens *t,
                    const struct token_info *token, struct err *e);
/* The holder's token is logged in. A key is bound to the token that record or plan name, and one
 * that the plan gives to the token that first signs with it: on another one, or on one that its
 * attestation is not about, it is not used. 0 when all
 * that this token can sign is signed, 1 after a pause: the next call goes on with the next. Errors:
 * ERR_TOKEN, ERR_PIN, ERR_SIGNATURE (the token gave a bad one; it is not counted), ERR_IO,
 * ERR_LEFT. What was collected before the error stays collected, and `where` says how much that is.
 */
int collect_sign(struct ceremony *c, size_t holder, struct tokens *t,
                 const struct token_info *token, const struct collect_watch *watch, struct err *e);

/* Is there an attestation of the seat's key that names another token? Errors: ERR_TOKEN. */
int collect_check_attested(const struct session *s, size_t seat, const struct token_info *token,
                           struct err *e);

#endif
