/* SPDX-License-Identifier: Apache-2.0 */
/* The contract about PINs that change, and about what is to be seen without one. */
#include "contract_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#define NEW_PIN "90210902"

/* As long as the one before: a SmartCard-HSM wants 16 hexadecimal digits. */
static const char *new_so_pin(const struct world *w)
{
    return strlen(contract_so_pin(w)) == 16 ? "8765432187654321" : "13572468";
}

static const char *wrong_so_pin(const struct world *w)
{
    return strlen(contract_so_pin(w)) == 16 ? "4444444444444444" : "44444444";
}

static int change(struct world *w, const char *label, enum pin_owner whose, const char *old,
                  const char *pin, enum pin_state *state, struct err *e)
{
    struct token_id id = id_of(w->t, label);
    struct secret *a = secret_of(old), *b = secret_of(pin);
    int rc = w->t->driver->change_pin(w->t->self, &id, whose, a, b, state, e);

    secret_free(a);
    secret_free(b);
    return rc;
}

static int unblock(struct world *w, const char *label, const char *so_pin, const char *pin,
                   enum pin_state *state, struct err *e)
{
    struct token_id id = id_of(w->t, label);
    struct secret *a = secret_of(so_pin), *b = secret_of(pin);
    int rc = w->t->driver->unblock(w->t->self, &id, a, b, state, e);

    secret_free(a);
    secret_free(b);
    return rc;
}

static int log_in(struct world *w, const char *label, const char *pin)
{
    struct token_id id = id_of(w->t, label);
    enum pin_state state;
    struct err e;

    return contract_login(w->t, &id, pin, &state, &e);
}

/* Whether the token says that a PIN of one character is too short; a TPM takes any. */
static bool wants_length(struct world *w)
{
    struct token_id id = id_of(w->t, CONTRACT_A);
    struct token_list all;
    bool wants = false;
    struct err e;

    assert_int_equal(w->t->driver->list(w->t->self, &all, &e), 0);
    for (size_t i = 0; i < all.n; i++)
        if (token_id_eq(&all.items[i].id, &id))
            wants = all.items[i].pin_min > 1;
    token_list_clear(&all);
    return wants;
}

/* A key on token A, and nobody logged in. */
static struct key *a_key(struct world *w)
{
    struct key *key;
    struct err e;

    contract_log_in(w->t, CONTRACT_A);
    key = contract_generate(w, contract_type(w));
    assert_int_equal(w->t->driver->logout(w->t->self, &e), 0);
    return key;
}

static void nobody_is_logged_in(struct world *w)
{
    struct token_key_list keys;
    struct err e;

    assert_int_equal(w->t->driver->keys(w->t->self, &keys, &e), -1);
    contract_three_parts(&e, ERR_TOKEN);
}

void changes_the_pin(void **state)
{
    struct world *w = *state;
    struct key *key = a_key(w);
    enum pin_state pin;
    struct err e;

    assert_int_equal(change(w, CONTRACT_A, PIN_OF_USER, "0000000", NEW_PIN, &pin, &e), -1);
    contract_three_parts(&e, ERR_PIN);
    assert_int_equal(pin, w->limits.tells_low ? PIN_LOW : PIN_OK);
    if (wants_length(w)) {
        assert_int_equal(change(w, CONTRACT_A, PIN_OF_USER, CONTRACT_PIN, "1", &pin, &e), -1);
        contract_three_parts(&e, ERR_PIN);
    }
    contract_log_in(w->t, CONTRACT_A); /* neither has changed it */
    assert_int_equal(change(w, CONTRACT_A, PIN_OF_USER, CONTRACT_PIN, NEW_PIN, &pin, &e), 0);
    assert_int_equal(pin, PIN_OK);
    nobody_is_logged_in(w);
    assert_int_equal(log_in(w, CONTRACT_A, CONTRACT_PIN), -1);
    assert_int_equal(log_in(w, CONTRACT_A, NEW_PIN), 0);
    contract_sign(w, key);
    key_free(key);
    contract_log_in(w->t, CONTRACT_B); /* the other one keeps its own */
}

