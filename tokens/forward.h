/* SPDX-License-Identifier: Apache-2.0 */
/*
 * forward.h - a driver in front of others: each call goes on to the tokens that have it.
 *
 * Such a driver's `self` begins with a struct token_forward; its table has TOKEN_FORWARD, and
 * `free`, `list`, `login` and `logout` of its own.
 */
#ifndef TOKENS_FORWARD_H
#define TOKENS_FORWARD_H

#include "tokens/token.h"

struct token_forward {
    /* Whose call it is: that token's, or where `id` is NULL the login's. NULL: an error. */
    struct tokens *(*turn)(void *self, const struct token_id *id, struct err *e);
};

/* As in token.h. */
int forward_login_so(void *self, const struct secret *so_pin, enum pin_state *state, struct err *e);
int forward_keys(void *self, struct token_key_list *out, struct err *e);
int forward_certificates(void *self, struct span cka_id, struct token_certificates *out,
                         struct err *e);
int forward_generate(void *self, enum key_type type, const char *label, struct token_key *out,
                     struct err *e);
int forward_sign_all(void *self, const struct token_batch *b, struct err *e);
int forward_destroy(void *self, const struct key *key, struct err *e);
int forward_public_keys(void *self, const struct token_id *id, struct token_key_list *out,
                        struct err *e);
int forward_initialise(void *self, const struct token_id *id, const struct secret *so_pin,
                       const char *label, const struct secret *pin, struct err *e);
int forward_change_pin(void *self, const struct token_id *id, enum pin_owner whose,
                       const struct secret *old, const struct secret *pin, enum pin_state *state,
                       struct err *e);
int forward_unblock(void *self, const struct token_id *id, const struct secret *so_pin,
                    const struct secret *pin, enum pin_state *state, struct err *e);

#define TOKEN_FORWARD                                                                              \
    .login_so = forward_login_so, .keys = forward_keys, .certificates = forward_certificates,      \
    .generate = forward_generate, .sign_all = forward_sign_all, .destroy = forward_destroy,        \
    .public_keys = forward_public_keys, .initialise = forward_initialise,                          \
    .change_pin = forward_change_pin, .unblock = forward_unblock

#endif
