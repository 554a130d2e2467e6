/* SPDX-License-Identifier: Apache-2.0 */
#include "stack_real.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tokens/agent.h"
#include "tokens/p11.h"

#define PATIENCE_MS 30000 /* for one call; a dead daemon must not hang a test */

static const char *variable(const char *name)
{
    const char *value = getenv(name);

    if (value == NULL)
        fail_msg("%s is not set: run it by tests/tokens/stack.sh enter STACK", name);
    return value;
}

/* A verb of stack.sh. */
static void control(const char *verb)
{
    char command[600];

    snprintf(command, sizeof command, "sh '%s' %s", variable("STACK_SH"), verb);
    if (system(command) != 0)
        fail_msg("%s failed", command);
}

static int make(void *arg, struct tokens **out, struct err *e)
{
    const char *module = arg;

    return p11_open(&module, 1, out, e);
}

static int be_patient(void *self, int fd, const struct token_doing *doing)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};

    (void)self;
    (void)doing;
    return poll(&p, 1, PATIENCE_MS) == 1 ? 0 : -1;
}

static int start(struct tokens **out, struct err *e)
{
    static const struct token_wait wait = {NULL, be_patient};
    union { /* the agent hands it to make(), which does not write */
        const char *in;
        void *out;
    } module = {variable("STACK_MODULE")};

    return agent_start(make, module.out, &wait, out, e);
}

/* Initialises the n-th token that is not initialised, or whose serial it is. */
static int set_up(struct tokens *t, const char *serial, const char *so_pin, const char *label,
                  struct err *e)
{
    struct secret *so = secret_of(so_pin), *pin = secret_of(CONTRACT_PIN);
    struct token_list all;
    int rc = -1;

    if (t->driver->list(t->self, &all, e) == 0)
        err_set(e, ERR_TOKEN, "no token of %zu can be initialised as '%s': %s", all.n, label,
                all.nproblems > 0 ? all.problems[0] : "");
    for (size_t i = 0; i < all.n; i++)
        if (serial != NULL ? strcmp(all.items[i].id.serial, serial) == 0
                           : !all.items[i].initialised) {
            rc = t->driver->initialise(t->self, &all.items[i].id, so, label, pin, e);
            break;
        }
    token_list_clear(&all);
    secret_free(so);
    secret_free(pin);
    return rc;
}

int stack_real(const char *dir, struct tokens **out, struct err *e)
{
    (void)dir;
    control("fresh");
    if (start(out, e) != 0)
        return -1;
    if (strcmp(variable("STACK"), "opencryptoki") == 0) /* its own tool has done it */
        return 0;
    if (set_up(*out, NULL, CONTRACT_SO_PIN, CONTRACT_A, e) == 0 &&
        set_up(*out, NULL, CONTRACT_SO_PIN, CONTRACT_B, e) == 0)
        return 0;
    tokens_free(*out);
    *out = NULL;
    return -1;
}

bool stack_real_event(struct tokens *t, enum stack_event event)
{
    (void)t;
    if (event == STACK_DAEMON_DIES)
        control("stop");
    else if (event == STACK_DAEMON_STARTS)
        control("start");
    else
        return false;
    return true;
}

/* The last line of what the slot said. */
static void last_line(unsigned slot, char *out, size_t size, unsigned *lines)
{
    char path[256], line[256];
    FILE *f;

    snprintf(path, sizeof path, "%s/slot%u.log", variable("STACK_DIR"), slot);
    assert_non_null(f = fopen(path, "re"));
    out[0] = '\0';
    for (*lines = 0; fgets(line, sizeof line, f) != NULL; ++*lines)
        snprintf(out, size, "%s", line);
    fclose(f);
}

