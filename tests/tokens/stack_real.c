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

#include "tokens/pkcs11/p11.h"
#include "tokens/worker/agent.h"

#define PATIENCE_MS 300000 /* for one call; a dead daemon must not hang a test */

const char *stack_variable(const char *name)
{
    const char *value = getenv(name);

    if (value == NULL)
        fail_msg("%s is not set: run it by tests/tokens/stack.sh enter STACK", name);
    return value;
}

/* A verb of stack.sh. */
void stack_control(const char *verb)
{
    char command[600];

    snprintf(command, sizeof command, "sh '%s' %s", stack_variable("STACK_SH"), verb);
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

int stack_start(struct tokens **out, struct err *e)
{
    static const struct token_wait wait = {NULL, be_patient};
    union { /* the agent hands it to make(), which does not write */
        const char *in;
        void *out;
    } module = {stack_variable("STACK_MODULE")};

    return agent_start_job(
        &(struct agent_job){.make = make, .arg = module.out, .module = module.in, .channel = -1},
        &wait, out, e);
}

int stack_set_up(struct tokens *t, const char *serial, const char *so_pin, const char *label,
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
    stack_control("fresh");
    if (stack_start(out, e) != 0)
        return -1;
    if (strcmp(stack_variable("STACK"), "opencryptoki") == 0) /* its own tool has done it */
        return 0;
    if (stack_set_up(*out, NULL, CONTRACT_SO_PIN, CONTRACT_A, e) == 0 &&
        stack_set_up(*out, NULL, CONTRACT_SO_PIN, CONTRACT_B, e) == 0)
        return 0;
    tokens_free(*out);
    *out = NULL;
    return -1;
}

bool stack_real_event(struct tokens *t, enum stack_event event)
{
    (void)t;
    if (event == STACK_DAEMON_DIES)
        stack_control("stop");
    else if (event == STACK_DAEMON_STARTS)
        stack_control("start");
    else
        return false;
    return true;
}
