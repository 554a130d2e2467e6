/* SPDX-License-Identifier: Apache-2.0 */
/*
 * enrol.h - a seat gets its key: generated on the keyholder's token, or one that is there already.
 *
 * Enrolment is two acts: enrol_* makes a candidate (a generated key stays on the
 * token, and the journal says that one was about to be made: after a kill it is known again as one
 * that was made here), the keyholder compares its fingerprint, and enrol_confirm journals it.
 */
#ifndef CEREMONY_ENROL_H
#define CEREMONY_ENROL_H

#include "ceremony/acts/ceremony.h"
#include "ceremony/base/finding.h"
#include "ceremony/session/attest.h"

struct candidate {
    size_t seat;
    struct token_info token;
    struct token_key key; /* key.key is set */
    bool generated_here;
    struct attestation attestation; /* of what the token shows, or was given */
    char unread[200];               /* why something of it could not be read; or "" */
};

/* Can that key be of the type that the plan wants? An RSA key is of whatever scheme it signs by. */
bool enrol_type_fits(const struct key *key, enum key_type wanted);

/* The label a key gets on its token: "tuf root Alice", in rehearsals "REHEARSAL tuf root Alice".
 * Heap. */
char *enrol_label(const struct plan *p, size_t seat);

/* Before the PIN: is the key that the pkcs11: URI `uri` names one of which nothing shows that its
 * private half is there (kind.h)? Errors: ERR_PLAN; ERR_USAGE: no URI; ERR_TOKEN. */
int enrol_check_shown(struct tokens *t, const struct token_info *token, const char *uri,
                      struct err *e);

/* The token is logged in. Journals that a key is about to be made, and generates it. `so_pin` is
 * for a token that makes keys only for its SO (kind.h: a YubiKey's management key): that login
 * takes the place of the keyholder's; else NULL. Errors: ERR_TOKEN also for a key that is to sign
 * once, on a token that can't destroy it. */
int enrol_generate(struct ceremony *c, size_t seat, struct tokens *t,
                   const struct token_info *token, const struct secret *so_pin,
                   struct candidate *out, struct err *e);
/* The same. Takes one of the token's keys (moved in, also on failure). */
int enrol_existing(const struct ceremony *c, size_t seat, struct tokens *t,
                   const struct token_info *token, struct token_key *key, struct candidate *out,
                   struct err *e);
/* Looks for the key's attestation anew, also in a file that was given beside it. A token whose
 * certificates can't be read has shown none. Errors: ERR_INPUT: the file is none of certificates.
 */
int enrol_attest(const struct ceremony *c, struct tokens *t, struct span file, struct candidate *k,
                 struct err *e);
/* Was this key made here, by a run that was killed or for a seat that took it back, and is it in no
 * role? It can be taken, or destroyed. */
bool enrol_left_over(const struct ceremony *c, const struct token_info *token,
                     const struct token_key *key);
/* The holder's token is logged in with `pin`: destroys such a key as one_time_destroy_key does, and
 * journals it. Errors: ERR_PLAN: it is
 * none; ERR_TOKEN. */
int enrol_destroy(struct ceremony *c, size_t holder, struct tokens *t,
                  const struct token_info *token, const struct secret *pin,
                  const struct token_key *key, struct err *e);
void candidate_clear(struct candidate *k);

/* Rules over a candidate: the same key or token at another seat, extractable, wrong type, not known
 * to be generated on the token, a token other than the plan names, what its maker vouches for. */
int enrol_check(const struct session *s, const struct candidate *k, struct findings *out,
                struct err *e);
/* Journals it. Errors: ERR_PLAN when a rule refuses, and those of the disk. */
int enrol_confirm(struct ceremony *c, const struct candidate *k, struct err *e);

int enrol_withdraw(struct ceremony *c, size_t seat, struct err *e); /* until anything is signed */

#endif
