/* SPDX-License-Identifier: Apache-2.0 */
/*
 * token.h - the token interface: whatever holds private keys, seen from outside.
 *
 * A `struct token_driver` is a table of calls: PKCS#11 modules (p11.h), a proxy (agent.h) that
 * runs another driver in a process of its own, so that a vendor's module can crash, hang or flood
 * without touching the ceremony, several of these as one (modules.h), the drawer of a rehearsal, and
 * a scripted fake for tests. Who enrols or signs calls tokens through this interface only.
 *
 * Invariants:
 *  - at most one token is logged in at a time; logout (or free) ends it, whatever
 *    failed;
 *  - what a token answers is not believed: a signature counts only after key_verify(), a public key
 *    is what the ceremony recorded, not what the token says later;
 *  - a token's identity is module + serial + label, never its slot number; slots are looked up anew
 *    at each call;
 *  - calls block; the proxy's calls let the screen live meanwhile (see struct token_wait in
 *    agent.h).
 *
 * Errors of all calls: ERR_TOKEN (left, failed, wrong token), ERR_PIN (refused, locked), ERR_LEFT
 * (the person gave up waiting), ERR_INTERNAL.
 */
#ifndef TOKENS_TOKEN_H
#define TOKENS_TOKEN_H

#include "metadata/base/bytes.h"
#include "metadata/base/err.h"
#include "metadata/key.h"
#include "tokens/secret.h"

#define TOKEN_TEXT 128 /* bytes of a text field with the NUL; UTF-8, trailing blanks removed */

/* What a token says of its user PIN (CK_TOKEN_INFO flags, PKCS#11 v2.40 section 4.4). */
enum pin_state {
    PIN_OK,       /* nothing wrong is known */
    PIN_LOW,      /* a wrong one was entered since the last right one */
    PIN_LAST_TRY, /* the next wrong one locks the token */
    PIN_LOCKED,
    PIN_UNSET, /* there is none yet */
    PIN_MUST_CHANGE
};

/* Whose PIN: the keyholder's own, or that of the token's administrator (Cryptoki's security
 * officer, SO), who can give the keyholder a new one. */
enum pin_owner { PIN_OF_USER, PIN_OF_SO };

struct token_id {
    char module[512]; /* path of the PKCS#11 module, as it was given */
    char serial[TOKEN_TEXT];
    char label[TOKEN_TEXT];
};

struct token_info {
    struct token_id id;
    unsigned long slot; /* today's; for people only */
    char slot_description[TOKEN_TEXT];
    char manufacturer[TOKEN_TEXT];
    char model[TOKEN_TEXT];
    char firmware[16]; /* "2.1" */
    bool initialised;
    bool pin_pad; /* CKF_PROTECTED_AUTHENTICATION_PATH: the PIN is typed on the device */
    bool needs_login;
    enum pin_state pin;
    enum pin_state so_pin;     /* PIN_UNSET: the token was never set up */
    unsigned pin_min, pin_max; /* bytes; 0 when not said */
};

struct token_list {
    struct token_info *items;
    size_t n;
    char **problems; /* modules or slots that were left out, and why; a line each */
    size_t nproblems;
};

/* What a token claims of a private key. */
enum claim { CLAIM_UNKNOWN, CLAIM_NO, CLAIM_YES };

/* "unknown", "no", "yes"; the claim of that name, or -1. */
const char *claim_name(enum claim c);
int claim_find(struct span name);

#define TOKEN_KEY_ID_MAX 4096 /* bytes; a longer CKA_ID is left out */

struct token_key {
    char label[TOKEN_TEXT];           /* CKA_LABEL; what is no UTF-8 in it is '?' */
    uint8_t cka_id[TOKEN_KEY_ID_MAX]; /* CKA_ID */
    size_t cka_id_size;
    struct key *key;      /* the public key, as a TUF key; NULL when the token shows none */
    enum claim local;     /* CKA_LOCAL: generated on the token */
    enum claim sensitive; /* CKA_SENSITIVE */
    enum claim always_sensitive;
    enum claim extractable; /* CKA_EXTRACTABLE */
    enum claim never_extractable;
    enum claim always_authenticate; /* CKA_ALWAYS_AUTHENTICATE: the PIN before each signature */
    enum claim signs;               /* CKA_SIGN, and a mechanism for it that the token lists */
};

struct token_key_list {
    struct token_key *items;
    size_t n;
};

/* Many signatures, one after the other, with one login. The driver calls both, in its own pace and
 * maybe several `next` ahead, so that a token need not wait for what follows a signature. */
struct token_batch {
    void *self;
    /* The next to be signed; both stay where they are until it was taken, or taking failed. False:
     * no more (it is not asked again; what was given before is still signed and taken). */
    bool (*next)(void *self, const struct key **key, struct span *message);
    /* The signature, in TUF's form, of the oldest that was given and not taken. Nobody has verified
     * it. -1 stops: signatures that are under way are dropped. */
    int (*take)(void *self, struct span sig, struct err *e);
};

#define TOKEN_CERTIFICATES    64             /* more are not looked at */
#define TOKEN_CERTIFICATE_MAX ((size_t)8192) /* bytes; larger ones are left out */

/* Certificates that a token shows, as they are (CKA_VALUE); nothing in them is believed. */
struct token_certificates {
    struct bytes *items;
    size_t n;
    size_t nbeside; /* the first ones have the CKA_ID that was asked for */
};

