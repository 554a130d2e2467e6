/* SPDX-License-Identifier: Apache-2.0 */
/*
 * collect.h - one keyholder signs everything that they owe, with one login.
 *
 * Invariant: sign, verify with OpenSSL against the proposal's own key, journal, fsync, and only
 * then tell `done`. An interruption at any point leaves what was journaled and nothing else.
 */
#ifndef CEREMONY_COLLECT_H
#define CEREMONY_COLLECT_H

#include "ceremony/ceremony.h"

struct collect_watch {
    void *self;
    /* After each signature is on disk: `done` of `owed`. May be NULL. */
    void (*done)(void *self, size_t done, size_t owed, size_t proposal);
};

#define COLLECT_SEVERAL 2

/* Which of the tokens there is this holder's: 1 and `*out` its index, 0 none, COLLECT_SEVERAL when
 * more than one calls itself so; by the token recorded at enrolment, else by the plan's URI. */
int collect_find_token(const struct session *s, size_t holder, const struct token_list *l,
                       size_t *out);
/* The holder's token is logged in. Errors: ERR_TOKEN, ERR_PIN, ERR_SIGNATURE (the token gave a bad
 * one; it is not counted), ERR_IO. What was collected before the error stays collected. */
int collect_sign(struct ceremony *c, size_t holder, struct tokens *t,
                 const struct collect_watch *watch, struct err *e);

#endif
