/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tokens/worker/sandbox.h"

/* A filter can't be taken off: each check runs in a child. */
static void in_child(int (*check)(void))
{
    int status = 0;
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) {
        struct err e;

        _exit(sandbox_no_network(&e) == 0 && sandbox_no_network(&e) == 0 ? check() : 99);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static int no_family_but_local(void)
{
    for (int family = 0; family < AF_MAX; family++) {
        int fd = socket(family, SOCK_STREAM, 0);

        if (family == AF_UNIX && fd < 0)
            return 1;
        if (family != AF_UNIX && (fd >= 0 || errno != EACCES))
            return 2;
    }
    return socket(AF_INET6, SOCK_DGRAM, 0) < 0 && socket(AF_PACKET, SOCK_RAW, 0) < 0 ? 0 : 3;
}

static int local_pairs_work(void)
{
    int pair[2];

    return socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0 ? 0 : 1;
}

/* The high half of a register is not seen by the kernel: it must not hide a family. */
static int wide_arguments_do_not_pass(void)
{
    long fd = syscall(SYS_socket, (1L << 32) | AF_INET, (long)SOCK_STREAM, 0L);

    return fd < 0 && errno == EACCES ? 0 : 1;
}

static int no_way_around(void)
{
    if (syscall(SYS_io_uring_setup, 1, NULL) != -1 || errno != EACCES)
        return 1;
#if defined(__x86_64__) && !defined(__ILP32__)
    if (syscall(0x40000000L | SYS_socket, (long)AF_INET, (long)SOCK_STREAM, 0L) != -1)
        return 2;
#endif
    return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? 0 : 3;
}

static int a_grandchild_is_held_too(void)
{
    int status = 0;
    pid_t pid = fork();

    if (pid == 0)
        _exit(no_family_but_local());
    return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

static void only_local_sockets(void **state)
{
    (void)state;
    in_child(no_family_but_local);
    in_child(local_pairs_work);
    in_child(wide_arguments_do_not_pass);
}

static void no_detours(void **state)
{
    (void)state;
    in_child(no_way_around);
    in_child(a_grandchild_is_held_too);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_local_sockets),
        cmocka_unit_test(no_detours),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