void changes_the_so_pin(void **state)
{
    struct world *w = *state;
    enum pin_state pin;
    struct err e;

    assert_int_equal(change(w, CONTRACT_A, PIN_OF_SO, wrong_so_pin(w), new_so_pin(w), &pin, &e),
                     -1);
    contract_three_parts(&e, ERR_PIN);
    assert_int_equal(change(w, CONTRACT_A, PIN_OF_SO, contract_so_pin(w), new_so_pin(w), &pin, &e),
                     0);
    assert_int_equal(pin, PIN_OK);
    nobody_is_logged_in(w);
    assert_int_equal(unblock(w, CONTRACT_A, contract_so_pin(w), NEW_PIN, &pin, &e), -1);
    contract_three_parts(&e, ERR_PIN);
    contract_log_in(w->t, CONTRACT_A);
    assert_int_equal(unblock(w, CONTRACT_A, new_so_pin(w), NEW_PIN, &pin, &e), 0);
    assert_int_equal(log_in(w, CONTRACT_A, NEW_PIN), 0);
}

void the_so_pin_gives_a_new_pin_and_keys_stay(void **state)
{
    struct world *w = *state;
    struct key *key = a_key(w);
    enum pin_state pin;
    struct err e;

    for (unsigned i = 0; i < w->limits.locks && !w->limits.one_lock; i++) /* a TPM stays locked */
        assert_int_equal(log_in(w, CONTRACT_A, "0000000"), -1);
    assert_int_equal(unblock(w, CONTRACT_A, wrong_so_pin(w), NEW_PIN, &pin, &e), -1);
    contract_three_parts(&e, ERR_PIN);
    assert_int_equal(log_in(w, CONTRACT_A, NEW_PIN), -1);
    if (wants_length(w)) {
        assert_int_equal(unblock(w, CONTRACT_A, contract_so_pin(w), "1", &pin, &e), -1);
        contract_three_parts(&e, ERR_PIN);
    }
    assert_int_equal(unblock(w, CONTRACT_A, contract_so_pin(w), NEW_PIN, &pin, &e), 0);
    assert_int_equal(pin, PIN_OK);
    nobody_is_logged_in(w);
    assert_int_equal(log_in(w, CONTRACT_A, NEW_PIN), 0);
    contract_sign(w, key);
    key_free(key);
}

void a_fresh_token_has_no_pin_to_change(void **state)
{
    struct world *w = *state;
    struct secret *a = secret_of(contract_so_pin(w)), *b = secret_of(NEW_PIN);
    struct token_list all;
    enum pin_state pin;
    struct err e;

    assert_int_equal(w->t->driver->list(w->t->self, &all, &e), 0);
    for (size_t i = 0; i < all.n; i++) {
        const struct token_id *id = &all.items[i].id;

        if (all.items[i].initialised)
            continue;
        assert_int_equal(w->t->driver->change_pin(w->t->self, id, PIN_OF_USER, a, b, &pin, &e), -1);
        contract_three_parts(&e, ERR_TOKEN);
        assert_int_equal(w->t->driver->unblock(w->t->self, id, a, b, &pin, &e), -1);
        contract_three_parts(&e, ERR_TOKEN);
    }
    token_list_clear(&all);
    secret_free(a);
    secret_free(b);
}

void shows_public_keys_without_a_pin(void **state)
{
    struct world *w = *state;
    struct token_id id = id_of(w->t, CONTRACT_A);
    struct token_key_list keys;
    struct key *key;
    struct err e;

    assert_int_equal(w->t->driver->public_keys(w->t->self, &id, &keys, &e), 0);
    assert_int_equal(keys.n, 0);
    key = a_key(w);
    assert_int_equal(w->t->driver->public_keys(w->t->self, &id, &keys, &e), 0);
    assert_int_equal(keys.n, 1);
    assert_non_null(keys.items[0].key);
    assert_true(key_same_material(keys.items[0].key, key));
    assert_true(keys.items[0].cka_id_size > 0);
    token_key_list_clear(&keys);
    nobody_is_logged_in(w);
    id = id_of(w->t, CONTRACT_B);
    assert_int_equal(w->t->driver->public_keys(w->t->self, &id, &keys, &e), 0);
    assert_int_equal(keys.n, 0);
    key_free(key);
}
