/* SPDX-License-Identifier: Apache-2.0 */
/* What a person reads, and which exit status the program has, when a token says no. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <openssl/err.h>
#include <stdio.h>
#include <string.h>

#include "fault_table.h"
#include "tokens/pkcs11/ckr.h"

/* What must hold of each of them: the PIN's are exit status 13, for a script must not try again;
 * after a loss nothing that the token says is believed; and what a template may mend. */
static const CK_RV pins[] = {
    CKR_PIN_INCORRECT, CKR_PIN_INVALID,  CKR_PIN_LEN_RANGE,           CKR_PIN_EXPIRED,
    CKR_PIN_LOCKED,    CKR_PIN_TOO_WEAK, CKR_USER_PIN_NOT_INITIALIZED};
static const CK_RV losses[] = {
    CKR_SLOT_ID_INVALID,      CKR_GENERAL_ERROR,           CKR_DEVICE_ERROR,
    CKR_DEVICE_REMOVED,       CKR_KEY_HANDLE_INVALID,      CKR_OBJECT_HANDLE_INVALID,
    CKR_SESSION_CLOSED,       CKR_SESSION_HANDLE_INVALID,  CKR_TOKEN_NOT_PRESENT,
    CKR_TOKEN_NOT_RECOGNIZED, CKR_USER_ALREADY_LOGGED_IN,  CKR_USER_ANOTHER_ALREADY_LOGGED_IN,
    CKR_USER_NOT_LOGGED_IN,   CKR_CRYPTOKI_NOT_INITIALIZED};
static const CK_RV templates[] = {CKR_ARGUMENTS_BAD,          CKR_ATTRIBUTE_READ_ONLY,
                                  CKR_ATTRIBUTE_TYPE_INVALID, CKR_ATTRIBUTE_VALUE_INVALID,
                                  CKR_KEY_SIZE_RANGE,         CKR_MECHANISM_PARAM_INVALID,
                                  CKR_TEMPLATE_INCOMPLETE,    CKR_TEMPLATE_INCONSISTENT,
                                  CKR_DOMAIN_PARAMS_INVALID,  CKR_CURVE_NOT_SUPPORTED};

static bool is_in(CK_RV rv, const CK_RV *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (list[i] == rv)
            return true;
    return false;
}
#define IN(rv, list) is_in(rv, list, sizeof(list) / sizeof(list)[0])

/* Three parts, and the name or number by which a maker's support can be asked. */
static void is_told(CK_RV rv, bool in_standard)
{
    char number[32];
    struct err e;

    assert_int_equal(ckr_err(&e, rv, "C_Sign"), -1);
    assert_int_equal(e.code, IN(rv, pins) ? ERR_PIN : ERR_TOKEN);
    snprintf(number, sizeof number, "(C_Sign: 0x%lx)", rv);
    if (in_standard)
        assert_non_null(strstr(e.what, "(C_Sign: CKR_"));
    else
        assert_non_null(strstr(e.what, number));
    assert_true(e.what[0] != '(' && e.todo[0] != '\0');
}

static void what_each_value_means(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof pins / sizeof pins[0]; i++) {
        is_told(pins[i], true);
        assert_false(ckr_lost(pins[i]) || ckr_refuses_template(pins[i]));
    }
    for (size_t i = 0; i < sizeof losses / sizeof losses[0]; i++) {
        is_told(losses[i], true);
        assert_true(ckr_lost(losses[i]) && !ckr_refuses_template(losses[i]));
    }
    for (size_t i = 0; i < sizeof templates / sizeof templates[0]; i++) {
        is_told(templates[i], true);
        assert_true(ckr_refuses_template(templates[i]) && !ckr_lost(templates[i]));
    }
}

/* Whatever a call of the driver may return: those that are in no list above end nothing, unless
 * nobody knows what they mean. */
static void every_value_of_every_call(void **state)
{
    (void)state;
    for (size_t f = 0; f < FAULT_FUNCTIONS; f++)
        for (size_t v = 0; v < FAULT_VALUES && fault_table[f].values[v] != CKR_OK; v++) {
            CK_RV rv = fault_table[f].values[v];
            struct err e;
            bool known;

            (void)ckr_err(&e, rv, "C_Sign");
            known = strstr(e.what, "this program does not know") == NULL;
            is_told(rv, known);
            assert_int_equal(ckr_lost(rv), IN(rv, losses) || !known);
            assert_int_equal(ckr_refuses_template(rv), IN(rv, templates));
        }
}

static void a_locked_pin_is_not_tried_again(void **state)
{
    struct err e;

    (void)state;
    (void)ckr_err(&e, CKR_PIN_LOCKED, "C_Login");
    assert_non_null(strstr(e.what, "locked"));
    assert_null(strstr(e.todo, "type"));
    (void)ckr_err(&e, CKR_PIN_INCORRECT, "C_Login");
    assert_non_null(strstr(e.todo, "how many tries are left"));
}

static void a_value_of_a_vendor(void **state)
{
    static const CK_RV odd[] = {0x80001234UL, CKR_VENDOR_DEFINED, 0x777UL, ~0UL};

    (void)state;
    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) {
        is_told(odd[i], false);
        assert_true(ckr_lost(odd[i]));
        assert_false(ckr_refuses_template(odd[i]));
    }
    assert_false(ckr_lost(CKR_OK));
    assert_false(ckr_refuses_template(CKR_OK));
}

/* What a module left in OpenSSL's queue would be taken for our own verification's. */
static void no_error_is_left_behind(void **state)
{
    struct err e;

    (void)state;
    ERR_raise(ERR_LIB_USER, 1);
    (void)ckr_err(&e, CKR_FUNCTION_FAILED, "C_Sign");
    assert_int_equal(ERR_peek_error(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_each_value_means),
        cmocka_unit_test(every_value_of_every_call),
        cmocka_unit_test(a_locked_pin_is_not_tried_again),
        cmocka_unit_test(a_value_of_a_vendor),
        cmocka_unit_test(no_error_is_left_behind),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
