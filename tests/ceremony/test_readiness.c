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

#include "ceremony/readiness.h"

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
    assert_int_equal(network_look(folder, name), NETWORK_NONE);
    interface("lo", "unknown", "0x9");
    interface("eth0", "down", "0x1003"); /* switched on, and no cable */
    interface("wlan0", "dormant", "0x1003");
    interface("tun0", "unknown", "0x10d0"); /* not switched on */
    assert_int_equal(network_look(folder, name), NETWORK_NONE);
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
        assert_int_equal(network_look(folder, name), NETWORK_CONNECTED);
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
    assert_int_equal(network_look(path, name), NETWORK_UNKNOWN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(without_interfaces_it_is_cut_off, make, clear),
        cmocka_unit_test_setup_teardown(what_may_be_connected_is, make, clear),
        cmocka_unit_test_setup_teardown(what_is_not_shown_is_not_known, make, clear),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
