/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fake_state.h - what the fake's driver (fake_token.c) and its setting up (fake_setup.c) share.
 */
#ifndef TESTS_FAKE_STATE_H
#define TESTS_FAKE_STATE_H

#include <openssl/evp.h>

#include "fake_token.h"

#define TOKENS_MAX 16
#define KEYS_MAX   8

struct fake_key {
    EVP_PKEY *pkey;
    struct key *key;
    char label[TOKEN_TEXT];
    uint8_t id[4];
};

struct fake_certificate {
    struct span value; /* borrowed */
    size_t key;        /* which key's CKA_ID it has: its place among the token's keys */
};

struct fake_token {
    struct token_info info;
    char so_pin[64], pin[64];
    unsigned left, so_left;
    bool in, hides, lacks[KEY_TYPES];
    struct fake_key keys[KEYS_MAX];
    size_t nkeys;
    struct fake_certificate certificates[KEYS_MAX];
    size_t ncertificates;
};

struct fake {
    struct fake_token tokens[TOKENS_MAX];
    size_t n;
    struct fake_token *session;
    bool so; /* the session is its SO's */
    const struct fake_row *script;
    size_t nscript;
    unsigned calls[FAKE_CALLS];
    unsigned pin_tries, next_id;
    bool repeatable;
};

extern const struct token_driver fake_driver;

/* The PIN state that the tries left give. */
void fake_pin_state(struct fake_token *t, bool wrong_before);
/* A PIN that was entered: 0, or the tries left and the state go down. */
int fake_try(struct fake *f, struct fake_token *t, enum pin_owner whose, const struct secret *pin,
             struct err *e);
bool fake_pin_is(const struct secret *pin, const char *text);
void fake_set_pin(char out[64], const struct secret *pin); /* NULL: empty */
/* The calls of fake_pin.c. */
int fake_login_so(void *self, const struct secret *so_pin, enum pin_state *state, struct err *e);
int fake_change_pin(void *self, const struct token_id *id, enum pin_owner whose,
                    const struct secret *old, const struct secret *pin, enum pin_state *state,
                    struct err *e);
int fake_unblock(void *self, const struct token_id *id, const struct secret *so_pin,
                 const struct secret *pin, enum pin_state *state, struct err *e);
/* Counts a call and plays what the script has for it; ends the login. */
struct fake_token *fake_begin_at(struct fake *f, enum fake_call call, const struct token_id *id,
                                 struct err *e);
/* Copies what fits, with a NUL. */
void fake_text(char *out, size_t size, const char *text);

#endif
