/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens that ask: for a PIN on their own keys, for a touch, for the PIN before each signature. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "faulty.h"
#include "sign_one.h"
#include "tokens/pkcs11/p11.h"
#include "tokens/pkcs11/softhsm.h"
#include "tokens/worker/agent.h"

struct world {
    struct faulty f;
    struct tokens *t;
    struct key *key; /* on token A */
    bool touch_named, on_the_reader;
};

static int watch(void *self, int fd, const struct token_doing *doing)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    struct world *w = self;

    w->on_the_reader = w->on_the_reader || strstr(doing->now, "PIN on the reader") != NULL;
    w->touch_named = doing->later != NULL && strstr(doing->later, "touch") != NULL;
    return poll(&p, 1, 300000) == 1 ? 0 : -1;
}

static int login(struct world *w, const char *pin, struct err *e)
{
    struct token_id id = id_of(w->t, CONTRACT_A);
    struct secret *s = pin != NULL ? secret_of(pin) : NULL;
    enum pin_state state;
    int rc = w->t->driver->login(w->t->self, &id, s, &state, e);

    secret_free(s);
    return rc;
}

static int sign(struct world *w, struct err *e)
{
    const struct span message = span_str("{\"_type\":\"root\"}");
    struct bytes sig;
    int rc;

    sig = (struct bytes){0};
    rc = sign_one(w->t, w->key, message, &sig, e);
    assert_int_equal(sig.n > 0, rc == 0);
    bytes_clear(&sig);
    return rc;
}

static int set_up(void **state)
{
    struct world *w = calloc(1, sizeof *w);
    const struct token_wait wait = {w, watch};
    struct tokens *plain;
    struct token_key k;
    struct err e;

    *state = w;
    if (faulty_begin(&w->f, &plain, &e) != 0)
        return -1;
    tokens_free(plain);
    setenv("FAULTY_PIN", CONTRACT_PIN, 1);
    if (faulty_start(&w->f, &wait, &w->t, &e) != 0 || login(w, CONTRACT_PIN, &e) != 0 ||
        w->t->driver->generate(w->t->self, KEY_P256, "k", &k, &e) != 0)
        return -1;
    w->key = k.key;
    return w->t->driver->logout(w->t->self, &e);
}

static int tear_down(void **state)
{
    struct world *w = *state;
    int rc;

    tokens_free(w->t);
    key_free(w->key);
    rc = faulty_end(&w->f);
    free(w);
    return rc;
}

static void the_pin_before_each_signature(void **state)
{
    struct world *w = *state;
    struct token_key_list keys;
    struct err e;

    faulty_script(&w->f, "C_GetAttributeValue always\nC_Sign always\n");
    assert_int_equal(login(w, CONTRACT_PIN, &e), 0);
    assert_int_equal(w->t->driver->keys(w->t->self, &keys, &e), 0);
    assert_int_equal(keys.items[0].always_authenticate, CLAIM_YES);
    token_key_list_clear(&keys);
    for (unsigned i = 1; i <= 3; i++) {
        assert_int_equal(sign(w, &e), 0);
        assert_int_equal(faulty_count(&w->f, "CONTEXT_SPECIFIC"), i);
    }
    assert_int_equal(w->t->driver->logout(w->t->self, &e), 0);
    assert_int_equal(sign(w, &e), -1);
    assert_int_equal(faulty_count(&w->f, "CONTEXT_SPECIFIC"), 3);
}

/* The token refuses the PIN that opened it: one try, an error, and no second one. */
static void a_refused_one_is_not_tried_again(void **state)
{
    struct world *w = *state;
    struct err e;

    faulty_script(&w->f, "C_GetAttributeValue always\nC_Sign always\n");
    assert_int_equal(login(w, CONTRACT_PIN, &e), 0);
    faulty_script(&w->f,
                  "C_GetAttributeValue always\nC_Sign always\nC_Login 0xa0\n"); /* PIN_INCORRECT */
    assert_int_equal(sign(w, &e), -1);
    assert_int_equal(e.code, ERR_PIN);
    assert_true(e.todo[0] != '\0');
    assert_int_equal(faulty_count(&w->f, "C_Login"), 1);
    assert_int_equal(sign(w, &e), -1);
    assert_int_equal(e.code, ERR_PIN);
    assert_non_null(strstr(e.todo, "log in again"));
    assert_int_equal(faulty_count(&w->f, "C_Login"), 1);
    faulty_script(&w->f, "C_GetAttributeValue always\nC_Sign always\n");
    assert_int_equal(login(w, CONTRACT_PIN, &e), 0);
    assert_int_equal(sign(w, &e), 0);
}

