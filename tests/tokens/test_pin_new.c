/* SPDX-License-Identifier: Apache-2.0 */
/* New PINs: what is refused, and that digits come without bias. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "contract.h"
#include "tokens/pin_new.h"

static void weak_pins_are_refused(void **state)
{
    static const struct {
        const char *pin;
        enum pin_owner whose;
        bool good;
    } rows[] = {
        {"471147", PIN_OF_USER, true},      {"4711", PIN_OF_USER, false},
        {"123456", PIN_OF_USER, false},     {"987654", PIN_OF_USER, false},
        {"77777777", PIN_OF_USER, false},   {"648219", PIN_OF_USER, false},
        {"123457", PIN_OF_USER, true},      {"471147114711471147", PIN_OF_USER, false},
        {"471147", PIN_OF_SO, false},       {"3537363231383830", PIN_OF_SO, false},
        {"12345678", PIN_OF_SO, false},     {"47114711", PIN_OF_SO, true},
        {"0001password", PIN_OF_SO, false},
    };
    const struct token_info t = {.pin_min = 4, .pin_max = 16};

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct secret *pin = secret_of(rows[i].pin);
        struct err e;

        if (pin_new_check(pin, rows[i].whose, &t, &e) != 0) {
            assert_false(rows[i].good);
            assert_int_equal(e.code, ERR_PIN);
            assert_true(e.todo[0] != '\0');
            assert_null(strstr(e.what, rows[i].pin));
        } else
            assert_true(rows[i].good);
        secret_free(pin);
    }
}

static void a_tokens_limits_hold(void **state)
{
    struct token_info t = {.pin_min = 8, .pin_max = 8};
    struct secret *seven = secret_of("4711471"), *eight = secret_of("47114711");
    struct err e;

    (void)state;
    assert_int_equal(pin_new_check(seven, PIN_OF_USER, &t, &e), -1);
    assert_int_equal(pin_new_check(eight, PIN_OF_USER, &t, &e), 0);
    assert_int_equal(pin_new_digits(&t, PIN_OF_USER), 8);
    t.pin_max = t.pin_min = 4; /* a token that takes no more than four */
    assert_int_equal(pin_new_digits(&t, PIN_OF_USER), 4);
    t.pin_min = 12;
    t.pin_max = 0;
    assert_int_equal(pin_new_digits(&t, PIN_OF_USER), 12);
    assert_int_equal(pin_new_digits(&t, PIN_OF_SO), 16);
    secret_free(seven);
    secret_free(eight);
}

/* All 36 pairs: each digit comes from three, and six are thrown again. */
static void dice_have_no_bias(void **state)
{
    unsigned counts[10] = {0}, again = 0;

    (void)state;
    for (unsigned a = 1; a <= 6; a++)
        for (unsigned b = 1; b <= 6; b++) {
            struct pin_dice d = {0};
            int digit;

            assert_int_equal(pin_dice_throw(&d, a), PIN_DICE_MORE);
            digit = pin_dice_throw(&d, b);
            assert_int_equal(d.first, 0);
            if (digit == PIN_DICE_AGAIN)
                again++;
            else
                counts[digit]++;
        }
    assert_int_equal(again, 6);
    for (unsigned i = 0; i < 10; i++)
        assert_int_equal(counts[i], 3);
}

/* Gives 0, 1, 2, ... 255, 0, ... */
static int counting(void *self, uint8_t *out, size_t n, struct err *e)
{
    unsigned *next = self;

    (void)e;
    for (size_t i = 0; i < n; i++)
        out[i] = (uint8_t)(*next)++;
    return 0;
}

static int failing(void *self, uint8_t *out, size_t n, struct err *e)
{
    (void)self;
    (void)out;
    (void)n;
    return err_set(e, ERR_IO, "no randomness");
}

/* All 256 bytes: 250 give a digit, each digit comes 25 times. */
static void random_digits_have_no_bias(void **state)
{
    unsigned counts[10] = {0}, next = 0;
    struct secret *pin = secret_of("1");
    struct err e;

    (void)state;
    for (unsigned i = 0; i < 250; i++) {
        secret_wipe(pin);
        assert_int_equal(pin_new_digit(pin, counting, &next, &e), 0);
        assert_int_equal(secret_size(pin), 1);
        counts[secret_data(pin)[0] - '0']++;
    }
    for (unsigned i = 0; i < 10; i++)
        assert_int_equal(counts[i], 25);
    assert_int_equal(next, 250);
    assert_int_equal(pin_new_digit(pin, counting, &next, &e), 0);
    assert_int_equal(next, 257); /* six bytes were left out */
    assert_int_equal(pin_new_digit(pin, failing, NULL, &e), -1);
    assert_int_equal(secret_size(pin), 2);
    secret_free(pin);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(weak_pins_are_refused),
        cmocka_unit_test(a_tokens_limits_hold),
        cmocka_unit_test(dice_have_no_bias),
        cmocka_unit_test(random_digits_have_no_bias),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
