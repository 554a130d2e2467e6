/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kind.h - tokens whose module does things in a way of its own, or says less of them than a person
 * must know. A kind is a row; a token of no kind does what PKCS#11 says.
 *
 * What stands here was seen with ykcs11 2.2.0 over a virtual YubiKey (docs/tokens.md).
 */
#ifndef TOKENS_KIND_H
#define TOKENS_KIND_H

#include "tokens/token.h"

/* A place for a key: its CKA_ID, and what the maker calls it. */
struct token_place {
    uint8_t id;
    const char *name;
};

struct token_kind {
    const char *manufacturer, *model; /* what the token's own contain */
    const char *form;                 /* as in attestation.h and advisory.h */
    /* The rest is for a YubiKey's PIV application; 0 and NULL for other kinds. */
    unsigned pin_min, pin_max; /* characters of PIN and PUK; the module's own are its SO's */
    const char *factory_pin;
    unsigned management_digits; /* hex digits of the SO PIN that makes keys, and no other length:
                                 * ykcs11 sends 6 to 8 to the card as the user's PIN */
    const struct token_place
        *places;      /* for keys, those to be used first in front; ends with id 0 */
    uint8_t attester; /* the CKA_ID of the key that attests: it signs nothing else */
};

/* NULL: nothing special. */
const struct token_kind *token_kind_of(const char *manufacturer, const char *model);
/* The PIV application of a YubiKey by Yubico's own module, or NULL. */
const struct token_kind *token_piv(const struct token_info *t);
/* Whether it is the key with which the device attests others. */
bool token_attester(const struct token_info *t, struct span cka_id);
/* Errors: ERR_TOKEN: what it says of a destroyed key is not so. */
int token_can_destroy(const struct token_info *t, struct err *e);
/* Whether it can be the SO PIN that makes keys: a management key of another length, or that is not
 * hex, is not sent. Errors: ERR_PIN. */
int token_so_pin_check(const struct token_info *t, const struct secret *so_pin, struct err *e);
/* Whose PIN it is, in words: "PIN", "SO PIN"; the PUK of a YubiKey gives new PINs, as an SO PIN
 * does elsewhere. */
const char *token_pin_words(const struct token_info *t, enum pin_owner whose);
/* Whether nothing shows that the private key is there: ykcs11 shows the pair for any certificate in
 * a slot, and only a key that was made on the token has left a trace there. */
bool token_key_unseen(const struct token_info *t, const struct token_key *k);
/* What the key's place is called ("9c"); NULL on a token that has none. */
const char *token_key_place(const struct token_info *t, const struct token_key *k);
/* One device that two modules show is one token, that of its maker's module: the other leaves the
 * list, with a problem line. Errors: ERR_INTERNAL. */
int token_list_each_once(struct token_list *l, struct err *e);

#endif
