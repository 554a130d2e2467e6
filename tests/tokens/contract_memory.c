/* SPDX-License-Identifier: Apache-2.0 */
/* The contract about what stays of a PIN. */
#include "contract_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "memory.h"

static bool free_slot(struct world *w, struct token_id *id)
{
    struct token_list all;
    bool found = false;
    struct err e;

    assert_int_equal(w->t->driver->list(w->t->self, &all, &e), 0);
    for (size_t i = 0; i < all.n && !found; i++)
        if ((found = !all.items[i].initialised))
            *id = all.items[i].id;
    token_list_clear(&all);
    return found;
}

/* The label of a token that has that PIN: a new one, A set up again, or A as it is. */
static const char *give_pin(struct world *w, const struct secret *pin)
{
    struct token_id id = id_of(w->t, CONTRACT_A);
    const char *label = CONTRACT_A;
    struct secret *so;
    struct err e;

    if (!w->limits.grows && !w->limits.sets_up)
        return label;
    if (w->limits.grows) {
        assert_true(free_slot(w, &id));
        label = "PIN test";
    }
    so = secret_of(contract_so_pin(w));
    assert_int_equal(w->t->driver->initialise(w->t->self, &id, so, label, pin, &e), 0);
    secret_free(so);
    return label;
}

/* Memory that was given back may be used again at once, or stay as it is. AddressSanitizer keeps it
 * for long, and so shows which modules do not wipe. */
#ifdef __SANITIZE_ADDRESS__
#define KEEPS_FREED true
#else
#define KEEPS_FREED false
#endif

/* While somebody is logged in. */
static void expect(struct world *w, pid_t helper, const struct masked *m, bool kept)
{
    size_t there = memory_copies(helper, m);

    assert_int_equal(memory_copies(getpid(), m), 0);
    if (w->limits.pin_unwiped && !KEEPS_FREED)
        return;
    if ((kept || w->limits.pin_unwiped) != (there > 0))
        fail_msg("stack %s: %zu copies of the PIN are in the helper's memory", w->stack->name,
                 there);
}

void no_copy_of_the_pin(void **state)
{
    struct world *w = *state;
    bool agent = strcmp(w->t->driver->name, "agent") == 0;
    struct token_id a;
    struct masked m;
    struct secret *pin;
    const char *label;
    enum pin_state state_now;
    struct key *key;
    struct err e;
    pid_t helper;

    if (!agent) /* without one, PINs of modules lie here: the same stack behind an agent tells */
        return;
    pin = memory_pin(&m, w->limits.sets_up || w->limits.grows ? NULL : CONTRACT_PIN);
    label = give_pin(w, pin);
    a = id_of(w->t, label);
    helper = memory_child();
    assert_int_equal(memory_copies(getpid(), &m), 1); /* the search finds what is there */
    assert_int_equal(w->t->driver->login(w->t->self, &a, pin, &state_now, &e), 0);
    secret_free(pin);
    key = contract_generate(w, contract_type(w));
    contract_sign(w, key);
    key_free(key);
    expect(w, helper, &m, w->limits.pin_while_in);
    assert_int_equal(w->t->driver->logout(w->t->self, &e), 0);
    assert_int_equal(memory_copies(getpid(), &m), 0);
    assert_int_equal(kill(helper, 0), -1); /* whatever its module left went with it */
}
