/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pin_new.h - a new PIN: the rules that it must keep, and two ways to make one without bias.
 *
 * Invariant: each digit that is made is one of ten with the same chance: what does not divide
 * evenly is thrown away (rejection sampling), never folded.
 */
#ifndef TOKENS_PIN_NEW_H
#define TOKENS_PIN_NEW_H

#include "tokens/token.h"

/* How many digits a PIN has that is made here for this token. */
size_t pin_new_digits(const struct token_info *t, enum pin_owner whose);

/* Rules: long enough and not too long, no vendor's default, no row or repetition of characters; no
 * try is used. Errors: ERR_PIN, never repeating the PIN. */
int pin_new_check(const struct secret *pin, enum pin_owner whose, const struct token_info *t,
                  struct err *e);

/* Two throws of a die are one of 36; 30 of them give a digit each, the other 6 are thrown again. */
struct pin_dice {
    unsigned first; /* 1 to 6, or 0 */
};

enum { PIN_DICE_MORE = -1 /* one more throw */, PIN_DICE_AGAIN = -2 /* throw both again */ };

/* `pips` from 1 to 6. Returns a digit from 0 to 9, or one of the above. */
int pin_dice_throw(struct pin_dice *d, unsigned pips);

/* Fills `n` random bytes. Errors: ERR_IO. */
typedef int (*pin_random)(void *self, uint8_t *out, size_t n, struct err *e);

/* Appends one digit made of random bytes below 250. */
int pin_new_digit(struct secret *pin, pin_random random, void *self, struct err *e);

#endif
