/* SPDX-License-Identifier: Apache-2.0 */
/* What a YubiKey does in its own way, with the real ykcs11: inside `stack.sh enter yubikey`. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "contract_world.h"
#include "sign_one.h"
#include "stack_real.h"
#include "tokens/pkcs11/modules.h"

struct yubikeys {
    struct tokens *t;
    struct token_id a;
};

static int set_up(void **state)
{
    static struct yubikeys y;
    struct err e;

    if (stack_card("", &y.t, &e) != 0) {
        err_print(&e, stderr);
        return -1;
    }
    y.a = id_of(y.t, CONTRACT_A);
    *state = &y;
    return 0;
}

static int tear_down(void **state)
{
    struct yubikeys *y = *state;

    tokens_free(y->t);
    return 0;
}

static struct token_info info_of(struct yubikeys *y)
{
    struct token_info out = {.pin = PIN_UNSET};
    struct token_list all;
    struct err e;

    assert_int_equal(y->t->driver->list(y->t->self, &all, &e), 0);
    for (size_t i = 0; i < all.n; i++)
        if (token_id_eq(&all.items[i].id, &y->a))
            out = all.items[i];
    token_list_clear(&all);
    return out;
}

static int manage(struct yubikeys *y, const char *key, struct err *e)
{
    struct secret *so = secret_of(key);
    enum pin_state state;
    int rc = y->t->driver->login_so(y->t->self, so, &state, e);

    secret_free(so);
    return rc;
}

static struct token_key made(struct yubikeys *y)
{
    struct token_key k;
    struct err e;

    contract_log_in(y->t, CONTRACT_A);
    assert_int_equal(manage(y, YUBIKEY_MANAGEMENT_KEY, &e), 0);
    assert_int_equal(y->t->driver->generate(y->t->self, KEY_P256, "k", &k, &e), 0);
    contract_log_in(y->t, CONTRACT_A);
    return k;
}

static int sign(struct yubikeys *y, const struct key *key, struct err *e)
{
    struct bytes sig;
    int rc;

    sig = (struct bytes){0};
    rc = sign_one(y->t, key, span_str("{}"), &sig, e);
    bytes_clear(&sig);
    return rc;
}

static void firmware_and_pin_lengths_are_the_makers(void **state)
{
    const struct token_info t = info_of(*state);

    assert_string_equal(t.firmware, "5.7.1");
    assert_int_equal(t.pin_min, 6);
    assert_int_equal(t.pin_max, 8);
}

/* ykcs11 sends an SO PIN of 6 to 8 characters to the card as the user's PIN. */
static void only_48_hex_digits_are_sent_as_a_management_key(void **state)
{
    static const char *const wrong[] = {
        "123456",
        "4711471",
        "12345678",
        "01020304050607080102030405060708010203040506070",
        "0102030405060708010203040506070801020304050607080",
        "01020304050607080102030405060708010203040506070x",
    };
    struct yubikeys *y = *state;
    struct err e;

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        contract_log_in(y->t, CONTRACT_A);
        assert_int_equal(manage(y, wrong[i], &e), -1);
        contract_three_parts(&e, ERR_PIN);
        assert_non_null(strstr(e.what, "48 hex digits"));
        assert_int_equal(info_of(y).pin, PIN_OK);
    }
    contract_log_in(y->t, CONTRACT_A);
    assert_int_equal(manage(y, "ff0203040506070801020304050607080102030405060708", &e), -1);
    contract_three_parts(&e, ERR_PIN);
    assert_non_null(strstr(e.what, "management key is wrong"));
    assert_int_equal(info_of(y).pin, PIN_OK);
}

static void without_its_management_key_no_key_is_made(void **state)
{
    struct yubikeys *y = *state;
    struct token_key k;
    struct err e;

    contract_log_in(y->t, CONTRACT_A);
    assert_int_equal(y->t->driver->generate(y->t->self, KEY_P256, "k", &k, &e), -1);
    contract_three_parts(&e, ERR_TOKEN);
    assert_non_null(strstr(e.todo, "management key"));
}

