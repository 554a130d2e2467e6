/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "fake_state.h"

static enum pin_state state_by(unsigned left)
{
    static const enum pin_state states[] = {PIN_LOCKED, PIN_LAST_TRY, PIN_LOW, PIN_OK};

    return states[left < 3 ? left : 3];
}

void fake_pin_state(struct fake_token *t, bool wrong_before)
{
    t->info.pin = state_by(t->left);
    if (t->left > 1)
        t->info.pin = wrong_before ? PIN_LOW : PIN_OK;
    t->info.so_pin = state_by(t->so_left);
}

void fake_text(char *out, size_t size, const char *text)
{
    strncpy(out, text, size - 1);
    out[size - 1] = '\0';
}

static struct fake_token *by_serial(const struct tokens *t, const char *serial)
{
    struct fake *f = t->self;

    for (size_t i = 0; i < f->n; i++)
        if (strcmp(f->tokens[i].info.id.serial, serial) == 0)
            return &f->tokens[i];
    abort(); /* a mistake in the test */
}

int fake_new(struct tokens **out, struct err *e)
{
    struct tokens *t = calloc(1, sizeof *t);
    struct fake *f = calloc(1, sizeof *f);

    *out = NULL;
    if (t == NULL || f == NULL) {
        free(t);
        free(f);
        return err_oom(e);
    }
    t->driver = &fake_driver;
    t->self = f;
    *out = t;
    return 0;
}

int fake_add(struct tokens *t, const char *serial, const char *label, const char *so_pin,
             const char *pin, struct err *e)
{
    struct fake *f = t->self;
    struct fake_token *n = &f->tokens[f->n];

    if (f->n == TOKENS_MAX)
        return err_set(e, ERR_INTERNAL, "the fake holds %d tokens", TOKENS_MAX);
    memset(n, 0, sizeof *n);
    fake_text(n->info.id.module, sizeof n->info.id.module, FAKE_MODULE);
    fake_text(n->info.id.serial, sizeof n->info.id.serial, serial);
    fake_text(n->info.id.label, sizeof n->info.id.label, label);
    fake_text(n->info.slot_description, sizeof n->info.slot_description, "fake reader");
    fake_text(n->info.manufacturer, sizeof n->info.manufacturer, "tuf-ceremony tests");
    fake_text(n->info.model, sizeof n->info.model, "fake token");
    fake_text(n->info.firmware, sizeof n->info.firmware, "1.0");
    fake_text(n->so_pin, sizeof n->so_pin, so_pin);
    fake_text(n->pin, sizeof n->pin, pin);
    n->info.slot = f->n++;
    n->info.initialised = label[0] != '\0';
    n->info.needs_login = true;
    n->info.pin_min = 4;
    n->info.pin_max = 63;
    n->left = n->so_left = 3;
    n->in = true;
    n->info.pin = n->info.so_pin = n->info.initialised ? PIN_OK : PIN_UNSET;
    return 0;
}

void fake_insert(struct tokens *t, const char *serial, bool in)
{
    struct fake *f = t->self;
    struct fake_token *n = by_serial(t, serial);

    n->in = in;
    if (!in && f->session == n)
        f->session = NULL;
}

void fake_tries(struct tokens *t, const char *serial, unsigned left)
{
    struct fake_token *n = by_serial(t, serial);

    n->left = left;
    fake_pin_state(n, left < 3);
}

void fake_so_tries(struct tokens *t, const char *serial, unsigned left)
{
    struct fake_token *n = by_serial(t, serial);

    n->so_left = left;
    fake_pin_state(n, n->left < 3);
}

void fake_must_change(struct tokens *t, const char *serial)
{
    by_serial(t, serial)->info.pin = PIN_MUST_CHANGE;
}

void fake_repeatable(struct tokens *t)
{
    struct fake *f = t->self;

    f->repeatable = true;
}

void fake_pin_pad(struct tokens *t, const char *serial)
{
    by_serial(t, serial)->info.pin_pad = true;
}

void fake_lacks(struct tokens *t, const char *serial, enum key_type type)
{
    by_serial(t, serial)->lacks[type] = true;
}

void fake_yubikey(struct tokens *t, const char *serial)
{
    struct token_info *i = &by_serial(t, serial)->info;

    fake_text(i->manufacturer, sizeof i->manufacturer, "Yubico (www.yubico.com)");
    fake_text(i->model, sizeof i->model, "YubiKey YK5");
    fake_text(i->firmware, sizeof i->firmware, "5.7.1");
    i->pin_min = 6;
    i->pin_max = 8;
}

void fake_hides(struct tokens *t, const char *serial)
{
    by_serial(t, serial)->hides = true;
}

void fake_certificate(struct tokens *t, const char *serial, size_t key, struct span value)
{
    struct fake_token *n = by_serial(t, serial);

    if (n->ncertificates < KEYS_MAX)
        n->certificates[n->ncertificates++] = (struct fake_certificate){value, key};
}

void *fake_private(const struct tokens *t, const char *serial, size_t key)
{
    return by_serial(t, serial)->keys[key].pkey;
}

void fake_script(struct tokens *t, const struct fake_row *rows, size_t n)
{
    struct fake *f = t->self;

    f->script = rows;
    f->nscript = n;
    memset(f->calls, 0, sizeof f->calls);
}

unsigned fake_calls(const struct tokens *t, enum fake_call call)
{
    const struct fake *f = t->self;

    return f->calls[call];
}

unsigned fake_pin_tries(const struct tokens *t)
{
    const struct fake *f = t->self;

    return f->pin_tries;
}
