/* SPDX-License-Identifier: Apache-2.0 */
/* The fake's PINs: entered, counted, changed. */
#include <string.h>

#include "fake_state.h"

bool fake_pin_is(const struct secret *pin, const char *text)
{
    return pin != NULL && span_is(span_of(secret_data(pin), secret_size(pin)), text);
}

void fake_set_pin(char out[64], const struct secret *pin)
{
    memset(out, 0, 64);
    if (pin != NULL)
        memcpy(out, secret_data(pin), secret_size(pin) & 63);
}

int fake_try(struct fake *f, struct fake_token *t, enum pin_owner whose, const struct secret *pin,
             struct err *e)
{
    bool so = whose == PIN_OF_SO;
    unsigned *left = so ? &t->so_left : &t->left;

    f->pin_tries++;
    if ((pin == NULL && t->info.pin_pad) || fake_pin_is(pin, so ? t->so_pin : t->pin)) {
        *left = 3;
        fake_pin_state(t, so && t->left < 3);
        return 0;
    }
    --*left;
    fake_pin_state(t, t->left < 3);
    err_set(e, ERR_PIN, so ? "the SO PIN is wrong" : "the PIN is wrong");
    return err_todo(e, "type the %s again; %s", so ? "SO PIN" : "PIN",
                    pin_state_words(so ? t->info.so_pin : t->info.pin));
}

static int usable(const struct fake_token *t, enum pin_state state, struct err *e)
{
    if (!t->info.initialised) {
        err_set(e, ERR_TOKEN, "the token with serial '%s' is not initialised", t->info.id.serial);
        return err_todo(e, "initialise it first: that sets its PINs");
    }
    if (state != PIN_LOCKED && state != PIN_UNSET)
        return 0;
    err_set(e, ERR_PIN, "that PIN can't be used: %s", pin_state_words(state));
    return err_todo(e, "no try was made");
}

static int fits(const struct fake_token *t, const struct secret *pin, struct err *e)
{
    if (pin == NULL || (secret_size(pin) >= t->info.pin_min && secret_size(pin) <= t->info.pin_max))
        return 0;
    err_set(e, ERR_PIN, "a PIN has %u to %u characters", t->info.pin_min, t->info.pin_max);
    return err_todo(e, "choose another; no try was used");
}

int fake_login_so(void *self, const struct secret *so_pin, enum pin_state *state, struct err *e)
{
    struct fake *f = self;
    struct fake_token *t = f->session;

    *state = PIN_OK;
    if (t == NULL) {
        err_set(e, ERR_TOKEN, "no token is logged in");
        return err_todo(e, "put the token in and log in again");
    }
    f->session = NULL;
    *state = t->info.so_pin;
    if (usable(t, *state, e) != 0 || fake_try(f, t, PIN_OF_SO, so_pin, e) != 0)
        return -1;
    f->session = t;
    f->so = true;
    return 0;
}

int fake_change_pin(void *self, const struct token_id *id, enum pin_owner whose,
                    const struct secret *old, const struct secret *pin, enum pin_state *state,
                    struct err *e)
{
    struct fake *f = self;
    struct fake_token *t = fake_begin_at(f, FAKE_CHANGE_PIN, id, e);
    bool so = whose == PIN_OF_SO;
    int rc;

    *state = PIN_OK;
    if (t == NULL)
        return -1;
    *state = so ? t->info.so_pin : t->info.pin;
    if (usable(t, *state, e) != 0 || (!so && fits(t, pin, e) != 0))
        return -1;
    rc = fake_try(f, t, whose, old, e);
    if (rc == 0 && pin != NULL)
        fake_set_pin(so ? t->so_pin : t->pin, pin);
    *state = so ? t->info.so_pin : t->info.pin;
    return rc;
}

int fake_unblock(void *self, const struct token_id *id, const struct secret *so_pin,
                 const struct secret *pin, enum pin_state *state, struct err *e)
{
    struct fake *f = self;
    struct fake_token *t = fake_begin_at(f, FAKE_UNBLOCK, id, e);
    int rc;

    *state = PIN_OK;
    if (t == NULL)
        return -1;
    *state = t->info.so_pin;
    if (usable(t, *state, e) != 0 || fits(t, pin, e) != 0)
        return -1;
    rc = fake_try(f, t, PIN_OF_SO, so_pin, e);
    if (rc == 0) {
        fake_set_pin(t->pin, pin);
        t->left = 3;
        fake_pin_state(t, false);
    }
    *state = t->info.so_pin;
    return rc;
}