static void a_slot_that_holds_something_is_not_overwritten(void **state)
{
    struct yubikeys *y = *state;
    struct token_key k;

    stack_control("order 0 'import 9c'");
    stack_control("order 0 'certificate 9a'");
    k = made(y);
    assert_int_equal(k.cka_id_size, 1);
    assert_int_equal(k.cka_id[0], 3); /* 9d */
    token_key_clear(&k);
}

/* Its EC parameters are spelt out instead of named; the key in f9 is left out. */
static void an_imported_key_is_read_and_signs(void **state)
{
    struct yubikeys *y = *state;
    struct token_key_list keys;
    struct err e;

    stack_control("order 0 'import 9a'");
    contract_log_in(y->t, CONTRACT_A);
    assert_int_equal(y->t->driver->keys(y->t->self, &keys, &e), 0);
    assert_int_equal(keys.n, 1);
    assert_non_null(keys.items[0].key);
    assert_int_equal(key_type(keys.items[0].key), KEY_P256);
    assert_int_equal(keys.items[0].local, CLAIM_NO);
    assert_int_equal(sign(y, keys.items[0].key, &e), 0);
    token_key_list_clear(&keys);
}

static void a_certificate_alone_signs_nothing(void **state)
{
    struct yubikeys *y = *state;
    struct token_key_list keys;
    struct err e;

    stack_control("order 0 'certificate 9a'");
    contract_log_in(y->t, CONTRACT_A);
    assert_int_equal(y->t->driver->keys(y->t->self, &keys, &e), 0);
    assert_int_equal(keys.n, 1);
    assert_int_equal(sign(y, keys.items[0].key, &e), -1);
    contract_three_parts(&e, ERR_TOKEN);
    token_key_list_clear(&keys);
}

static void a_touch_that_was_not_given_is_called_that(void **state)
{
    struct yubikeys *y = *state;
    struct token_key k;
    struct err e;

    stack_control("order 0 'policy 0 2'");
    k = made(y);
    assert_int_equal(sign(y, k.key, &e), 0);
    stack_control("order 0 'untouched 50'");
    assert_int_equal(sign(y, k.key, &e), -1);
    contract_three_parts(&e, ERR_TOKEN);
    assert_non_null(strstr(e.what, "not touched"));
    stack_control("order 0 'touch 1'");
    contract_log_in(y->t, CONTRACT_A);
    assert_int_equal(sign(y, k.key, &e), 0);
    token_key_clear(&k);
}

static void initialising_is_refused_and_wipes_nothing(void **state)
{
    struct yubikeys *y = *state;
    struct token_key k = made(y);
    struct secret *so = secret_of(YUBIKEY_MANAGEMENT_KEY), *pin = secret_of(CONTRACT_PIN);
    struct err e;

    assert_int_equal(y->t->driver->initialise(y->t->self, &y->a, so, "again", pin, &e), -1);
    contract_three_parts(&e, ERR_TOKEN);
    contract_log_in(y->t, CONTRACT_A);
    assert_int_equal(sign(y, k.key, &e), 0);
    token_key_clear(&k);
    secret_free(so);
    secret_free(pin);
}

/* Its key objects would be shown again from the module's memory. */
static void another_one_in_the_same_reader_has_keys_of_its_own(void **state)
{
    struct yubikeys *y = *state;
    struct token_key k = made(y);
    struct token_key_list keys;
    struct token_list all;
    struct secret *pin = secret_of(YUBIKEY_FACTORY_PIN);
    struct token_id c = {.serial = ""};
    enum pin_state now;
    struct err e;

    assert_true(stack_card_event(y->t, STACK_SWAP));
    assert_int_equal(y->t->driver->list(y->t->self, &all, &e), 0);
    for (size_t i = 0; i < all.n; i++)
        if (strcmp(all.items[i].id.serial, "15000003") == 0)
            c = all.items[i].id;
    token_list_clear(&all);
    assert_int_equal(y->t->driver->login(y->t->self, &c, pin, &now, &e), 0);
    assert_int_equal(y->t->driver->keys(y->t->self, &keys, &e), 0);
    assert_int_equal(keys.n, 0);
    token_key_list_clear(&keys);
    token_key_clear(&k);
    secret_free(pin);
}

