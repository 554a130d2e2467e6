/* SPDX-License-Identifier: Apache-2.0 */
/* The stacks whose tokens come and go in pcscd's readers: virtual cards, virtual YubiKeys. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stack_real.h"

/* Gives an order to a reader's slot; pcscd has seen it then. */
static void order(unsigned slot, const char *text)
{
    char verb[400];

    snprintf(verb, sizeof verb, "order %u '%s'", slot, text);
    stack_control(verb);
}

/* Until the driver sees that many tokens with that serial (NULL: at all). */
static void wait_for(struct tokens *t, const char *serial, size_t wanted)
{
    size_t n = 0;

    for (unsigned i = 0; i < 6000; i++) {
        struct token_list all;
        struct err e;

        n = 0;
        if (t->driver->list(t->self, &all, &e) == 0)
            for (size_t k = 0; k < all.n; k++)
                n += serial == NULL || strcmp(all.items[k].id.serial, serial) == 0;
        token_list_clear(&all);
        if (n == wanted)
            return;
        (void)poll(NULL, 0, 50);
    }
    fail_msg("waited for %zu cards %s, and saw %zu", wanted, serial != NULL ? serial : "", n);
}

static void take_out(struct tokens *t, unsigned slot, const char *serial)
{
    order(slot, "out");
    wait_for(t, serial, 0);
}

static void put_in(unsigned slot, const char *image, const char *serial)
{
    char line[256];

    snprintf(line, sizeof line, "in %s/%s %s", stack_variable("STACK_DIR"), image, serial);
    order(slot, line);
}

/* What goes into the readers. */
struct devices {
    const char *a, *b, *c;     /* serial numbers */
    const char *leave, *fault; /* orders: at the next signature */
    const char *version;       /* of the firmware, or NULL; before 5.7 an RSA key takes its time */
    int (*set_up)(struct tokens *t, const char *serial, const char *label, struct err *e);
};

static int set_up_card(struct tokens *t, const char *serial, const char *label, struct err *e)
{
    return stack_set_up(t, serial, CARD_SO_PIN, label, e);
}

/* The label is its own; the PIN is not the factory's any more. */
static int set_up_yubikey(struct tokens *t, const char *serial, const char *label, struct err *e)
{
    struct secret *old = secret_of(YUBIKEY_FACTORY_PIN), *pin = secret_of(CONTRACT_PIN);
    struct token_id id = id_of(t, label);
    enum pin_state state;
    int rc = t->driver->change_pin(t->self, &id, PIN_OF_USER, old, pin, &state, e);

    assert_string_equal(id.serial, serial);
    secret_free(old);
    secret_free(pin);
    return rc;
}

static const struct devices *devices(void)
{
    static const struct devices
        cards = {"VHSM0000001", "VHSM0000002",     "VHSM0000003",
                 "leave 68 1",  "fault 68 6F00 2", /* OpenSC tries once more by itself */
                 NULL,          set_up_card},
        yubikeys = {"15000001",        "15000002",      "15000003",    "leave 87 1",
                    "fault 87 6F00 1", "version 5.7.1", set_up_yubikey};

    return strcmp(stack_variable("STACK"), "yubikey") == 0 ? &yubikeys : &cards;
}

int stack_card(const char *dir, struct tokens **out, struct err *e)
{
    const struct devices *d = devices();
    char clean[300];

    (void)dir;
    stack_control("fresh");
    snprintf(clean, sizeof clean, "rm -f '%s'/*.image", stack_variable("STACK_DIR"));
    assert_int_equal(system(clean), 0);
    if (stack_start(out, e) != 0)
        return -1;
    for (unsigned slot = 0; slot < 2; slot++) {
        order(slot, "clear");
        if (devices()->version != NULL)
            order(slot, devices()->version);
        order(slot, "out");
    }
    wait_for(*out, NULL, 0);
    put_in(0, "a.image", d->a);
    put_in(1, "b.image", d->b);
    wait_for(*out, d->a, 1);
    wait_for(*out, d->b, 1);
    if (d->set_up(*out, d->a, CONTRACT_A, e) == 0 && d->set_up(*out, d->b, CONTRACT_B, e) == 0)
        return 0;
    tokens_free(*out);
    *out = NULL;
    return -1;
}

static void twin(struct tokens *t)
{
    char copy[600];

    snprintf(copy, sizeof copy, "cp '%s/a.image' '%s/twin.image'", stack_variable("STACK_DIR"),
             stack_variable("STACK_DIR"));
    assert_int_equal(system(copy), 0);
    take_out(t, 1, devices()->b);
    put_in(1, "twin.image", devices()->a);
    wait_for(t, devices()->a, 2);
}

static void put_back(struct tokens *t)
{
    order(0, "out"); /* whatever is in */
    wait_for(t, devices()->a, 0);
    wait_for(t, devices()->c, 0);
    put_in(0, "a.image", devices()->a);
    wait_for(t, devices()->a, 1);
}

bool stack_card_event(struct tokens *t, enum stack_event event)
{
    switch (event) {
    case STACK_PULL:
        order(0, "out");
        break;
    case STACK_PUT_BACK:
        put_back(t);
        break;
    case STACK_SWAP:
        take_out(t, 0, devices()->a);
        put_in(0, "c.image", devices()->c);
        wait_for(t, devices()->c, 1);
        break;
    case STACK_TWIN:
        twin(t);
        break;
    case STACK_PULL_LATER:
        order(0, devices()->leave);
        break;
    case STACK_FAIL_ONCE:
        order(0, devices()->fault);
        break;
    case STACK_SPOIL_ONCE:
        order(0, "corrupt 1");
        break;
    case STACK_PIN_PAD:
        if (strcmp(stack_variable("STACK"), "yubikey") == 0)
            return false;
        order(0, "pad");
        put_back(t);
        break;
    case STACK_DAEMON_DIES: /* the slots lose their reader with it */
        return stack_real_event(t, event);
    case STACK_DAEMON_STARTS:
        (void)stack_real_event(t, event);
        put_in(0, "a.image", devices()->a);
        put_in(1, "b.image", devices()->b);
        wait_for(t, devices()->a, 1);
        break;
    case STACK_EVENTS:
        return false;
    }
    return true;
}
