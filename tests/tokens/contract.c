/* SPDX-License-Identifier: Apache-2.0 */
#include "contract_world.h"
#include "sign_one.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct secret *secret_of(const char *text)
{
    struct secret *s;
    struct err e;

    assert_int_equal(secret_new(&s, &e), 0);
    for (; *text != '\0'; text++)
        assert_int_equal(secret_put(s, (uint8_t)*text), 0);
    return s;
}

/* OpenSC writes the name of the PIN behind the label; ykcs11 has labels of its own. */
static bool is_called(const char *label, const char *wanted)
{
    static const char *const own[][2] = {{CONTRACT_A, "YubiKey PIV #15000001"},
                                         {CONTRACT_B, "YubiKey PIV #15000002"}};
    size_t n = strlen(wanted);

    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
        if (strcmp(wanted, own[i][0]) == 0 && strcmp(label, own[i][1]) == 0)
            return true;
    return strncmp(label, wanted, n) == 0 &&
           (label[n] == '\0' || strcmp(label + n, " (UserPIN)") == 0);
}

struct token_id id_of(struct tokens *t, const char *label)
{
    struct token_list all = {0};
    struct token_id id = {0};
    size_t hits = 0;
    struct err e;

    assert_int_equal(t->driver->list(t->self, &all, &e), 0);
    for (size_t i = 0; i < all.n; i++)
        if (is_called(all.items[i].id.label, label) && ++hits == 1)
            id = all.items[i].id;
    token_list_clear(&all);
    assert_int_equal(hits, 1);
    return id;
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    (void)st;
    (void)kind;
    (void)at;
    return remove(path);
}

static int set_up(void **state)
{
    struct world *w = *state;
    struct err e;

    strcpy(w->dir, "/tmp/tc-contract-XXXXXX");
    if (mkdtemp(w->dir) == NULL)
        return -1;
    if (w->stack->open(w->dir, &w->t, &e) == 0)
        return 0;
    err_print(&e, stderr);
    return -1;
}