/* By OpenSC it is "PIV_II" with the serial 00000000. */
static void one_device_that_two_modules_show_is_one_token(void **state)
{
    const char *const paths[] = {stack_variable("STACK_OPENSC"), stack_variable("STACK_MODULE")};
    struct token_list all;
    struct tokens *both;
    struct err e;

    (void)state;
    assert_int_equal(modules_open(paths, 1, NULL, NULL, &both, &e), 0);
    assert_int_equal(both->driver->list(both->self, &all, &e), 0);
    assert_int_equal(all.n, 2); /* alone it is used */
    token_list_clear(&all);
    tokens_free(both);
    assert_int_equal(modules_open(paths, 2, NULL, NULL, &both, &e), 0);
    assert_int_equal(both->driver->list(both->self, &all, &e), 0);
    assert_int_equal(all.n, 2);
    for (size_t i = 0; i < all.n; i++)
        assert_string_equal(all.items[i].id.module, paths[1]);
    assert_int_equal(all.nproblems, 2);
    assert_non_null(strstr(all.problems[0], "as well"));
    token_list_clear(&all);
    tokens_free(both);
}

static int change(struct yubikeys *y, const char *old, const char *new, struct err *e)
{
    struct secret *a = secret_of(old), *b = secret_of(new);
    enum pin_state now;
    int rc = y->t->driver->change_pin(y->t->self, &y->a, PIN_OF_SO, a, b, &now, e);

    secret_free(a);
    secret_free(b);
    return rc;
}

/* Another length costs no try: of three, the third is right. */
static void a_puk_of_another_length_is_not_sent(void **state)
{
    struct yubikeys *y = *state;
    struct err e;

    assert_int_equal(change(y, "12345", "48151623", &e), -1);
    contract_three_parts(&e, ERR_PIN);
    assert_int_equal(change(y, "123456789", "48151623", &e), -1);
    contract_three_parts(&e, ERR_PIN);
    assert_int_equal(change(y, "12345678", "12345", &e), -1);
    contract_three_parts(&e, ERR_PIN);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(change(y, "99999999", "48151623", &e), -1);
        contract_three_parts(&e, ERR_PIN);
        assert_non_null(strstr(e.what, "PUK"));
    }
    assert_int_equal(change(y, "12345678", "48151623", &e), 0);
}

int main(void)
{
#define YUBIKEY(f)                                                                                 \
    {                                                                                              \
#f, f, set_up, tear_down, NULL                                                             \
    }
    const struct CMUnitTest tests[] = {
        YUBIKEY(firmware_and_pin_lengths_are_the_makers),
        YUBIKEY(only_48_hex_digits_are_sent_as_a_management_key),
        YUBIKEY(without_its_management_key_no_key_is_made),
        YUBIKEY(a_slot_that_holds_something_is_not_overwritten),
        YUBIKEY(an_imported_key_is_read_and_signs),
        YUBIKEY(a_certificate_alone_signs_nothing),
        YUBIKEY(a_touch_that_was_not_given_is_called_that),
        YUBIKEY(initialising_is_refused_and_wipes_nothing),
        YUBIKEY(one_device_that_two_modules_show_is_one_token),
        YUBIKEY(a_puk_of_another_length_is_not_sent),
        YUBIKEY(another_one_in_the_same_reader_has_keys_of_its_own),
    };
#undef YUBIKEY

    return cmocka_run_group_tests(tests, NULL, NULL);
}
