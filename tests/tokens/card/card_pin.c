/* SPDX-License-Identifier: Apache-2.0 */
#include <openssl/crypto.h>
#include <string.h>

#include "card.h"
#include "tlv.h"

enum { USER = 0x81, PAD_A = 0x85, PAD_B = 0x86, SO = 0x88 };

static unsigned state(const struct card_pin *p)
{
    return p->tries == 0 ? SW_LOCKED : SW_TRIES | p->tries;
}

/* Compares, counts, and has the result on disk before it is told. */
static unsigned check(struct key_record *c, struct card_pin *p, struct span typed)
{
    if (p->tries == 0)
        return SW_LOCKED;
    if (typed.n == p->n && CRYPTO_memcmp(typed.p, p->p, p->n) == 0)
        p->tries = p->most;
    else
        p->tries--;
    if (card_save(c) != 0)
        return SW_UNKNOWN;
    return p->tries == p->most ? SW_OK : state(p);
}

static void set(struct card_pin *p, struct span value)
{
    memcpy(p->p, value.p, value.n);
    p->n = value.n;
    p->tries = p->most;
}

/* Without data: is somebody logged in, how many tries are left. */
static unsigned verify_state(struct key_record *c, const struct apdu *a)
{
    if (a->p2 == SO)
        return state(&c->so_pin);
    if (!c->initialised)
        return SW_NOT_USABLE;
    if (c->pin_pad && a->expected > 0 && c->pin.tries > 0)
        c->logged_in = true; /* somebody typed the right PIN on the pad */
    return c->logged_in ? SW_OK : state(&c->pin);
}

unsigned card_verify(struct key_record *c, const struct apdu *a, struct bytes *out)
{
    unsigned sw;

    (void)out;
    if (c->pin_pad && a->p2 == PAD_A && a->data.n == 0)
        return SW_OK;
    if (a->p2 != USER && a->p2 != SO && !(c->pin_pad && a->p2 == PAD_B))
        return SW_NO_KEY;
    if (a->data.n == 0)
        return verify_state(c, a);
    if (a->p2 == SO)
        return SW_PARAMETERS;
    if (!c->initialised)
        return SW_NOT_USABLE;
    sw = check(c, &c->pin, a->data);
    c->logged_in = sw == SW_OK;
    return sw;
}

static bool fits(struct span pin)
{
    return pin.n >= CARD_PIN_MIN && pin.n <= CARD_PIN_MAX;
}

/* The old one and the new one, one behind the other. */
unsigned card_change_pin(struct key_record *c, const struct apdu *a, struct bytes *out)
{
    struct card_pin *p = a->p2 == USER ? &c->pin : &c->so_pin;
    struct span new;
    unsigned sw;

    (void)out;
    if (a->p2 != USER && a->p2 != SO)
        return SW_PARAMETERS;
    if (a->data.n < p->n)
        return check(c, p, a->data);
    new = span_of(a->data.p + p->n, a->data.n - p->n);
    if (a->p2 == USER ? !fits(new) : new.n != CARD_SO_PIN)
        return SW_LENGTH;
    sw = check(c, p, span_of(a->data.p, p->n));
    if (sw != SW_OK)
        return sw;
    set(p, new);
    return card_save(c) == 0 ? SW_OK : SW_UNKNOWN;
}

/* The SO PIN, and the new PIN behind it, if there is to be one. */
unsigned card_reset_pin(struct key_record *c, const struct apdu *a, struct bytes *out)
{
    struct span new;
    unsigned sw;

    (void)out;
    if (a->data.n < CARD_SO_PIN)
        return SW_LENGTH;
    new = span_of(a->data.p + CARD_SO_PIN, a->data.n - CARD_SO_PIN);
    if (new.n > 0 && !fits(new))
        return SW_LENGTH;
    if ((sw = check(c, &c->so_pin, span_of(a->data.p, CARD_SO_PIN))) != SW_OK)
        return sw;
    if (new.n > 0)
        set(&c->pin, new);
    c->pin.tries = c->pin.most;
    return card_save(c) == 0 ? SW_OK : SW_UNKNOWN;
}

/* Everything is gone but the certificate that the card was born with. */
static void wipe(struct key_record *c)
{
    for (size_t i = c->nfiles; i-- > 0;)
        if (c->files[i].id != 0x2F02)
            card_file_remove(c, c->files[i].id);
    for (size_t i = 0; i < CARD_KEYS; i++) {
        EVP_PKEY_free(c->keys[i]);
        c->keys[i] = NULL;
    }
}

unsigned card_initialise(struct key_record *c, const struct apdu *a, struct bytes *out)
{
    struct span pin = {NULL, 0}, so_pin;
    unsigned sw;

    (void)out;
    if (!tlv_find(a->data, 0x82, &so_pin) || so_pin.n != CARD_SO_PIN)
        return SW_DATA;
    if (tlv_find(a->data, 0x81, &pin) && !fits(pin))
        return SW_DATA;
    if ((sw = check(c, &c->so_pin, so_pin)) != SW_OK)
        return sw;
    wipe(c);
    c->pin.most = (unsigned)tlv_number(a->data, 0x91, 3);
    set(&c->pin, pin);
    c->initialised = true;
    c->logged_in = false;
    return card_save(c) == 0 ? SW_OK : SW_UNKNOWN;
}
