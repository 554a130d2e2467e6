/* SPDX-License-Identifier: Apache-2.0 */
/* When is a machine cut off? Interfaces as the kernel shows them, in a folder of our own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "ceremony/acts/readiness.h"
#include "tokens/worker/user.h"

static char folder[] = "/tmp/readiness-XXXXXX";

static int forget(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st;
    (void)type;
    (void)at;
    return remove(path);
}

static int make(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/readiness-XXXXXX");
    return mkdtemp(folder) == NULL;
}

static int clear(void **state)
{
    (void)state;
    return nftw(folder, forget, 8, FTW_DEPTH | FTW_PHYS);
}

static void put(const char *name, const char *file, const char *text)
{
    char path[256];
    FILE *f;

    snprintf(path, sizeof path, "%s/%s/%s", folder, name, file);
    assert_non_null(f = fopen(path, "w"));
    assert_true(fprintf(f, "%s\n", text) > 0);
    assert_int_equal(fclose(f), 0);
}

/* NULL: the kernel has no such file. */
static void interface(const char *name, const char *state, const char *flags)
{
    char path[256];

    snprintf(path, sizeof path, "%s/%s", folder, name);
    assert_int_equal(mkdir(path, 0700), 0);
    if (state != NULL)
        put(name, "operstate", state);
    if (flags != NULL)
        put(name, "flags", flags);
}

static void without_interfaces_it_is_cut_off(void **state)
{
    char name[64] = "";

    (void)state;
    assert_int_equal(network_read(folder, name), NETWORK_NONE);
    interface("lo", "unknown", "0x9");
    interface("eth0", "down", "0x1003"); /* switched on, and no cable */
    interface("wlan0", "dormant", "0x1003");
    interface("tun0", "unknown", "0x10d0"); /* not switched on */
    assert_int_equal(network_read(folder, name), NETWORK_NONE);
}

static void what_may_be_connected_is(void **state)
{
    static const struct {
        const char *state, *flags;
    } rows[] = {
        {"up", "0x1003"},
        {"unknown", "0x1003"}, /* a driver that knows no carrier */
        {"unknown", NULL},
        {NULL, NULL},
    };
    char name[64] = "", number[16];

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        snprintf(number, sizeof number, "usb%zu", i);
        interface(number, rows[i].state, rows[i].flags);
        assert_int_equal(network_read(folder, name), NETWORK_CONNECTED);
        assert_string_equal(name, number);
        assert_int_equal(clear(NULL), 0);
        assert_int_equal(make(NULL), 0);
    }
}

static void what_is_not_shown_is_not_known(void **state)
{
    char name[64] = "", path[64];

    (void)state;
    snprintf(path, sizeof path, "%s/no", folder);
    assert_int_equal(network_read(path, name), NETWORK_UNKNOWN);
}

#define DAY INT64_C(86400)

static int clock_at(void *self, utc_t *out, struct err *e)
{
    (void)e;
    *out = *(const utc_t *)self;
    return 0;
}

/* The level of that check at `now`, with a journal whose last line is of `last`. */
static enum check_level level_of(const char *name, utc_t now, utc_t last)
{
    struct env env = env_system();
    struct store *s;
    struct readiness r;
    struct err e;
    enum check_level level = CHECK_PASS;
    bool found = false;

    env.self = &now;
    env.now = clock_at;
    assert_int_equal(store_open(folder, &s, &e), 0);
    assert_int_equal(readiness_check(s, &env, NULL, NULL, last, false, &r, &e), 0);
    for (size_t i = 0; i < r.n; i++)
        if (strcmp(r.items[i].name, name) == 0) {
            found = true;
            level = r.items[i].level;
        }
    assert_true(found);
    readiness_clear(&r);
    store_free(s);
    return level;
}

static enum check_level clock_level(utc_t now, utc_t last)
{
    return level_of("clock", now, last);
}

/* Whoever runs the tests as the machine's root, without a user for modules, sees it fail. */
static void modules_are_not_to_be_root(void **state)
{
    enum check_level expected = user_is_root() && !user_there() ? CHECK_FAIL : CHECK_PASS;

    (void)state;
    assert_int_equal(level_of("user", 0, 0), expected);
}

static void a_clock_that_went_back_is_seen(void **state)
{
    const utc_t noon = INT64_C(1795435200); /* 2026-11-23T12:00:00Z */

    (void)state;
    assert_int_equal(clock_level(noon, 0), CHECK_PASS);
    assert_int_equal(clock_level(noon, noon), CHECK_PASS);
    assert_int_equal(clock_level(noon, noon - 300 * DAY), CHECK_PASS);
    assert_int_equal(clock_level(noon, noon + 60), CHECK_WARN);
    assert_int_equal(clock_level(noon, noon + DAY), CHECK_WARN);
    assert_int_equal(clock_level(noon, noon + DAY + 1), CHECK_FAIL);
    assert_int_equal(clock_level(noon - DAY, 0), CHECK_FAIL); /* before the program was made */
}

static void what_failed_first_is_the_error(void **state)
{
    struct check checks[] = {{.text = "no swap", .level = CHECK_PASS},
                             {.text = "it went back", .level = CHECK_WARN},
                             {.text = "no room", .todo = "make room", .level = CHECK_FAIL}};
    struct readiness r = {checks, 2};
    struct err e;

    (void)state;
    assert_int_equal(readiness_need(&r, &e), 0);
    r.n = 3;
    assert_int_equal(readiness_need(&r, &e), -1);
    assert_int_equal(e.code, ERR_NOT_READY);
    assert_non_null(strstr(e.what, "no room"));
    assert_non_null(strstr(err_todo_text(&e), "make room"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(without_interfaces_it_is_cut_off, make, clear),
        cmocka_unit_test_setup_teardown(what_may_be_connected_is, make, clear),
        cmocka_unit_test_setup_teardown(what_is_not_shown_is_not_known, make, clear),
        cmocka_unit_test_setup_teardown(a_clock_that_went_back_is_seen, make, clear),
        cmocka_unit_test_setup_teardown(modules_are_not_to_be_root, make, clear),
        cmocka_unit_test(what_failed_first_is_the_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