static int tear_down(void **state)
{
    struct world *w = *state;

    tokens_free(w->t);
    w->t = NULL;
    return nftw(w->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

int contract_login(struct tokens *t, const struct token_id *id, const char *pin,
                   enum pin_state *state, struct err *e)
{
    struct secret *s = secret_of(pin);
    int rc;

    err_clear(e);
    rc = t->driver->login(t->self, id, s, state, e);
    secret_free(s);
    return rc;
}

/* Whose token was logged in to last. */
static const char *logged_in;

void contract_log_in(struct tokens *t, const char *label)
{
    struct token_id id = id_of(t, label);
    enum pin_state state;
    struct err e;

    if (contract_login(t, &id, CONTRACT_PIN, &state, &e) != 0) {
        err_print(&e, stderr);
        fail();
    }
    logged_in = label;
}

void contract_three_parts(const struct err *e, enum err_code code)
{
    assert_int_equal(e->code, code);
    assert_true(e->what[0] != '\0');
    assert_true(e->todo[0] != '\0');
}

const char *contract_so_pin(const struct world *w)
{
    return w->stack->so_pin != NULL ? w->stack->so_pin : CONTRACT_SO_PIN;
}

enum key_type contract_type(const struct world *w)
{
    return w->limits.has[KEY_P256] ? KEY_P256 : KEY_RSA;
}

/* What a token says at once of the key that it made. */
static void check_claims(const struct world *w, const struct token_key *k)
{
    bool late = w->limits.tells_late;

    assert_int_equal(k->local, late ? CLAIM_UNKNOWN : w->limits.local);
    assert_int_equal(k->sensitive, late ? CLAIM_UNKNOWN : CLAIM_YES);
    assert_int_equal(k->extractable, late ? CLAIM_UNKNOWN : CLAIM_NO);
    assert_int_equal(k->never_extractable, late ? CLAIM_UNKNOWN : w->limits.never_extractable);
}

int contract_make(struct world *w, enum key_type type, struct token_key *out, struct err *e)
{
    struct secret *so;
    enum pin_state state;
    int rc;

    if (w->stack->management == NULL)
        return w->t->driver->generate(w->t->self, type, "made here", out, e);
    so = secret_of(w->stack->management);
    if (w->t->driver->login_so(w->t->self, so, &state, e) != 0) {
        err_print(e, stderr);
        fail();
    }
    secret_free(so);
    rc = w->t->driver->generate(w->t->self, type, "made here", out, e);
    contract_log_in(w->t, logged_in);
    return rc;
}

struct key *contract_generate(struct world *w, enum key_type type)
{
    struct token_key k;
    struct key *key;
    struct err e;

    if (contract_make(w, type, &k, &e) != 0) {
        err_print(&e, stderr);
        fail();
    }
    check_claims(w, &k);
    key = k.key;
    k.key = NULL;
    token_key_clear(&k);
    assert_non_null(key);
    return key;
}

static void lists_both_tokens(void **state)
{
    struct world *w = *state;
    struct token_list all;
    struct bytes words;
    struct err e;
    size_t initialised = 0;

    assert_int_equal(w->t->driver->list(w->t->self, &all, &e), 0);
    assert_int_equal(all.nproblems, 0);
    for (size_t i = 0; i < all.n; i++) {
        if (!all.items[i].initialised)
            continue;
        initialised++;
        assert_int_equal(all.items[i].pin, PIN_OK);
        assert_true(all.items[i].needs_login);
        assert_true(all.items[i].id.serial[0] != '\0');
        words = (struct bytes){0};
        token_words(&all.items[i], &words);
        assert_non_null(strstr(bytes_str(&words), all.items[i].id.label));
        assert_non_null(strstr(bytes_str(&words), all.items[i].id.serial));
        bytes_clear(&words);
    }
    assert_int_equal(initialised, 2);
    token_list_clear(&all);
}

void contract_sign(struct world *w, const struct key *key)
{
    const struct span message = span_str("{\"_type\":\"root\"}");
    struct bytes sig;
    struct err e;

    sig = (struct bytes){0};
    bytes_put_str(&sig, "in front");
    if (sign_one(w->t, key, message, &sig, &e) != 0) {
        err_print(&e, stderr);
        fail();
    }
    assert_true(sig.n > 8);
    assert_memory_equal(sig.p, "in front", 8);
    assert_int_equal(key_verify(key, message, span_of(sig.p + 8, sig.n - 8), &e), 0);
    assert_int_not_equal(key_verify(key, span_str("{}"), span_of(sig.p + 8, sig.n - 8), &e), 0);
    bytes_clear(&sig);
}

static void read_back(struct world *w, const struct key *key)
{
    struct token_key_list keys;
    size_t hits = 0;
    struct err e;

    assert_int_equal(w->t->driver->keys(w->t->self, &keys, &e), 0);
    for (size_t i = 0; i < keys.n; i++) {
        const struct token_key *k = &keys.items[i];

        if (k->key == NULL || strcmp(key_id(k->key), key_id(key)) != 0)
            continue;
        hits++;
        if (w->stack->management == NULL) /* a place has a name of its own */
            assert_string_equal(k->label, "made here");
        assert_true(k->cka_id_size > 0);
        assert_int_equal(k->local, w->limits.local);
        assert_int_equal(k->sensitive, CLAIM_YES);
        assert_int_equal(k->extractable, CLAIM_NO);
        assert_int_equal(k->never_extractable, w->limits.never_extractable);
    }
    assert_int_equal(hits, 1);
    token_key_list_clear(&keys);
}

static void generates_every_key_type_and_signs(void **state)
{
    struct world *w = *state;

    contract_log_in(w->t, CONTRACT_A);
    for (int type = 0; type <= KEY_RSA; type++) { /* the others are RSA again */
        struct token_key k;
        struct key *key;
        struct err e;

        if (!w->limits.has[type]) {
            assert_int_equal(contract_make(w, (enum key_type)type, &k, &e), -1);
            contract_three_parts(&e, ERR_TOKEN);
            continue;
        }
        key = contract_generate(w, (enum key_type)type);
        assert_int_equal(key_type(key), type);
        contract_sign(w, key);
        contract_sign(w, key);
        assert_int_equal(w->t->driver->logout(w->t->self, &e), 0);
        contract_log_in(w->t, CONTRACT_A);
        read_back(w, key);
        contract_sign(w, key);
        key_free(key);
    }
}

/* What five public organisations do with their YubiKeys: rsa-pkcs1v15-sha256. */
static void an_rsa_key_signs_by_the_older_padding(void **state)
{
    struct world *w = *state;
    struct key *made, *key;
    struct err e;

    if (!w->limits.has[KEY_RSA])
        return;
    contract_log_in(w->t, CONTRACT_A);
    made = contract_generate(w, KEY_RSA);
    assert_int_equal(key_of_type(made, KEY_RSA_V15_256, &key, &e), 0);
    contract_sign(w, key);
    contract_sign(w, made);
    key_free(key);
    key_free(made);
}

/* A table with a call that is missing crashes in the middle of a ceremony. */
static void every_call_is_there(void **state)
{
    struct world *w = *state;
    uintptr_t calls[sizeof(struct token_driver) / sizeof(uintptr_t)];

    memcpy(calls, w->t->driver, sizeof calls);
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++)
        assert_int_not_equal(calls[i], 0);
}

static void a_fresh_key_has_the_certificates_that_its_token_makes(void **state)
{
    struct world *w = *state;
    struct token_certificates all;
    struct token_key_list keys;
    struct err e;

    assert_int_equal(w->t->driver->certificates(w->t->self, span_of(NULL, 0), &all, &e), -1);
    contract_three_parts(&e, ERR_TOKEN);
    contract_log_in(w->t, CONTRACT_A);
    key_free(contract_generate(w, contract_type(w)));
    assert_int_equal(w->t->driver->keys(w->t->self, &keys, &e), 0);
    assert_int_equal(
        w->t->driver->certificates(
            w->t->self, span_of(keys.items[0].cka_id, keys.items[0].cka_id_size), &all, &e),
        0);
    assert_int_equal(all.nbeside, w->stack->certificates);
    token_certificates_clear(&all);
    token_key_list_clear(&keys);
}

static void refuses_an_unknown_key_type(void **state)
{
    struct world *w = *state;
    struct token_key k;
    struct err e;

    contract_log_in(w->t, CONTRACT_A);
    assert_int_equal(w->t->driver->generate(w->t->self, KEY_UNKNOWN, "x", &k, &e), -1);
    contract_three_parts(&e, ERR_TOKEN);
}

static void keys_have_ids_of_their_own(void **state)
{
    struct world *w = *state;
    struct token_key_list keys;
    struct err e;

    contract_log_in(w->t, CONTRACT_A);
    key_free(contract_generate(w, contract_type(w)));
    key_free(contract_generate(w, contract_type(w)));
    assert_int_equal(w->t->driver->keys(w->t->self, &keys, &e), 0);
    assert_int_equal(keys.n, 2);
    assert_false(span_eq(span_of(keys.items[0].cka_id, keys.items[0].cka_id_size),
                         span_of(keys.items[1].cka_id, keys.items[1].cka_id_size)));
    assert_string_not_equal(key_id(keys.items[0].key), key_id(keys.items[1].key));
    token_key_list_clear(&keys);
}

static void signs_only_with_a_key_that_is_there(void **state)
{
    struct world *w = *state;
    struct bytes sig;
    struct key *a, *b;
    struct err e;

    sig = (struct bytes){0};
    contract_log_in(w->t, CONTRACT_A);
    a = contract_generate(w, contract_type(w));
    contract_log_in(w->t, CONTRACT_B);
    b = contract_generate(w, contract_type(w));
    assert_int_equal(sign_one(w->t, a, span_str("{}"), &sig, &e), -1);
    contract_three_parts(&e, ERR_TOKEN);
    assert_int_equal(sig.n, 0);
    contract_sign(w, b); /* the refusal did not end the login */
    contract_log_in(w->t, CONTRACT_A);
    contract_sign(w, a);
    key_free(a);
    key_free(b);
}

static void destroys_a_key(void **state)
{
    struct world *w = *state;
    struct key *gone, *stays;
    struct token_key_list keys;
    struct bytes sig;
    struct err e;

    contract_log_in(w->t, CONTRACT_A);
    gone = contract_generate(w, contract_type(w));
    stays = contract_generate(w, contract_type(w));
    contract_sign(w, gone);
    if (!w->limits.destroys) {
        assert_int_equal(w->t->driver->destroy(w->t->self, gone, &e), -1);
        contract_three_parts(&e, ERR_TOKEN);
        contract_log_in(w->t, CONTRACT_A);
        contract_sign(w, gone);
        key_free(gone);
        key_free(stays);
        return;
    }
    assert_int_equal(w->t->driver->destroy(w->t->self, gone, &e), 0);
    assert_int_equal(w->t->driver->keys(w->t->self, &keys, &e), 0);
    for (size_t i = 0; i < keys.n; i++)
        assert_false(keys.items[i].key != NULL && key_same_material(keys.items[i].key, gone));
    token_key_list_clear(&keys);
    sig = (struct bytes){0};
    assert_int_equal(sign_one(w->t, gone, span_str("x"), &sig, &e), -1);
    bytes_clear(&sig);
    assert_int_equal(w->t->driver->destroy(w->t->self, gone, &e), -1);
    contract_three_parts(&e, ERR_TOKEN);
    contract_log_in(w->t, CONTRACT_A);
    contract_sign(w, stays);
    key_free(gone);
    key_free(stays);
}

static void logs_out_twice(void **state)
{
    struct world *w = *state;
    struct bytes sig;
    struct key *key;
    struct err e;

    sig = (struct bytes){0};
    contract_log_in(w->t, CONTRACT_A);
    key = contract_generate(w, contract_type(w));
    assert_int_equal(w->t->driver->logout(w->t->self, &e), 0);
    assert_int_equal(w->t->driver->logout(w->t->self, &e), 0);
    assert_int_equal(sign_one(w->t, key, span_str("{}"), &sig, &e), -1);
    contract_three_parts(&e, ERR_TOKEN);
    assert_int_equal(sig.n, 0);
    contract_log_in(w->t, CONTRACT_A);
    contract_sign(w, key);
    key_free(key);
}

static void listing_leaves_a_login_alone(void **state)
{
    struct world *w = *state;
    struct key *key;

    contract_log_in(w->t, CONTRACT_A);
    key = contract_generate(w, contract_type(w));
    (void)id_of(w->t, CONTRACT_B);
    (void)id_of(w->t, CONTRACT_A);
    contract_sign(w, key);
    key_free(key);
}

static void refuses_a_token_that_is_not_there(void **state)
{
    struct world *w = *state;
    struct token_id id = id_of(w->t, CONTRACT_A), other;
    enum pin_state pin;
    struct err e;

    other = id;
    strcpy(other.serial, "another");
    assert_int_equal(contract_login(w->t, &other, CONTRACT_PIN, &pin, &e), -1);
    contract_three_parts(&e, ERR_TOKEN);
    other = id;
    strcpy(other.label, "another");
    assert_int_equal(contract_login(w->t, &other, CONTRACT_PIN, &pin, &e), -1);
    contract_three_parts(&e, ERR_TOKEN);
    other = id;
    strcpy(other.module, "/another/module.so");
    assert_int_equal(contract_login(w->t, &other, CONTRACT_PIN, &pin, &e), -1);
    contract_three_parts(&e, ERR_TOKEN);
}

int contract_run(const struct stack *s)
{
    struct world w = {.stack = s, .limits = s->limits};
#define CONTRACT(f)                                                                                \
    {                                                                                              \
#f, f, set_up, tear_down, &w                                                               \
    }
    const struct CMUnitTest tests[] = {
        CONTRACT(lists_both_tokens),
        CONTRACT(refuses_a_wrong_pin_and_takes_the_right_one),
        CONTRACT(a_wrong_pin_ends_the_login_before),
        CONTRACT(locks_or_never_does),
        CONTRACT(generates_every_key_type_and_signs),
        CONTRACT(an_rsa_key_signs_by_the_older_padding),
        CONTRACT(refuses_an_unknown_key_type),
        CONTRACT(keys_have_ids_of_their_own),
        CONTRACT(every_call_is_there),
        CONTRACT(a_fresh_key_has_the_certificates_that_its_token_makes),
        CONTRACT(signs_only_with_a_key_that_is_there),
        CONTRACT(destroys_a_key),
        CONTRACT(logs_out_twice),
        CONTRACT(listing_leaves_a_login_alone),
        CONTRACT(refuses_a_token_that_is_not_there),
        CONTRACT(signs_a_batch_in_order),
        CONTRACT(a_batch_stops_where_the_taker_stops),
        CONTRACT(a_paused_batch_takes_what_is_under_way),
        CONTRACT(a_batch_ends_at_a_key_that_is_not_there),
        CONTRACT(a_batch_needs_a_login),
        CONTRACT(initialises_a_fresh_token),
        CONTRACT(initialising_destroys_and_needs_the_so_pin),
        CONTRACT(changes_the_pin),
        CONTRACT(changes_the_so_pin),
        CONTRACT(the_so_pin_gives_a_new_pin_and_keys_stay),
        CONTRACT(a_fresh_token_has_no_pin_to_change),
        CONTRACT(shows_public_keys_without_a_pin),
        CONTRACT(an_odd_key_hides_no_other),
        CONTRACT(a_module_signs_in_its_own_way_or_not_at_all),
        CONTRACT(pulled_and_put_back),
        CONTRACT(pulled_while_it_signs),
        CONTRACT(swapped),
        CONTRACT(two_that_look_the_same),
        CONTRACT(a_failure_in_the_token),
        CONTRACT(a_wrong_signature),
        CONTRACT(a_pin_pad),
        CONTRACT(a_dead_daemon),
        CONTRACT(no_copy_of_the_pin),
    };
#undef CONTRACT

    if (s->row != NULL)
        limits_read(TOKENS_DOCUMENT, s->row, &w.limits);
    return cmocka_run_group_tests_name(s->name, tests, NULL, NULL);
}
