/* SPDX-License-Identifier: Apache-2.0 */
/*
 * p11_session.h - one login to one token, and what may go wrong with it.
 *
 * Invariants:
 *  - a login makes at most one C_Login, and none when the token says that its PIN is locked or that
 *    a PIN of this length can't be right: no try is wasted;
 *  - a return value that means removal ends the session at once; after any other failure the session
 *    is replaced by a fresh one under the same login, because a failed call can leave an operation
 *    active;
 *  - the PIN goes from the secret's page into C_Login and nowhere else; it is kept, in a page of its
 *    own, only for a token with a key that wants it before each signature, and only until the login
 *    ends.
 */
#ifndef TOKENS_P11_SESSION_H
#define TOKENS_P11_SESSION_H

#include "tokens/pkcs11/p11_module.h"

struct p11_session {
    struct p11_module *module; /* NULL: nobody is logged in */
    struct token_info token;
    CK_SESSION_HANDLE h;
    /* The private key that signed last, so that a round of signatures looks it up once. */
    uint8_t signer[SHA256_SIZE];
    CK_OBJECT_HANDLE signer_object;
    bool has_signer, signer_asks, signer_hashes;
    bool so; /* the SO is logged in: it makes keys, and signs nothing */
    /* The PIN, until the login ends: only when a key on the token wants it before each signature.
     */
    struct secret *again;
};

/* Errors: ERR_TOKEN, ERR_PIN. */
int p11_session_login(struct p11_session *s, struct p11_module *m, const struct token_id *id,
                      const struct secret *pin, enum pin_state *state, struct err *e);
/* The same token's SO in place of its keyholder, who is logged out. */
int p11_session_login_so(struct p11_session *s, const struct secret *so_pin, enum pin_state *state,
                         struct err *e);
/* Ends the session on every way. Errors: ERR_TOKEN when the token may still be logged in. */
int p11_session_logout(struct p11_session *s, struct err *e);
/* Errors: ERR_TOKEN when nobody is logged in. */
int p11_session_need(const struct p11_session *s, struct err *e);
/* After a failed call: the error, and the session ended or replaced. Returns -1. */
int p11_session_failed(struct p11_session *s, CK_RV rv, const char *call, struct err *e);

/* For the calls that need a PIN: C_Login takes a pointer to bytes that it does not write; NULL and
 * 0 for none (a PIN pad). */
CK_UTF8CHAR *p11_pin_bytes(const struct secret *pin);
CK_ULONG p11_pin_size(const struct secret *pin);
/* Whether a PIN can be the user PIN by its length. Errors: ERR_PIN. */
int p11_pin_check_length(const struct token_info *t, const struct secret *pin, struct err *e);
/* Read and write, or read only when the token is write-protected. */
CK_RV p11_open_session(struct p11_module *m, CK_SLOT_ID slot, CK_SESSION_HANDLE *h);

/* C_InitToken and C_InitPIN; nobody may be logged in. */
int p11_session_initialise(struct p11_module *m, const struct token_id *id,
                           const struct secret *so_pin, const char *label, const struct secret *pin,
                           struct err *e);

#endif
