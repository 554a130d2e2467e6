/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every Cryptoki function that the driver calls, times what may go wrong in it: each ends in an
 * error in three parts or in success that is one, wastes no PIN try, and is over once it is over.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fault_table.h"
#include "faulty.h"
#include "sign_one.h"
#include "tokens/pkcs11/p11.h"
#include "tokens/pkcs11/softhsm.h"
#include "tokens/worker/agent.h"

struct world {
    struct faulty f;
    struct tokens *t;
    struct token_id a, next;
    struct key *key, *next_key; /* on A, and on the next token */
    bool hangs;                 /* a person leaves it soon; all else is waited for */
    bool named;                 /* it was said what is waited for */
};

#define NEXT "the next token"

/* One fault, or none (NULL). */
static void script(struct world *w, const char *function, const char *what)
{
    char line[96] = "";

    if (function != NULL)
        snprintf(line, sizeof line, "%s %s\n", function, what);
    faulty_script(&w->f, line);
    w->hangs = what != NULL && strcmp(what, "hang") == 0;
}

static unsigned count(const struct world *w, const char *function)
{
    return faulty_count(&w->f, function);
}

static int login_to(struct world *w, const struct token_id *id, struct err *e)
{
    struct secret *pin = secret_of(CONTRACT_PIN);
    enum pin_state state;
    int rc = w->t->driver->login(w->t->self, id, pin, &state, e);

    secret_free(pin);
    return rc;
}

static int login(struct world *w, struct err *e)
{
    return login_to(w, &w->a, e);
}

static int initialise(struct world *w, struct err *e)
{
    struct secret *so = secret_of(CONTRACT_SO_PIN), *pin = secret_of(CONTRACT_PIN);
    struct token_list all = {0};
    int rc = -1;

    err_set(e, ERR_TOKEN, "token B is not to be seen");
    err_todo(e, "lift the fault");
    if (w->t->driver->list(w->t->self, &all, e) == 0)
        for (size_t i = 0; i < all.n; i++)
            if (strcmp(all.items[i].id.label, CONTRACT_B) == 0) {
                rc = w->t->driver->initialise(w->t->self, &all.items[i].id, so, CONTRACT_B, pin, e);
                break;
            }
    token_list_clear(&all);
    secret_free(so);
    secret_free(pin);
    return rc;
}

static int sign_with(struct world *w, const struct key *key, struct err *e)
{
    const struct span message = span_str("{\"_type\":\"root\"}");
    struct bytes sig;
    struct err why;
    int rc;

    sig = (struct bytes){0};
    rc = sign_one(w->t, key, message, &sig, e);
    if (rc == 0) /* success is a signature that OpenSSL verifies */
        assert_int_equal(key_verify(key, message, bytes_span(&sig), &why), 0);
    else
        assert_int_equal(sig.n, 0);
    bytes_clear(&sig);
    return rc;
}

static int sign(struct world *w, struct err *e)
{
    return sign_with(w, w->key, e);
}

/* The PIN into itself: the next round wants it as it is. */
static int change(struct world *w, struct err *e)
{
    struct secret *pin = secret_of(CONTRACT_PIN);
    enum pin_state state;
    int rc = w->t->driver->change_pin(w->t->self, &w->a, PIN_OF_USER, pin, pin, &state, e);

    secret_free(pin);
    return rc;
}

static int unblock(struct world *w, struct err *e)
{
    struct secret *so = secret_of(CONTRACT_SO_PIN), *pin = secret_of(CONTRACT_PIN);
    enum pin_state state;
    int rc = w->t->driver->unblock(w->t->self, &w->a, so, pin, &state, e);

    secret_free(so);
    secret_free(pin);
    return rc;
}

/* Is there a private key of that public half, on the token that is logged in? */
static bool is_there(struct world *w, const struct key *key)
{
    struct token_key_list keys;
    bool there = false;
    struct err e;

    if (w->t->driver->keys(w->t->self, &keys, &e) != 0)
        fail_msg("%s", e.what);
    for (size_t i = 0; i < keys.n; i++)
        there |= keys.items[i].key != NULL && key_same_material(keys.items[i].key, key);
    token_key_list_clear(&keys);
    return there;
}

