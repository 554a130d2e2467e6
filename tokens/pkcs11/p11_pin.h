/* SPDX-License-Identifier: Apache-2.0 */
/*
 * p11_pin.h - PINs that change, and what a token shows without one. Nobody is logged in before, and
 * nobody afterwards, whatever failed.
 *
 * Invariant: one C_Login at the most, and none when the token says that this PIN is locked or that
 * the new one can't be one by its length: no try is wasted.
 */
#ifndef TOKENS_P11_PIN_H
#define TOKENS_P11_PIN_H

#include "tokens/pkcs11/p11_session.h"

/* As change_pin, unblock and public_keys of token.h. */
int p11_pin_change(struct p11_module *m, const struct token_id *id, enum pin_owner whose,
                   const struct secret *old, const struct secret *pin, enum pin_state *state,
                   struct err *e);
int p11_pin_unblock(struct p11_module *m, const struct token_id *id, const struct secret *so_pin,
                    const struct secret *pin, enum pin_state *state, struct err *e);
int p11_session_public_keys(struct p11_module *m, const struct token_id *id,
                            struct token_key_list *out, struct err *e);

#endif
