/* SPDX-License-Identifier: Apache-2.0 */
#include "tokens/pin_new.h"

#include <openssl/crypto.h>
#include <string.h>

#include "tokens/kind.h"

#define USER_MIN 6 /* characters; tokens lock themselves after a few tries */
#define SO_MIN   8
#define MADE     8  /* digits */
#define SO_MADE  16 /* what a SmartCard-HSM wants exactly, and others take */

/* What tokens leave the factory with, or their manuals show. Rows and repetitions have a rule. */
static const char *const defaults[] = {
    "648219",                                           /* SmartCard-HSM, Nitrokey HSM */
    "3537363231383830",                                 /* their SO PIN */
    "57621880",                                         /* the same, as text */
    "010203040506070801020304050607080102030405060708", /* YubiKey PIV management key */
    "0001password",                                     /* YubiHSM 2 */
    "password",
};

static bool is_default(struct span pin)
{
    for (size_t i = 0; i < sizeof defaults / sizeof defaults[0]; i++)
        if (span_is(pin, defaults[i]))
            return true;
    return false;
}

/* 111111, 123456, 654321 */
static bool is_row(struct span pin)
{
    int step = pin.n < 2 ? 0 : pin.p[1] - pin.p[0];

    for (size_t i = 1; i < pin.n; i++)
        if (pin.p[i] - pin.p[i - 1] != step)
            return false;
    return step >= -1 && step <= 1;
}

size_t pin_new_digits(const struct token_info *t, enum pin_owner whose)
{
    if (whose == PIN_OF_SO && token_piv(t) == NULL)
        return SO_MADE;
    if (t->pin_max != 0 && t->pin_max < MADE)
        return t->pin_max;
    return t->pin_min > MADE ? t->pin_min : MADE;
}

static int refuse(const struct token_info *t, enum pin_owner whose, const char *why, struct err *e)
{
    err_set(e, ERR_PIN, "the new %s %s", token_pin_words(t, whose), why);
    return err_todo(e, "choose another; nothing was sent to the token");
}

int pin_new_check(const struct secret *pin, enum pin_owner whose, const struct token_info *t,
                  struct err *e)
{
    struct span text = span_of(secret_data(pin), secret_size(pin));
    bool bounded = whose == PIN_OF_USER || token_piv(t) != NULL; /* a PUK is as long as a PIN */
    unsigned least = bounded ? USER_MIN : SO_MIN, most = SECRET_MAX;

    if (bounded && t->pin_min > least)
        least = t->pin_min;
    if (bounded && t->pin_max != 0)
        most = t->pin_max;
    if (least > most)
        least = most;
    if (text.n < least || text.n > most) {
        err_set(e, ERR_PIN, "a new %s of this token has %u to %u characters",
                token_pin_words(t, whose), least, most);
        return err_todo(e, "choose another; nothing was sent to the token");
    }
    if (is_default(text))
        return refuse(t, whose, "is one that a vendor's tokens leave the factory with", e);
    return is_row(text) ? refuse(t, whose, "is a row or one character again and again", e) : 0;
}

int pin_dice_throw(struct pin_dice *d, unsigned pips)
{
    unsigned both;

    if (d->first == 0) {
        d->first = pips;
        return PIN_DICE_MORE;
    }
    both = (d->first - 1) * 6 + (pips - 1);
    d->first = 0;
    return both < 30 ? (int)(both % 10) : PIN_DICE_AGAIN;
}

int pin_new_digit(struct secret *pin, pin_random random, void *self, struct err *e)
{
    uint8_t byte;

    do
        if (random(self, &byte, 1, e) != 0)
            return -1;
    while (byte >= 250);
    byte = (uint8_t)('0' + byte % 10);
    if (secret_put(pin, byte) != 0)
        return err_set(e, ERR_PIN, "the PIN is too long");
    OPENSSL_cleanse(&byte, sizeof byte);
    return 0;
}
