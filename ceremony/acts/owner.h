/* SPDX-License-Identifier: Apache-2.0 */
/*
 * owner.h - whose token this is: the one answer, found before a PIN is asked for.
 *
 * What counts, the strongest first:
 *  - the public keys that a token shows without a login. Only the key of another keyholder: it is
 *    that keyholder's token, whatever it calls itself;
 *  - what the journal recorded of it, its module too: at enrolment, or when a key that the plan gives
 *    first signed;
 *  - what the plan calls it: the keyholder's `token` (a pkcs11: URI, RFC 7512), else `token_is`;
 *  - a key of this keyholder that it shows.
 * A serial number is what a token says of itself: nothing here replaces the verification of each
 * signature.
 */
#ifndef CEREMONY_OWNER_H
#define CEREMONY_OWNER_H

#include "ceremony/session/session.h"
#include "tokens/token.h"

/* Where a seat's key is, or is to be made, as far as record and plan say. */
enum bound {
    BOUND_ELSEWHERE, /* on another token than this one */
    BOUND_NOWHERE,   /* they say nothing */
    BOUND_NAMED,     /* here, as the plan says */
    BOUND_RECORDED   /* here, as the journal says */
};

enum owner_is {
    OWNER_UNTOLD,   /* can't be told before the PIN: nothing names it, and it shows no key */
    OWNER_NOBODYS,  /* nothing names it, and it shows keys, none of which is the plan's */
    OWNER_THEIRS,   /* the keyholder's */
    OWNER_COPY,     /* it shows their key, which is on another token as record or plan say */
    OWNER_ANOTHERS, /* another keyholder's */
};

struct owner {
    enum owner_is is;
    size_t holder;     /* whose; of ANOTHERS and THEIRS */
    enum bound bound;  /* of THEIRS: by what; BOUND_NOWHERE: by the key that it shows */
    long seat;         /* whose key is on it, as record, plan or the token say; -1: none is known */
    bool elsewhere;    /* the key that is wanted is on another token, as record or plan say */
    bool other_module; /* elsewhere, because another module than the one that it was recorded with
                        * shows a token that calls itself so */
};

#define OWNER_SIGNS   SIZE_MAX /* for `seat`: whichever of the holder's seats can still sign */
#define OWNER_SEVERAL 2

enum bound owner_bound(const struct session *s, size_t seat, const struct token_info *t);
/* Whose token is it, asked for `holder` and for the key of `seat` (or OWNER_SIGNS)? `shown` is what
 * it shows without a login; NULL: nobody looked. */
struct owner owner_of(const struct session *s, size_t holder, size_t seat,
                      const struct token_info *t, const struct token_key_list *shown);
/* The same, after a look at what the token shows; one that can't be read shows nothing. */
struct owner owner_read(const struct session *s, size_t holder, size_t seat, struct tokens *tokens,
                        const struct token_info *t);
/* Which of the tokens there has the key that is wanted: 1 and `*out` its index, 0 none,
 * OWNER_SEVERAL when more than one calls itself so. `owners` by the list, or NULL. */
int owner_find(const struct session *s, size_t holder, size_t seat, const struct token_list *l,
               const struct owner *owners, size_t *out);
/* May a PIN be asked for? `replaced`: the room decided that this token, a backup with the same key or
 * shown by another module, takes the place of the one that record or plan name. Errors: ERR_TOKEN. */
int owner_check(const struct session *s, size_t holder, size_t seat, const struct owner *o,
                const struct token_info *t, bool replaced, struct err *e);
/* Is it for the room to decide so? Never when the token shows keys, and that one not among them. */
bool owner_may_replace(size_t seat, const struct owner *o);
/* For a list of tokens: "yours", "the token of Bo"; "" when nothing is known. Appended. */
void owner_put(const struct session *s, const struct owner *o, struct bytes *out);
/* The serial of the token that has the seat's key, as record or plan say; "" when they say none. */
void owner_wanted_serial(const struct session *s, size_t seat, char out[TOKEN_TEXT]);
/* What the token takes the place of when the room decides so: the module of the token that was
 * recorded, when it calls itself that one; else the serial, which goes into `serial`. */
const char *owner_before(const struct session *s, size_t seat, const struct token_info *t,
                         char serial[TOKEN_TEXT]);
/* The token that is wanted, as record and plan say: "serial DENK0102947, bag 4471"; "" when they
 * say nothing. Appended. */
void owner_put_wanted(const struct session *s, size_t holder, size_t seat, struct bytes *out);

#endif