struct token_driver {
    const char *name;
    void (*free)(void *self);
    /* All tokens that are there now, enumerated anew. While nobody is logged in, a module that
     * failed or that got a new token since is restarted first ("rescan"). */
    int (*list)(void *self, struct token_list *out, struct err *e);
    /* Logs in to that very token, ending an earlier login. `pin` is NULL for a PIN pad. `*state` is
     * what the token says afterwards (before it was found: PIN_OK). At most one try is used. */
    int (*login)(void *self, const struct token_id *id, const struct secret *pin,
                 enum pin_state *state, struct err *e);
    /* Public keys that the token shows without a PIN, with label, CKA_ID and CKA_LOCAL (no other
     * claim); ends an earlier login. */
    int (*public_keys)(void *self, const struct token_id *id, struct token_key_list *out,
                       struct err *e);
    /* Ends the keyholder's login to a token, and logs in as its SO: some tokens let nobody else
     * generate. A session of that kind signs nothing: log in again. `*state` is that of the SO PIN.
     * At most one try is used, and none with an SO PIN of a length that can't be right. */
    int (*login_so)(void *self, const struct secret *so_pin, enum pin_state *state, struct err *e);
    /* Nobody logged in is no error. */
    int (*logout)(void *self, struct err *e);
    /* Private keys of the token that is logged in. A token that left ends the login: the next call
     * that needs one says so. */
    int (*keys)(void *self, struct token_key_list *out, struct err *e);
    /* Certificates of the token that is logged in, those with this CKA_ID first; one can be there
     * twice. */
    int (*certificates)(void *self, struct span cka_id, struct token_certificates *out,
                        struct err *e);
    /* Generates a pair on the token that is logged in; attributes read back into `out`. Where a
     * token has numbered places, in the first that holds nothing. None of a type for which the
     * token lists no mechanism to sign with. */
    int (*generate)(void *self, enum key_type type, const char *label, struct token_key *out,
                    struct err *e);
    /* Signs all of a batch with keys of the token that is logged in: each message with the private
     * key whose public key is `key`, hashed in software, in TUF's form (DER for ECDSA). -1 at the
     * first that fails, or with the error of `take`: what was taken before counts, and nothing after
     * it was taken. */
    int (*sign_all)(void *self, const struct token_batch *b, struct err *e);
    /* Destroys a private key of the token that is logged in, and its public half; -1 also when one
     * is there still afterwards. */
    int (*destroy)(void *self, const struct key *key, struct err *e);
    /* A fresh token: C_InitToken, then the user PIN. Destroys what is on it. `so_pin` is the
     * token's own when it has one, else it becomes that. Both PINs are NULL for a PIN pad. */
    int (*initialise)(void *self, const struct token_id *id, const struct secret *so_pin,
                      const char *label, const struct secret *pin, struct err *e);
    /* Logs in as `whose` with `old`, sets `pin`, logs out; an earlier login ends. At most one try
     * is used, and what that PIN's state is afterwards goes into `*state`. NULL, NULL: a PIN pad.
     */
    int (*change_pin)(void *self, const struct token_id *id, enum pin_owner whose,
                      const struct secret *old, const struct secret *pin, enum pin_state *state,
                      struct err *e);
    /* Gives the keyholder a new PIN by the SO PIN (C_InitPIN): a locked token opens again, its keys
     * stay. `*state` is that of the SO PIN. Otherwise as change_pin. */
    int (*unblock)(void *self, const struct token_id *id, const struct secret *so_pin,
                   const struct secret *pin, enum pin_state *state, struct err *e);
};

/* A driver and its state; passed by pointer, owned by whoever made it. */
struct tokens {
    const struct token_driver *driver;
    void *self;
};

void tokens_free(struct tokens *t); /* NULL-safe; frees self through the driver, and `t` */

void token_list_clear(struct token_list *l);
void token_key_clear(struct token_key *k);
void token_key_list_clear(struct token_key_list *l);
/* Does the token show that key? */
bool token_key_list_has(const struct token_key_list *l, const struct key *key);
void token_certificates_clear(struct token_certificates *l);

/* For drivers: a token, certificate or problem line is copied in, a key is moved in (also on
 * failure). Errors: ERR_INTERNAL. */
int token_list_add(struct token_list *l, const struct token_info *t, struct err *e);
int token_list_problem(struct token_list *l, const char *line, struct err *e);
int token_key_list_take(struct token_key_list *l, struct token_key *k, struct err *e);
int token_certificates_add(struct token_certificates *l, struct span certificate, struct err *e);

/* A batch for drivers that work on one after the other: `one` appends a signature, unverified. */
int token_sign_each(void *self,
                    int (*one)(void *self, const struct key *key, struct span message,
                               struct bytes *sig, struct err *e),
                    const struct token_batch *b, struct err *e);

bool token_id_eq(const struct token_id *a, const struct token_id *b);
/* Does this program sign with keys of this type, on a token that can? Else it verifies them only.
 */
bool token_signs(enum key_type type);
const char *pin_state_words(enum pin_state s);
/* "Nitrokey HSM 2 DENK0102947 "root 4"": model, serial, label; appended. */
void token_words(const struct token_info *t, struct bytes *out);

#endif
