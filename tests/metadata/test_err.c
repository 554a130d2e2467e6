/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "metadata/base/err.h"

static void three_parts(void **state)
{
    struct err e;
    char *text = NULL;
    size_t n = 0;
    FILE *f;

    (void)state;
    assert_int_equal(err_set(&e, ERR_PIN, "token '%s' refused the PIN", "B-2"), -1);
    err_in(&e, "keyholder '%s'", "Bo");
    err_in(&e, "signing root v%d", 4);
    err_todo(&e, "2 tries left");
    f = open_memstream(&text, &n);
    err_print(&e, f);
    fclose(f);
    assert_string_equal(text, "what:  token 'B-2' refused the PIN\n"
                              "where: signing root v4, keyholder 'Bo'\n"
                              "to do: 2 tries left\n");
    free(text);
}

static void control_bytes_are_harmless(void **state)
{
    struct err e;
    char *text = NULL;
    size_t n = 0;
    FILE *f;

    (void)state;
    err_set(&e, ERR_INPUT, "bad \033[2J name\nwhat: forged");
    f = open_memstream(&text, &n);
    err_print(&e, f);
    fclose(f);
    assert_null(strchr(text, '\033'));
    assert_null(strstr(text, "\nwhat: forged"));
    free(text);
}

static void every_code_has_words(void **state)
{
    (void)state;
    for (int i = 0; i < ERR_CODES; i++) {
        struct err e;

        err_set(&e, (enum err_code)i, "x");
        assert_true(strlen(err_name(e.code)) > 0);
        assert_true(strlen(err_meaning(e.code)) > 0);
        assert_true(strlen(err_todo_text(&e)) > 0);
    }
    assert_string_equal(err_name((enum err_code)999), err_name(ERR_INTERNAL));
}

static void exit_statuses_are_forever(void **state)
{
    (void)state;
    assert_int_equal(ERR_USAGE, 2);
    assert_int_equal(ERR_SIGNATURE, 4);
    assert_int_equal(ERR_EXPIRED, 5);
    assert_int_equal(ERR_TOKEN, 12);
    assert_int_equal(ERR_PIN, 13);
    assert_int_equal(ERR_NOT_READY, 15);
}

static void long_text_is_cut_at_a_character(void **state)
{
    struct err e;
    char long_text[2 * sizeof e.what];

    (void)state;
    for (size_t i = 0; i + 2 < sizeof long_text; i += 2)
        memcpy(long_text + i, "\xC3\xA4", 2);
    long_text[sizeof long_text - 2] = '\0';
    err_set(&e, ERR_INPUT, "%s", long_text);
    assert_true(strlen(e.what) < sizeof e.what);
    assert_int_equal(strlen(e.what) % 2, 0);
    err_set(&e, ERR_INPUT, "x%s", long_text);
    assert_int_equal(strlen(e.what) % 2, 1);
}

static void system_errors_name_the_reason(void **state)
{
    struct err e;

    (void)state;
    assert_int_equal(err_system(&e, ENOSPC, "'%s' can't be written", "journal.jsonl"), -1);
    assert_int_equal(e.code, ERR_IO);
    assert_string_equal(e.what, "'journal.jsonl' can't be written: No space left on device");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(three_parts),
        cmocka_unit_test(control_bytes_are_harmless),
        cmocka_unit_test(every_code_has_words),
        cmocka_unit_test(exit_statuses_are_forever),
        cmocka_unit_test(long_text_is_cut_at_a_character),
        cmocka_unit_test(system_errors_name_the_reason),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
