/* SPDX-License-Identifier: Apache-2.0 */
/*
 * token_admin.h - what is done to a token beside keys and signatures: set up, PINs changed,
 * unblocked.
 *
 * Invariants:
 *  - no vendor's default stays: setting a token up gives it a new PIN and a new SO PIN, the SO PIN
 *    first, so that nothing is destroyed before the token has accepted both it and the one before;
 *  - it is called done when the token was logged in to with the new PIN (with a PIN pad the token's
 *    word is taken);
 *  - what is recorded names the token, never a PIN.
 */
#ifndef CEREMONY_TOKEN_ADMIN_H
#define CEREMONY_TOKEN_ADMIN_H

#include "ceremony/acts/ceremony.h"
#include "ceremony/acts/owner.h"
#include "ceremony/session/token_act.h"

/* Those that the act needs; all NULL for a PIN pad. `present` is the PIN that holds now: the SO PIN
 * to set an initialised token up anew, to unblock, or to change it; else the user PIN. */
struct token_admin_pins {
    const struct secret *present;
    const struct secret *so;  /* the new SO PIN */
    const struct secret *pin; /* the new PIN */
};

/* Which PIN `present` is; PIN_OF_SO for a set-up, where a token that is not initialised needs none.
 */
enum pin_owner token_admin_present(enum token_act what);
/* Whether this can be done with the token as it is. Errors: ERR_TOKEN, ERR_PIN. */
int token_admin_possible(const struct token_info *t, enum token_act what, struct err *e);
/* Whether the ceremony lets it: a token that has a key of it, as `o` says, is not set up anew, and its
 * PINs are for the module that it was recorded with. Errors: ERR_PLAN, ERR_TOKEN; ERR_INCOMPLETE when
 * it is closed. */
int token_admin_allowed(const struct ceremony *c, const struct token_info *t, const struct owner *o,
                        enum token_act what, struct err *e);
/* Does it. `label` is for a set-up. `after` is the token as it is then. Errors: ERR_PIN, ERR_TOKEN.
 */
int token_admin_do(struct tokens *t, const struct token_info *token, enum token_act what,
                   const char *label, const struct token_admin_pins *pins, struct token_info *after,
                   struct err *e);
/* Whether the new PINs keep the rules (tokens/pin_new.h) and are new; token_admin_do asks it too.
 * Errors: ERR_PIN; nothing was sent to the token. */
int token_admin_check_new(const struct token_info *t, const struct token_admin_pins *pins,
                          struct err *e);
/* Journals it; `holder` may be -1. Errors: those of the disk, ERR_INCOMPLETE when it is closed. */
int act_token_administered(struct ceremony *c, enum token_act what, const struct token_info *after,
                           long holder, struct err *e);

#endif