static unsigned check(int rc, const struct err *e, unsigned step)
{
    if (rc == 0)
        return 0;
    assert_int_not_equal(e->code, ERR_NONE);
    assert_true(e->what[0] != '\0');
    assert_true(e->todo[0] != '\0');
    return step;
}

/* Plays everything once; the steps that failed, or that saw a problem. */
static unsigned play(struct world *w)
{
    struct token_list all;
    struct token_key_list keys;
    struct token_key k;
    struct err e;
    unsigned failed = 0, before;
    int rc;

    rc = w->t->driver->list(w->t->self, &all, &e);
    failed |= check(rc, &e, LIST);
    for (size_t i = 0; i < all.nproblems; i++)
        failed |= all.problems[i][0] != '\0' ? LIST : 0;
    token_list_clear(&all);
    before = count(w, "C_Login");
    failed |= check(login(w, &e), &e, LOGIN);
    assert_true(count(w, "C_Login") - before <= 1); /* at most one PIN try */
    if ((failed & LIST) != 0 && (failed & LOGIN) != 0)
        assert_int_equal(count(w, "C_Login"), before); /* and none for a token that is not seen */
    failed |= check(w->t->driver->keys(w->t->self, &keys, &e), &e, KEYS);
    token_key_list_clear(&keys);
    if ((failed & KEYS) != 0) /* the login may be gone: that is for the next step's sake */
        (void)login(w, &e);
    failed |= check(w->t->driver->generate(w->t->self, KEY_P256, "more", &k, &e), &e, GENERATE);
    if ((failed & GENERATE) != 0)
        (void)login(w, &e);
    failed |= check(sign(w, &e), &e, SIGN);
    if ((failed & SIGN) != 0)
        (void)login(w, &e);
    if (k.key != NULL)
        failed |= check(w->t->driver->destroy(w->t->self, k.key, &e), &e, DESTROY);
    token_key_clear(&k);
    failed |= check(w->t->driver->logout(w->t->self, &e), &e, LOGOUT);
    before = count(w, "C_Login");
    failed |= check(change(w, &e), &e, CHANGE);
    failed |= check(unblock(w, &e), &e, UNBLOCK);
    assert_true(count(w, "C_Login") - before <= 2);
    failed |= check(w->t->driver->public_keys(w->t->self, &w->a, &keys, &e), &e, PUBLIC_KEYS);
    token_key_list_clear(&keys);
    return failed | check(initialise(w, &e), &e, INITIALISE);
}

/* After a fault the ceremony goes on: with the next token, and with this one too. */
static void works_again(struct world *w)
{
    struct token_list all;
    struct err e;

    script(w, NULL, NULL);
    assert_int_equal(w->t->driver->list(w->t->self, &all, &e), 0);
    assert_int_equal(all.nproblems, 0);
    token_list_clear(&all);
    if (login_to(w, &w->next, &e) != 0 || sign_with(w, w->next_key, &e) != 0 || login(w, &e) != 0 ||
        sign(w, &e) != 0) {
        err_print(&e, stderr);
        fail();
    }
    assert_int_equal(w->t->driver->logout(w->t->self, &e), 0);
}

/* A token B that lost its PIN half-way through is made whole again. */
static void mend(struct world *w)
{
    struct err e;

    assert_int_equal(initialise(w, &e), 0);
}

static struct key *signer(struct world *w, const char *label, struct token_id *id)
{
    struct token_key k;
    struct key *key;
    struct err e;

    *id = id_of(w->t, label);
    assert_int_equal(login_to(w, id, &e), 0);
    assert_int_equal(w->t->driver->generate(w->t->self, KEY_P256, "signer", &k, &e), 0);
    assert_int_equal(w->t->driver->logout(w->t->self, &e), 0);
    key = k.key;
    k.key = NULL;
    token_key_clear(&k);
    return key;
}

static void prepare(struct world *w, struct tokens *t)
{
    w->t = t;
    w->key = signer(w, CONTRACT_A, &w->a);
    w->next_key = signer(w, NEXT, &w->next);
}

/* One token more than the contract's two. */
static void add_next(struct tokens *t)
{
    struct secret *so = secret_of(CONTRACT_SO_PIN), *pin = secret_of(CONTRACT_PIN);
    struct err e;

    assert_int_equal(softhsm_add(t, NEXT, so, pin, &e), 0);
    secret_free(so);
    secret_free(pin);
}

