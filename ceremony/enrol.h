/* SPDX-License-Identifier: Apache-2.0 */
/*
 * enrol.h - a seat gets its key: generated on the keyholder's token, or one that is there already.
 *
 * Enrolment is two acts: enrol_* makes a candidate (nothing is journaled; a generated key stays on
 * the token), the keyholder compares its fingerprint, and enrol_confirm journals it.
 */
#ifndef CEREMONY_ENROL_H
#define CEREMONY_ENROL_H

#include "ceremony/ceremony.h"

struct candidate {
    size_t seat;
    struct token_info token;
    struct token_key key; /* key.key is set */
    bool generated_here;
};

/* The label a key gets on its token: "tuf root Alice", in rehearsals "REHEARSAL tuf root Alice".
 * Heap. */
char *enrol_label(const struct plan *p, size_t seat);

/* The token is logged in. Generates the seat's key on it. */
int enrol_generate(const struct ceremony *c, size_t seat, struct tokens *t,
                   const struct token_info *token, struct candidate *out, struct err *e);
/* Takes one of the token's keys (moved in, also on failure). */
int enrol_existing(const struct ceremony *c, size_t seat, const struct token_info *token,
                   struct token_key *key, struct candidate *out, struct err *e);
void candidate_clear(struct candidate *k);

/* Rules over a candidate: the same key or token at another seat, extractable, wrong type, not known
 * to be generated on the token, a token other than the plan names. */
int enrol_lint(const struct ceremony *c, const struct candidate *k, struct findings *out,
               struct err *e);
/* Journals it. Errors: ERR_PLAN when a rule refuses, and those of the disk. */
int enrol_confirm(struct ceremony *c, const struct candidate *k, struct err *e);

#endif
