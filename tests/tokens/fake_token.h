/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fake_token.h - tokens in memory, for tests: real OpenSSL keys, and events by script.
 *
 * Every test that needs a token without a stack uses this: `fake_new`, some `fake_add`, then the
 * driver's calls. Behind an agent the fake lives in the child, so it is set up in the agent's
 * make().
 */
#ifndef TESTS_FAKE_TOKEN_H
#define TESTS_FAKE_TOKEN_H

#include "tokens/token.h"

#define FAKE_MODULE "/fake/module.so"

enum fake_call {
    FAKE_LIST,
    FAKE_LOGIN,
    FAKE_LOGOUT,
    FAKE_KEYS,
    FAKE_GENERATE,
    FAKE_SIGN,
    FAKE_DESTROY,
    FAKE_INITIALISE,
    FAKE_LOOK,
    FAKE_CHANGE_PIN,
    FAKE_UNBLOCK,
    FAKE_CERTIFICATES,
    FAKE_CALLS
};

enum fake_event {
    FAKE_REMOVED, /* the token that is logged in is pulled out during the call */
    FAKE_CORRUPT, /* a bit of the signature is wrong (the fake notices it as p11 does) */
    FAKE_FORGED,  /* the same, and the fake says nothing: what a broken driver would do */
    FAKE_HANG,    /* for ever: only behind an agent */
    FAKE_CRASH,   /* abort(): only behind an agent */
    FAKE_SLOW,    /* takes 15 ms */
    FAKE_FAILS    /* CKR_DEVICE_ERROR */
};

/* What happens at the nth call (from 1; 0: at each). */
struct fake_row {
    enum fake_call call;
    unsigned nth;
    enum fake_event event;
};

int fake_new(struct tokens **out, struct err *e);
/* Adds a token, inserted. `label` "" makes a fresh one, not initialised (its SO PIN is `so_pin`).
 */
int fake_add(struct tokens *t, const char *serial, const char *label, const char *so_pin,
             const char *pin, struct err *e);
void fake_insert(struct tokens *t, const char *serial, bool in);
void fake_tries(struct tokens *t, const char *serial, unsigned left); /* wrong PINs until locked */
void fake_so_tries(struct tokens *t, const char *serial, unsigned left);
void fake_must_change(struct tokens *t, const char *serial); /* the user PIN */
void fake_pin_pad(struct tokens *t, const char *serial);
void fake_lacks(struct tokens *t, const char *serial, enum key_type type); /* can't generate it */
/* A YubiKey, whose SO PIN is its management key where it makes keys, and its PUK elsewhere. */
void fake_yubikey(struct tokens *t, const char *serial);
void fake_hides(struct tokens *t, const char *serial); /* shows no public keys, no claims */
/* A certificate that the token shows beside its `key`-th key (from 0; SIZE_MAX: of none); borrowed.
 */
void fake_certificate(struct tokens *t, const char *serial, size_t key, struct span value);
/* The private half of a token's `key`-th key, borrowed: what a maker would attest. */
void *fake_private(const struct tokens *t, const char *serial, size_t key);
/* Ed25519 keys from here on are the same at each run (and so are their signatures). */
void fake_repeatable(struct tokens *t);
/* Replaces the script; `rows` is borrowed and outlives the fake. */
void fake_script(struct tokens *t, const struct fake_row *rows, size_t n);
unsigned fake_calls(const struct tokens *t, enum fake_call call);
unsigned fake_pin_tries(const struct tokens *t); /* PINs compared so far */

#endif
