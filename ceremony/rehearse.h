/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rehearse.h - the embedded default: a whole ceremony on SoftHSM tokens in a private folder.
 *
 * DIR/plan.json etc. are an ordinary ceremony with "rehearsal": true; DIR/tokens/ holds the SoftHSM
 * tokens, one a keyholder, and DIR/online.key the private online key (worthless). A rehearsal token
 * is "inserted" by name: the driver made here shows only the inserted one.
 */
#ifndef CEREMONY_REHEARSE_H
#define CEREMONY_REHEARSE_H

#include "ceremony/ceremony.h"
#include "tokens/agent.h"

/* Makes DIR (absent or empty) from a preset; or does nothing when it already is a rehearsal's
 * folder. */
int rehearse_prepare(const char *dir, const char *preset, struct err *e);
/* The tokens of a rehearsal, through an agent. `wait` may be NULL. */
int rehearse_tokens(const char *dir, const struct plan *p, const struct token_wait *wait,
                    struct tokens **out, struct err *e);
/* Puts the holder's token in, or takes it out (-1). */
void rehearse_insert(struct tokens *t, long holder);
/* As agent_set_wait. */
void rehearse_set_wait(struct tokens *t, const struct token_wait *wait);
/* The worthless PIN of a holder's rehearsal token, a function of the name; 6 digits. */
void rehearse_pin(const struct plan *p, size_t holder, char out[8]);

/* Walks everything without a terminal: same acts, same journal, same bundle. Goes on where a killed
 * run stopped. `say` gets a line per act and may be NULL. */
int rehearse_unattended(struct ceremony *c, struct tokens *t,
                        void (*say)(void *arg, const char *line), void *arg, struct err *e);

#endif
