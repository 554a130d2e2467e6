/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tokens/worker/needs.h"

#define LIB "/usr/lib/x86_64-linux-gnu/"

static bool may(const struct needs *n, const char *path, bool writes)
{
    for (size_t i = 0; i < n->npaths; i++)
        if (strcmp(n->paths[i].path, path) == 0 && n->paths[i].writes >= writes)
            return true;
    return false;
}

static int clear(void **state)
{
    static const char *const names[] = {"SOFTHSM2_CONF",
                                        "OPENSC_CONF",
                                        "P11_KIT_SERVER_ADDRESS",
                                        "PCSCLITE_CSOCK_NAME",
                                        "TPM2_PKCS11_STORE",
                                        "TPM2_PKCS11_TCTI",
                                        "DBUS_SESSION_BUS_ADDRESS",
                                        "DBUS_SYSTEM_BUS_ADDRESS",
                                        "XDG_RUNTIME_DIR"};

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        unsetenv(names[i]);
    return setenv("HOME", "/home/nobody", 1);
}

static void a_stranger_reads_the_system_and_writes_nowhere(void **state)
{
    struct needs n;

    (void)state;
    setenv("SOFTHSM2_CONF", "/home/nobody/softhsm2.conf", 1);
    setenv("TPM2_PKCS11_STORE", "/home/nobody/store", 1);
    setenv("P11_KIT_SERVER_ADDRESS", "unix:path=/home/nobody/socket", 1);
    needs_of(LIB "libvendor.so", &n);
    assert_true(may(&n, LIB "libvendor.so", false));
    assert_true(may(&n, "/usr", false));
    for (size_t i = 0; i < n.npaths; i++) {
        assert_null(strstr(n.paths[i].path, "/home"));
        assert_true(!n.paths[i].writes || strcmp(n.paths[i].path, "/dev/null") == 0);
    }
    assert_int_equal(n.nsockets, 1);
    assert_true(needs_socket(&n, "/run/pcscd/pcscd.comm"));
    assert_true(needs_socket(&n, "/var/run/pcscd/pcscd.comm"));
    assert_false(needs_socket(&n, "/run/pcscd/pcscd.com"));
    assert_false(needs_socket(&n, "/run/pcscd/../pcscd/pcscd.comm"));
    assert_false(needs_socket(&n, ""));
}

static void softhsm_writes_where_its_configuration_says(void **state)
{
    char conf[] = "/tmp/tc-needs-XXXXXX";
    int fd = mkstemp(conf);
    struct needs n;
    FILE *f = fdopen(fd, "w");

    (void)state;
    assert_non_null(f);
    assert_true(fputs("# directories.tokendir = /home/nobody/no\n"
                      "  directories.tokendir = /home/nobody/my tokens  \n"
                      "log.level = ERROR\n",
                      f) >= 0);
    fclose(f);
    setenv("SOFTHSM2_CONF", conf, 1);
    needs_of("/usr/lib/softhsm/libsofthsm2.so", &n);
    assert_true(may(&n, conf, false));
    assert_false(may(&n, conf, true));
    assert_true(may(&n, "/home/nobody/my tokens", true));
    assert_false(may(&n, "/home/nobody/no", false));
    unlink(conf);
    unsetenv("SOFTHSM2_CONF");
    needs_of("/usr/lib/softhsm/libsofthsm2.so", &n);
    assert_true(may(&n, "/home/nobody/.config/softhsm2/softhsm2.conf", false));
}

static void addresses_are_read_as_each_stack_writes_them(void **state)
{
    struct needs n;

    (void)state;
    setenv("P11_KIT_SERVER_ADDRESS", "unix:path=/run/stack/remote", 1);
    needs_of(LIB "pkcs11/p11-kit-client.so", &n);
    assert_true(needs_socket(&n, "/run/stack/remote"));
    unsetenv("P11_KIT_SERVER_ADDRESS");
    needs_of(LIB "pkcs11/p11-kit-client.so", &n);
    assert_int_equal(n.nsockets, 1); /* nobody says where */
    setenv("XDG_RUNTIME_DIR", "/run/user/1000", 1);
    needs_of(LIB "pkcs11/p11-kit-client.so", &n);
    assert_true(needs_socket(&n, "/run/user/1000/p11-kit/pkcs11"));
    setenv("TPM2_PKCS11_TCTI", "swtpm:path=/run/tpm/socket,x=y", 1);
    needs_of(LIB "libtpm2_pkcs11.so.1", &n);
    assert_true(needs_socket(&n, "/run/tpm/socket"));
    assert_true(may(&n, "/home/nobody/.tpm2_pkcs11", true));
}

/* Behind a session's bus is all that its user may do. */
static void the_bus_of_the_session_is_asked_for(void **state)
{
    struct needs n;

    (void)state;
    setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/run/user/1000/bus,guid=00", 1);
    needs_of(LIB "libtpm2_pkcs11.so.1", &n);
    assert_false(needs_socket(&n, "/run/user/1000/bus"));
    assert_true(needs_socket(&n, "/var/run/dbus/system_bus_socket"));
    setenv("TPM2_PKCS11_TCTI", "tabrmd:bus_type=session", 1);
    needs_of(LIB "libtpm2_pkcs11.so.1", &n);
    assert_true(needs_socket(&n, "/run/user/1000/bus"));
    needs_of(LIB "libvendor.so", &n);
    assert_false(needs_socket(&n, "/run/user/1000/bus"));
}

static void abstract_and_overlong_ones_are_left_out(void **state)
{
    char path[600] = "/";
    struct needs n;

    (void)state;
    setenv("DBUS_SESSION_BUS_ADDRESS", "unix:abstract=/tmp/bus", 1);
    setenv("TPM2_PKCS11_TCTI", "tabrmd:bus_type=session", 1);
    memset(path + 1, 'x', sizeof path - 2);
    setenv("TPM2_PKCS11_STORE", path, 1);
    needs_of(LIB "libtpm2_pkcs11.so.1", &n);
    assert_int_equal(n.nsockets, 2); /* pcscd, the system's bus */
    assert_false(may(&n, path, false));
    needs_add(&n, "relative", true);
    assert_false(may(&n, "relative", false));
    while (n.npaths < NEEDS_PATHS)
        needs_add(&n, "/more", false);
    needs_add(&n, "/one too many", true);
    assert_false(may(&n, "/one too many", false));
}

int main(void)
{
#define NEEDS(f) cmocka_unit_test_setup(f, clear)
    const struct CMUnitTest tests[] = {
        NEEDS(a_stranger_reads_the_system_and_writes_nowhere),
        NEEDS(softhsm_writes_where_its_configuration_says),
        NEEDS(addresses_are_read_as_each_stack_writes_them),
        NEEDS(the_bus_of_the_session_is_asked_for),
        NEEDS(abstract_and_overlong_ones_are_left_out),
    };
#undef NEEDS

    return cmocka_run_group_tests(tests, NULL, NULL);
}
