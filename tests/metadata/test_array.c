/* SPDX-License-Identifier: Apache-2.0 */
/* Arrays that grow by one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>

#include "metadata/base/array.h"

static void what_was_put_in_stays(void **state)
{
    size_t *items = NULL, n = 0;
    struct err e;

    (void)state;
    for (unsigned round = 0; round < 5000; round++) {
        if (round % 7 == 6) /* some are taken from the end again, down to none */
            n -= n < 5 ? n : 5;
        assert_int_equal(array_grow(&items, n, sizeof *items, &e), 0);
        items[n] = n;
        n++;
        for (size_t i = n > 3 ? n - 3 : 0; i < n; i++)
            assert_true(items[i] == i);
    }
    for (size_t i = 0; i < n; i++)
        assert_true(items[i] == i);
    free(items);
}

static void what_can_not_be_had_is_out_of_memory(void **state)
{
    char one = 'x', *items = &one;
    struct err e;

    (void)state;
    assert_int_equal(array_grow(&items, SIZE_MAX / 2 + 1, 1, &e), -1);
    assert_int_equal(e.code, ERR_INTERNAL);
    assert_int_equal(array_grow(&items, 1024, SIZE_MAX / 1024, &e), -1);
    assert_int_equal(e.code, ERR_INTERNAL);
    assert_ptr_equal(items, &one);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_put_in_stays),
        cmocka_unit_test(what_can_not_be_had_is_out_of_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
