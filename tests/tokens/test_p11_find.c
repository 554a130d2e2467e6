/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tokens/p11.h"
#include "tokens/softhsm.h"

static void found_modules_are_there_once_and_hold_keys(void **state)
{
    char **found = p11_modules_find();
    bool softhsm = softhsm_module() == NULL;
    char want[PATH_MAX] = "", a[PATH_MAX], b[PATH_MAX];

    (void)state;
    assert_non_null(found);
    if (!softhsm)
        assert_non_null(realpath(softhsm_module(), want));
    for (size_t i = 0; found[i] != NULL; i++) {
        assert_int_equal(found[i][0], '/');
        assert_non_null(realpath(found[i], a));
        softhsm = softhsm || strcmp(a, want) == 0;
        assert_null(strstr(a, "p11-kit"));
        assert_null(strstr(a, "pkcs11-spy"));
        for (size_t j = 0; j < i; j++) {
            assert_non_null(realpath(found[j], b));
            assert_string_not_equal(a, b);
        }
    }
    assert_true(softhsm);
    p11_modules_free(found);
}

/* What can't be loaded is a line that says why, and the rest goes on. */
static void modules_that_do_not_load(void **state)
{
    const char *modules[] = {"/nowhere/module.so", "relative.so", "/etc/passwd",
                             "/lib/x86_64-linux-gnu/libm.so.6"};
    struct token_list all;
    struct tokens *t;
    struct err e;

    (void)state;
    assert_int_equal(p11_open(modules, 4, &t, &e), 0);
    assert_int_equal(t->driver->list(t->self, &all, &e), 0);
    assert_int_equal(all.n, 0);
    assert_int_equal(all.nproblems, 4);
    for (size_t i = 0; i < all.nproblems; i++)
        assert_non_null(strstr(all.problems[i], modules[i]));
    token_list_clear(&all);
    tokens_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(found_modules_are_there_once_and_hold_keys),
        cmocka_unit_test(modules_that_do_not_load),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