static int set_up(void **state)
{
    struct world *w = calloc(1, sizeof *w);
    struct tokens *plain;
    struct err e;

    *state = w;
    if (w == NULL || faulty_begin(&w->f, &plain, &e) != 0)
        return -1;
    add_next(plain);
    tokens_free(plain);
    return 0;
}

static int tear_down(void **state)
{
    struct world *w = *state;
    int rc = faulty_end(&w->f);

    tokens_free(w->t);
    key_free(w->key);
    key_free(w->next_key);
    free(w);
    return rc;
}

static void open_here(struct world *w)
{
    struct tokens *t;
    struct err e;

    assert_int_equal(faulty_tokens(NULL, &t, &e), 0);
    prepare(w, t);
}

/* Under a sanitizer SoftHSM takes fifteen times as long: there each function gets some values. */
#ifdef __SANITIZE_ADDRESS__
#define STRIDE 6
#else
#define STRIDE 1
#endif

/* A round leaves a key behind, and listing keys is slow: each function has tokens of its own. */
static void every_error(const struct fault_row *row, size_t first)
{
    struct world *w;

    assert_int_equal(set_up((void **)&w), 0);
    open_here(w);
    for (size_t v = first; v < FAULT_VALUES && row->values[v] != CKR_OK; v += STRIDE) {
        char value[32];
        unsigned must = fault_fails(row, row->values[v]), failed;

        snprintf(value, sizeof value, "0x%lx", row->values[v]);
        script(w, row->name, value);
        failed = play(w);
        if ((failed & must) != must)
            fail_msg("%s of %s was not noticed (%x)", value, row->name, failed);
        works_again(w);
        mend(w);
    }
    assert_int_equal(tear_down((void **)&w), 0);
}

static void every_error_of_every_function(void **state)
{
    (void)state;
    for (size_t f = 0; f < FAULT_FUNCTIONS; f++)
        every_error(&fault_table[f], f % STRIDE);
}

static void spoilt_answers(void **state)
{
    static const char *const gives[] = {"C_GetSlotList", "C_GetSlotInfo", "C_GetTokenInfo",
                                        "C_FindObjects", "C_Sign",        "C_GetAttributeValue"};
    static const char *const how[] = {"corrupt", "short", "long", "flood"};
    struct world *w = *state;

    open_here(w);
    for (size_t f = 0; f < sizeof gives / sizeof gives[0]; f++)
        for (size_t h = 0; h < sizeof how / sizeof how[0]; h++) {
            unsigned failed;

            script(w, gives[f], how[h]);
            failed = play(w);
            if (strcmp(gives[f], "C_Sign") == 0)
                assert_true((failed & SIGN) != 0);
            works_again(w);
            mend(w);
        }
}

#ifdef __SANITIZE_ADDRESS__
#define PATIENCE_MS 3000
#else
#define PATIENCE_MS 1000
#endif

static int give_up_soon(void *self, int fd, const struct token_doing *doing)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    struct world *w = self;

    w->named = w->named || doing->now[0] != '\0';
    return poll(&p, 1, w->hangs ? PATIENCE_MS : -1) == 1 ? 0 : -1;
}

static void open_behind_agent(struct world *w)
{
    const struct token_wait wait = {w, give_up_soon};
    struct tokens *t;
    struct err e;

    assert_int_equal(faulty_start(&w->f, &wait, &t, &e), 0);
    prepare(w, t);
}

static bool always_called(const char *function)
{
    return strcmp(function, "C_CloseAllSessions") != 0 && strcmp(function, "C_Initialize") != 0 &&
           strcmp(function, "C_Finalize") != 0;
}

static void crashes_stay_in_the_agent(void **state)
{
    struct world *w = *state;

    open_behind_agent(w);
    for (size_t f = 0; f < FAULT_FUNCTIONS; f++) {
        script(w, fault_table[f].name, "crash");
        if (play(w) == 0 && always_called(fault_table[f].name))
            fail_msg("a crash of %s was not noticed", fault_table[f].name);
        works_again(w);
        mend(w);
    }
    assert_true(w->named);
}