/* Gives an order to the virtual card's slot, and waits until it is done. */
static void order(unsigned slot, const char *text)
{
    char path[256], said[256];
    unsigned before, now;
    FILE *f;

    last_line(slot, said, sizeof said, &before);
    snprintf(path, sizeof path, "%s/slot%u.orders", variable("STACK_DIR"), slot);
    assert_non_null(f = fopen(path, "we"));
    fprintf(f, "%s\n", text);
    assert_int_equal(fclose(f), 0);
    for (unsigned i = 0; i < 400; i++) { /* twenty seconds */
        last_line(slot, said, sizeof said, &now);
        if (now > before) {
            assert_int_equal(strncmp(said, "done", 4), 0);
            return;
        }
        (void)poll(NULL, 0, 50);
    }
    fail_msg("the card's slot %u does not answer '%s'", slot, text);
}

/* Until the driver sees that many tokens with that serial (NULL: at all); the card's reader is
 * polled by pcscd. */
static void wait_for(struct tokens *t, const char *serial, size_t wanted)
{
    size_t n = 0;

    for (unsigned i = 0; i < 200; i++) {
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

    snprintf(line, sizeof line, "in %s/%s %s", variable("STACK_DIR"), image, serial);
    order(slot, line);
}

#define SERIAL_A "VHSM0000001"
#define SERIAL_B "VHSM0000002"
#define SERIAL_C "VHSM0000003"

int stack_card(const char *dir, struct tokens **out, struct err *e)
{
    char clean[300];

    (void)dir;
    control("fresh");
    snprintf(clean, sizeof clean, "rm -f '%s'/*.image", variable("STACK_DIR"));
    assert_int_equal(system(clean), 0);
    if (start(out, e) != 0)
        return -1;
    for (unsigned slot = 0; slot < 2; slot++) {
        order(slot, "clear");
        order(slot, "out");
    }
    wait_for(*out, NULL, 0);
    put_in(0, "a.image", SERIAL_A);
    put_in(1, "b.image", SERIAL_B);
    wait_for(*out, SERIAL_A, 1);
    wait_for(*out, SERIAL_B, 1);
    if (set_up(*out, SERIAL_A, CARD_SO_PIN, CONTRACT_A, e) == 0 &&
        set_up(*out, SERIAL_B, CARD_SO_PIN, CONTRACT_B, e) == 0)
        return 0;
    tokens_free(*out);
    *out = NULL;
    return -1;
}

static void twin(struct tokens *t)
{
    char copy[600];

    snprintf(copy, sizeof copy, "cp '%s/a.image' '%s/twin.image'", variable("STACK_DIR"),
             variable("STACK_DIR"));
    assert_int_equal(system(copy), 0);
    take_out(t, 1, SERIAL_B);
    put_in(1, "twin.image", SERIAL_A);
    wait_for(t, SERIAL_A, 2);
}

static void put_back(struct tokens *t)
{
    order(0, "out"); /* whatever is in */
    wait_for(t, SERIAL_A, 0);
    wait_for(t, SERIAL_C, 0);
    put_in(0, "a.image", SERIAL_A);
    wait_for(t, SERIAL_A, 1);
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
        take_out(t, 0, SERIAL_A);
        put_in(0, "c.image", SERIAL_C);
        wait_for(t, SERIAL_C, 1);
        break;
    case STACK_TWIN:
        twin(t);
        break;
    case STACK_PULL_LATER:
        order(0, "leave 68 1");
        break;
    case STACK_FAIL_ONCE:
        order(0, "fault 68 6F00 2"); /* OpenSC tries once more by itself */
        break;
    case STACK_SPOIL_ONCE:
        order(0, "corrupt 1");
        break;
    case STACK_PIN_PAD:
        order(0, "pad");
        put_back(t);
        break;
    case STACK_DAEMON_DIES: /* the slots lose their reader with it */
        return stack_real_event(t, event);
    case STACK_DAEMON_STARTS:
        (void)stack_real_event(t, event);
        put_in(0, "a.image", SERIAL_A);
        put_in(1, "b.image", SERIAL_B);
        wait_for(t, SERIAL_A, 1);
        break;
    case STACK_EVENTS:
        return false;
    }
    return true;
}
