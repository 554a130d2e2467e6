/* SPDX-License-Identifier: Apache-2.0 */
/* The contract about tokens that leave, and about what goes wrong inside them. */
#include "contract_world.h"
#include "sign_one.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

/* False when the stack knows no such event. */
static bool happens(struct world *w, enum stack_event event)
{
    return w->stack->event != NULL && w->stack->event(w->t, event);
}

static size_t count(struct world *w, const struct token_id *id)
{
    struct token_list all;
    struct err e;
    size_t n = 0;

    if (w->t->driver->list(w->t->self, &all, &e) != 0)
        return 0;
    for (size_t i = 0; i < all.n; i++)
        n += token_id_eq(&all.items[i].id, id);
    token_list_clear(&all);
    return n;
}

static struct key *signer(struct world *w)
{
    contract_log_in(w->t, CONTRACT_A);
    return contract_generate(w, contract_type(w));
}

static void refuses_to_sign(struct world *w, const struct key *key)
{
    struct bytes sig;
    struct err e;

    sig = (struct bytes){0};
    assert_int_equal(sign_one(w->t, key, span_str("{}"), &sig, &e), -1);
    if (e.code != ERR_LEFT) /* a dead daemon may leave a module waiting: the person leaves it */
        contract_three_parts(&e, ERR_TOKEN);
    assert_int_equal(sig.n, 0);
    bytes_clear(&sig);
}

/* Logged in anew, the same key signs again. */
static void goes_on(struct world *w, struct key *key)
{
    contract_log_in(w->t, CONTRACT_A);
    contract_sign(w, key);
    key_free(key);
}

void pulled_and_put_back(void **state)
{
    struct world *w = *state;
    struct token_id a = id_of(w->t, CONTRACT_A);
    struct key *key = signer(w);
    enum pin_state pin;
    struct err e;

    if (happens(w, STACK_PULL)) {
        refuses_to_sign(w, key);
        assert_int_equal(count(w, &a), 0);
        assert_int_equal(contract_login(w->t, &a, CONTRACT_PIN, &pin, &e), -1);
        contract_three_parts(&e, ERR_TOKEN);
        assert_true(happens(w, STACK_PUT_BACK));
        refuses_to_sign(w, key); /* nobody is logged in */
    }
    goes_on(w, key);
}

void pulled_while_it_signs(void **state)
{
    struct world *w = *state;
    struct key *key = signer(w);

    if (happens(w, STACK_PULL_LATER)) {
        refuses_to_sign(w, key);
        assert_true(happens(w, STACK_PUT_BACK));
    }
    goes_on(w, key);
}

void swapped(void **state)
{
    struct world *w = *state;
    struct token_id a = id_of(w->t, CONTRACT_A);
    struct key *key = signer(w);
    enum pin_state pin;
    struct err e;

    if (happens(w, STACK_SWAP)) {
        refuses_to_sign(w, key);
        assert_int_equal(count(w, &a), 0);
        assert_int_equal(contract_login(w->t, &a, CONTRACT_PIN, &pin, &e), -1);
        contract_three_parts(&e, ERR_TOKEN);
        assert_true(happens(w, STACK_PUT_BACK));
    }
    goes_on(w, key);
}

/* Which one is meant can't be told, so neither is used. */
void two_that_look_the_same(void **state)
{
    struct world *w = *state;
    struct token_id a = id_of(w->t, CONTRACT_A);
    enum pin_state pin;
    struct err e;

    if (!happens(w, STACK_TWIN))
        return;
    assert_int_equal(count(w, &a), 2);
    assert_int_equal(contract_login(w->t, &a, CONTRACT_PIN, &pin, &e), -1);
    contract_three_parts(&e, ERR_TOKEN);
    assert_non_null(strstr(e.what, "two tokens"));
}

void a_failure_in_the_token(void **state)
{
    struct world *w = *state;
    struct key *key = signer(w);

    if (happens(w, STACK_FAIL_ONCE))
        refuses_to_sign(w, key);
    goes_on(w, key);
}

void a_wrong_signature(void **state)
{
    struct world *w = *state;
    struct key *key = signer(w);

    if (happens(w, STACK_SPOIL_ONCE))
        refuses_to_sign(w, key);
    contract_sign(w, key); /* and that did not end the login */
    key_free(key);
}

void a_pin_pad(void **state)
{
    struct world *w = *state;
    struct token_id a = id_of(w->t, CONTRACT_A);
    struct key *key = signer(w);
    enum pin_state pin;
    struct err e;

    if (happens(w, STACK_PIN_PAD)) {
        assert_int_equal(w->t->driver->login(w->t->self, &a, NULL, &pin, &e), 0);
        contract_sign(w, key);
    }
    key_free(key);
}

void a_dead_daemon(void **state)
{
    struct world *w = *state;
    struct key *key = signer(w);
    struct token_list all;
    struct err e;

    assert_int_equal(happens(w, STACK_DAEMON_DIES), w->limits.service != SERVICE_NONE);
    if (w->limits.service != SERVICE_NONE) {
        if (w->limits.service == SERVICE_NOT_MISSED)
            contract_sign(w, key);
        else
            refuses_to_sign(w, key);
        if (w->t->driver->list(w->t->self, &all, &e) == 0)
            token_list_clear(&all);
        else if (e.code != ERR_LEFT)
            contract_three_parts(&e, ERR_TOKEN);
        assert_true(happens(w, STACK_DAEMON_STARTS));
        for (int i = 0; i < 3; i++) /* the rescan that the screen offers */
            if (w->t->driver->list(w->t->self, &all, &e) == 0)
                token_list_clear(&all);
    }
    goes_on(w, key);
}