static void babble_goes_nowhere(void **state)
{
    struct world *w = *state;

    open_behind_agent(w);
    script(w, "C_Sign", "babble");
    assert_int_equal(play(w), 0);
    works_again(w);
}

static void a_hang_is_left(void **state)
{
    static const char *const hangs[] = {"C_GetSlotList", "C_Login", "C_Sign", "C_GenerateKeyPair"};
    struct world *w = *state;
    struct err e;

    open_behind_agent(w);
    for (size_t h = 0; h < sizeof hangs / sizeof hangs[0]; h++) {
        script(w, hangs[h], "hang");
        assert_int_not_equal(play(w), 0);
        works_again(w);
        mend(w);
    }
    script(w, "C_Login", "hang");
    assert_int_equal(login(w, &e), -1);
    assert_int_equal(e.code, ERR_LEFT);
    assert_true(e.what[0] != '\0' && e.todo[0] != '\0');
    works_again(w);
}

static void a_crash_is_named(void **state)
{
    struct world *w = *state;
    struct err e;

    open_behind_agent(w);
    script(w, "C_Login", "crash");
    assert_int_equal(login(w, &e), -1);
    assert_int_equal(e.code, ERR_TOKEN);
    assert_non_null(strstr(e.what, "crashed (signal 6"));
    assert_non_null(strstr(e.where, CONTRACT_A));
}

/* A one-time key is gone when the token has no object of it left, not when a call says so. */
static void gone_is_what_is_not_there(void **state)
{
    static const struct {
        const char *value, *says;
    } rows[] = {{"0x0", "is still on token '" CONTRACT_A "'"},
                {"0xe2", "write-protected"}, /* CKR_TOKEN_WRITE_PROTECTED */
                {"0x32", "the token was removed"},
                {"0x5", "the module failed"}};
    struct world *w = *state;
    struct token_key k;
    struct err e;

    open_here(w);
    assert_int_equal(login(w, &e), 0);
    assert_int_equal(w->t->driver->generate(w->t->self, KEY_P256, "once", &k, &e), 0);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        script(w, "C_DestroyObject", rows[i].value);
        assert_int_equal(w->t->driver->destroy(w->t->self, k.key, &e), -1);
        assert_int_equal(e.code, ERR_TOKEN);
        assert_true(count(w, "C_DestroyObject") > 0 && e.todo[0] != '\0');
        if (strstr(e.what, rows[i].says) == NULL)
            fail_msg("'%s' does not say '%s'", e.what, rows[i].says);
        script(w, NULL, NULL);
        assert_int_equal(login(w, &e), 0);
        assert_true(is_there(w, k.key));
    }
    assert_int_equal(w->t->driver->destroy(w->t->self, k.key, &e), 0);
    assert_false(is_there(w, k.key));
    assert_int_equal(w->t->driver->destroy(w->t->self, k.key, &e), -1); /* twice is a mistake */
    assert_int_equal(e.code, ERR_TOKEN);
    assert_non_null(strstr(e.what, "is not on token"));
    assert_true(is_there(w, w->key)); /* and no other key went */
    assert_int_equal(w->t->driver->logout(w->t->self, &e), 0);
    assert_int_equal(w->t->driver->destroy(w->t->self, w->key, &e), -1); /* nobody is logged in */
    assert_int_equal(login(w, &e), 0);
    assert_true(is_there(w, w->key));
    token_key_clear(&k);
}

/* test_faults [errors | spoilt]: a part, or all. */
int main(int argc, char **argv)
{
#define FAULT(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_error_of_every_function),
        FAULT(gone_is_what_is_not_there),
        FAULT(spoilt_answers),
        FAULT(crashes_stay_in_the_agent),
        FAULT(babble_goes_nowhere),
        FAULT(a_hang_is_left),
        FAULT(a_crash_is_named),
    };
#undef FAULT
    int skip = softhsm_missing();

    if (argc > 1 && strcmp(argv[1], "errors") == 0)
        cmocka_set_test_filter("every_error*");
    else if (argc > 1 && strcmp(argv[1], "spoilt") == 0)
        cmocka_set_skip_filter("every_error*");

    return skip != 0 ? skip : cmocka_run_group_tests(tests, NULL, NULL);
}
