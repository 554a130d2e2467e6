/* SPDX-License-Identifier: Apache-2.0 */
/* The contract about PINs and fresh tokens. */
#include "contract_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

void refuses_a_wrong_pin_and_takes_the_right_one(void **state)
{
    struct world *w = *state;
    struct token_id id = id_of(w->t, CONTRACT_A);
    struct token_key_list keys;
    enum pin_state pin;
    struct err e;

    assert_int_equal(contract_login(w->t, &id, "0000000", &pin, &e), -1);
    contract_three_parts(&e, ERR_PIN);
    assert_int_equal(pin, w->limits.tells_low ? PIN_LOW : PIN_OK);
    assert_int_equal(w->t->driver->keys(w->t->self, &keys, &e), -1);
    contract_three_parts(&e, ERR_TOKEN);
    assert_int_equal(keys.n, 0);
    assert_int_equal(contract_login(w->t, &id, CONTRACT_PIN, &pin, &e), 0);
    assert_int_equal(pin, PIN_OK);
    assert_int_equal(w->t->driver->keys(w->t->self, &keys, &e), 0);
    token_key_list_clear(&keys);
}

void a_wrong_pin_ends_the_login_before(void **state)
{
    struct world *w = *state;
    struct token_id id = id_of(w->t, CONTRACT_A);
    struct token_key_list keys;
    enum pin_state pin;
    struct err e;

    contract_log_in(w->t, CONTRACT_A);
    assert_int_equal(contract_login(w->t, &id, "0000000", &pin, &e), -1);
    assert_int_equal(e.code, ERR_PIN);
    assert_int_equal(w->t->driver->keys(w->t->self, &keys, &e), -1);
}

/* What the token says when it is looked at, as before a PIN is asked for. */
static enum pin_state seen(struct tokens *t, const struct token_id *id)
{
    enum pin_state state = PIN_OK;
    struct token_list all;
    struct err e;

    assert_int_equal(t->driver->list(t->self, &all, &e), 0);
    for (size_t i = 0; i < all.n; i++)
        if (token_id_eq(&all.items[i].id, id))
            state = all.items[i].pin;
    token_list_clear(&all);
    return state;
}

/* What shows no state (a TPM) says that it is locked when it is tried once more. */
static enum pin_state expected(const struct limits *l, unsigned wrong)
{
    if (l->tells_last && wrong >= l->locks)
        return PIN_LOCKED;
    if (l->tells_last && wrong + 1 == l->locks)
        return PIN_LAST_TRY;
    return l->tells_low ? PIN_LOW : PIN_OK;
}

void locks_or_never_does(void **state)
{
    struct world *w = *state;
    const struct limits *l = &w->limits;
    struct token_id id = id_of(w->t, CONTRACT_B);
    enum pin_state pin;
    struct err e;

    for (unsigned wrong = 1; wrong <= (l->locks != LIMITS_NEVER_LOCKS ? l->locks : 4); wrong++) {
        assert_int_equal(contract_login(w->t, &id, "0000000", &pin, &e), -1);
        contract_three_parts(&e, ERR_PIN);
        assert_int_equal(pin, expected(l, wrong));
        assert_int_equal(seen(w->t, &id), pin);
    }
    if (l->locks != LIMITS_NEVER_LOCKS) {
        assert_int_equal(contract_login(w->t, &id, CONTRACT_PIN, &pin, &e), -1);
        contract_three_parts(&e, ERR_PIN);
        assert_int_equal(pin, PIN_LOCKED);
        if (!l->one_lock)
            contract_log_in(w->t, CONTRACT_A); /* the other one is none the worse */
    } else {
        assert_int_equal(contract_login(w->t, &id, CONTRACT_PIN, &pin, &e), 0);
        assert_int_equal(pin, PIN_OK);
    }
}

static int initialise(struct tokens *t, const struct token_id *id, const char *so_pin,
                      const char *label, struct err *e)
{
    struct secret *so = secret_of(so_pin), *pin = secret_of(CONTRACT_PIN);
    int rc = t->driver->initialise(t->self, id, so, label, pin, e);

    secret_free(so);
    secret_free(pin);
    return rc;
}

static bool free_slot(struct tokens *t, struct token_id *id)
{
    struct token_list all;
    bool found = false;
    struct err e;

    assert_int_equal(t->driver->list(t->self, &all, &e), 0);
    for (size_t i = 0; i < all.n && !found; i++)
        if ((found = !all.items[i].initialised)) {
            *id = all.items[i].id;
            assert_int_equal(all.items[i].pin, PIN_UNSET);
            assert_int_equal(all.items[i].so_pin, PIN_UNSET);
        }
    token_list_clear(&all);
    return found;
}

void initialises_a_fresh_token(void **state)
{
    struct world *w = *state;
    struct token_id id;
    struct key *key;
    struct err e;

    if (!w->limits.grows) {
        assert_false(free_slot(w->t, &id));
        return;
    }
    for (int i = 0; i < 2; i++) { /* a second free slot shows without starting again */
        const char *label = i == 0 ? "third" : "fourth";

        assert_true(free_slot(w->t, &id));
        assert_int_equal(initialise(w->t, &id, contract_so_pin(w), "", &e), -1);
        contract_three_parts(&e, ERR_TOKEN);
        assert_int_equal(initialise(w->t, &id, contract_so_pin(w), label, &e), 0);
        contract_log_in(w->t, label);
        key = contract_generate(w, contract_type(w));
        contract_sign(w, key);
        key_free(key);
        assert_int_equal(w->t->driver->logout(w->t->self, &e), 0);
    }
}

void initialising_destroys_and_needs_the_so_pin(void **state)
{
    struct world *w = *state;
    struct token_id id = id_of(w->t, CONTRACT_A);
    struct token_key_list keys;
    struct err e;

    if (!w->limits.sets_up) {
        assert_int_equal(initialise(w->t, &id, contract_so_pin(w), "again", &e), -1);
        assert_true(e.what[0] != '\0' && e.todo[0] != '\0');
        return;
    }
    contract_log_in(w->t, CONTRACT_A);
    key_free(contract_generate(w, contract_type(w)));
    assert_int_equal(initialise(w->t, &id,
                                w->stack->so_pin != NULL ? "4444444444444444" : "87654321", "again",
                                &e),
                     -1);
    contract_three_parts(&e, ERR_PIN);
    contract_log_in(w->t, CONTRACT_A);
    assert_int_equal(w->t->driver->keys(w->t->self, &keys, &e), 0);
    assert_int_equal(keys.n, 1);
    token_key_list_clear(&keys);
    assert_int_equal(initialise(w->t, &id, contract_so_pin(w), "again", &e), 0);
    contract_log_in(w->t, "again");
    assert_int_equal(w->t->driver->keys(w->t->self, &keys, &e), 0);
    assert_int_equal(keys.n, 0);
    token_key_list_clear(&keys);
}