static void keys_that_do_not_ask_are_not_answered(void **state)
{
    struct world *w = *state;
    struct err e;

    faulty_script(&w->f, "");
    assert_int_equal(login(w, CONTRACT_PIN, &e), 0);
    assert_int_equal(sign(w, &e), 0);
    assert_int_equal(sign(w, &e), 0);
    assert_int_equal(faulty_count(&w->f, "CONTEXT_SPECIFIC"), 0);
    assert_int_equal(faulty_count(&w->f, "C_Login"), 1);
}

static void a_pin_pad_gets_no_pin(void **state)
{
    struct world *w = *state;
    struct token_list all;
    struct err e;

    faulty_script(&w->f, "C_GetTokenInfo pad\nC_GetAttributeValue always\nC_Sign always\n");
    assert_int_equal(w->t->driver->list(w->t->self, &all, &e), 0);
    assert_true(all.items[0].pin_pad);
    token_list_clear(&all);
    assert_false(w->on_the_reader);
    assert_int_equal(login(w, NULL, &e), 0);
    assert_true(w->on_the_reader);
    assert_int_equal(sign(w, &e), 0);
    assert_int_equal(sign(w, &e), 0);
    assert_int_equal(faulty_count(&w->f, "CONTEXT_SPECIFIC"), 2);
    setenv("FAULTY_PIN", "0000000", 1); /* for the next agent */
    faulty_script(&w->f, ""); /* without the pad: a PIN is needed, and no try is made without one */
    assert_int_equal(login(w, NULL, &e), -1);
    assert_int_equal(e.code, ERR_PIN);
    assert_int_equal(faulty_count(&w->f, "C_Login"), 0);
}

/* Whoever watches learns, of each call, what it may wait for; when that is shown is his matter. */
static void only_a_signature_may_wait_for_a_touch(void **state)
{
    struct world *w = *state;
    struct err e;

    assert_int_equal(login(w, CONTRACT_PIN, &e), 0);
    assert_false(w->touch_named);
    assert_int_equal(sign(w, &e), 0);
    assert_true(w->touch_named);
}

/* What a PIN's state is before and after, by flags or, where there are none, by the answer. */
static void pin_states_are_told_in_words(void **state)
{
    static const struct {
        const char *script;
        enum pin_state state;
        const char *todo; /* NULL: the login works */
        unsigned tries;
    } rows[] = {
        {"C_GetTokenInfo low\n", PIN_LOW, NULL, 1},
        {"C_GetTokenInfo final\n", PIN_LAST_TRY, NULL, 1},
        {"C_GetTokenInfo low\nC_Login 0xa0\n", PIN_LOW, "does not report how many tries are left",
         1},
        {"C_GetTokenInfo final\nC_Login 0xa0\n", PIN_LAST_TRY, "one try is left", 1},
        {"C_Login 0xa0\n", PIN_OK, "does not report how many", 1},
        {"C_Login 0xa4\n", PIN_LOCKED, "SO PIN, or continue with the next keyholder", 1},
        {"C_Login 0xa3\n", PIN_MUST_CHANGE, "change the PIN first", 1},
        {"C_GetTokenInfo locked\n", PIN_LOCKED, "no try was made", 0},
        {"C_Login locks\n", PIN_LOCKED, "SO PIN, or continue with the next keyholder", 1},
        {"", PIN_LOCKED, "no try was made", 0}, /* it stays locked */
    };
    struct world *w = *state;
    struct token_id id = id_of(w->t, CONTRACT_A);

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct secret *pin = secret_of(CONTRACT_PIN);
        enum pin_state now;
        struct err e;
        int rc;

        faulty_script(&w->f, rows[i].script);
        rc = w->t->driver->login(w->t->self, &id, pin, &now, &e);
        secret_free(pin);
        assert_int_equal(rc, rows[i].todo == NULL ? 0 : -1);
        assert_int_equal(now, rows[i].state);
        assert_int_equal(faulty_count(&w->f, "C_Login"), rows[i].tries);
        if (rc != 0 && (e.code != ERR_PIN || strstr(e.todo, rows[i].todo) == NULL))
            fail_msg("row %zu says: %s; %s", i, e.what, e.todo);
    }
}

int main(void)
{
#define ASKING(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        ASKING(the_pin_before_each_signature),
        ASKING(a_refused_one_is_not_tried_again),
        ASKING(keys_that_do_not_ask_are_not_answered),
        ASKING(a_pin_pad_gets_no_pin),
        ASKING(pin_states_are_told_in_words),
        ASKING(only_a_signature_may_wait_for_a_touch),
    };
#undef ASKING
    int skip = softhsm_missing();

    return skip != 0 ? skip : cmocka_run_group_tests(tests, NULL, NULL);
}
