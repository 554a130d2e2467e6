/* SPDX-License-Identifier: Apache-2.0 */
/* What the program gives up before it does anything, seen from inside and from beside it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ceremony/base/harden.h"

/* None of it can be taken back: each check runs in a child, as an ordinary user. */
static void in_child(int (*check)(void))
{
    int status = 0;
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) {
        if ((geteuid() == 0 && setuid(65534) != 0) || prctl(PR_SET_DUMPABLE, 1) != 0)
            _exit(99); /* a change of user alone would shut others out */
        _exit(check());
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static int no_core_no_network(void)
{
    struct rlimit core = {1, 1};
    struct err e;
    int ends[2];

    if (harden_process(&e) != 0)
        return 1;
    if (getrlimit(RLIMIT_CORE, &core) != 0 || core.rlim_cur != 0 || core.rlim_max != 0)
        return 2;
    core.rlim_cur = core.rlim_max = 1;
    if (setrlimit(RLIMIT_CORE, &core) == 0) /* for good */
        return 3;
    if (socket(AF_INET, SOCK_STREAM, 0) >= 0 || errno != EACCES)
        return 4;
    if (pipe(ends) != 0)
        return 5;
    close(ends[0]); /* a helper that is dead is an error, not the end */
    return write(ends[1], "x", 1) == -1 && errno == EPIPE ? 0 : 6;
}

/* In another process of the same user: what of that program can be read there (a debugger
 * asks for no less). */
static int looks_in(pid_t program)
{
    int status = 0;
    pid_t other = fork();

    if (other == 0) {
        static const char *const what[] = {"environ", "maps", "mem"};
        char path[64];
        int seen = 0;

        for (int i = 0; i < 3; i++) {
            snprintf(path, sizeof path, "/proc/%ld/%s", (long)program, what[i]);
            seen |= open(path, O_RDONLY | O_CLOEXEC) >= 0 ? 1 << i : 0;
        }
        _exit(seen);
    }
    return waitpid(other, &status, 0) == other && WIFEXITED(status) ? WEXITSTATUS(status) : 99;
}

static int nobody_looks_in(void)
{
    struct err e;

    if ((looks_in(getpid()) & 1) == 0) /* before, it can be */
        return 1;
    if (harden_process(&e) != 0)
        return 2;
    return looks_in(getpid()) == 0 ? 0 : 3;
}

static int files_are_its_own(void)
{
    char dir[] = "/tmp/tc-harden-XXXXXX", path[64];
    struct stat st = {0};
    struct err e;
    int fd;

    if (harden_process(&e) != 0 || mkdtemp(dir) == NULL)
        return 1;
    snprintf(path, sizeof path, "%s/file", dir);
    fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    if (fd < 0 || fstat(fd, &st) != 0)
        return 2;
    close(fd);
    unlink(path);
    rmdir(dir);
    return (st.st_mode & 0777) == 0600 ? 0 : 3;
}

/* A kernel that refuses that call. */
static int refused(int call, unsigned at, scmp_datum_t value)
{
    scmp_filter_ctx f = seccomp_init(SCMP_ACT_ALLOW);
    int rc = f == NULL ? -1
                       : seccomp_rule_add(f, SCMP_ACT_ERRNO(EPERM), call, 1,
                                          SCMP_CMP(at, SCMP_CMP_EQ, value, 0));

    if (rc == 0)
        rc = seccomp_load(f);
    seccomp_release(f);
    return rc;
}

static int says_not_ready(const char *what)
{
    struct err e;

    return harden_process(&e) == -1 && e.code == ERR_NOT_READY && strstr(e.what, what) != NULL ? 0
                                                                                               : 2;
}

static int dumps_that_stay(void)
{
    return refused(SCMP_SYS(prctl), 0, PR_SET_DUMPABLE) == 0 ? says_not_ready("core dumps") : 1;
}

static int limits_that_stay(void)
{
    if (refused(SCMP_SYS(setrlimit), 0, RLIMIT_CORE) != 0 ||
        refused(SCMP_SYS(prlimit64), 1, RLIMIT_CORE) != 0)
        return 1;
    return says_not_ready("core dumps");
}

static int a_network_that_stays(void)
{
    if (refused(SCMP_SYS(seccomp), 0, 1) != 0 ||          /* SECCOMP_SET_MODE_FILTER */
        refused(SCMP_SYS(prctl), 0, PR_SET_SECCOMP) == 0) /* by then no filter is taken */
        return 1;
    return says_not_ready("the network can't be shut off");
}

static void what_it_gives_up(void **state)
{
    (void)state;
    in_child(no_core_no_network);
    in_child(nobody_looks_in);
    in_child(files_are_its_own);
}

/* A program that could not give it up does not start. */
static void what_it_can_not_give_up(void **state)
{
    (void)state;
    in_child(dumps_that_stay);
    in_child(limits_that_stay);
    in_child(a_network_that_stays);
}

/* What somebody left in the environment: cleared, named, and the rest stays. */
static int what_steers_libraries_is_cleared(void)
{
    static const char *const unwanted[] = {"OPENSSL_CONF",  "OPENSSL_MODULES", "GCONV_PATH",
                                           "TERMINFO_DIRS", "OPENSC_DEBUG",    "YKCS11_DBG",
                                           "PKCS11SPY",     "P11_KIT_DEBUG"};
    const size_t n = sizeof unwanted / sizeof unwanted[0];

    for (size_t i = 0; i < n; i++)
        if (setenv(unwanted[i], "/tmp/evil", 1) != 0)
            return 1;
    if (setenv("LD_AUDIT", "/tmp/evil.so", 1) != 0 || setenv("SOFTHSM2_CONF", "mine", 1) != 0 ||
        setenv("OPENSC_CONF", "mine", 1) != 0)
        return 2;
    harden_environment();
    for (size_t i = 0; i < n; i++)
        if (getenv(unwanted[i]) != NULL || strstr(harden_cleared(), unwanted[i]) == NULL)
            return 3;
    if (getenv("SOFTHSM2_CONF") == NULL || getenv("OPENSC_CONF") == NULL)
        return 4;
    return harden_loader() != NULL && strncmp(harden_loader(), "LD_", 3) == 0 ? 0 : 5;
}

static int nothing_is_cleared_that_was_not_there(void)
{
    if (clearenv() != 0 || setenv("PATH", "/bin", 1) != 0)
        return 1;
    harden_environment();
    return harden_cleared()[0] == '\0' && harden_loader() == NULL && getenv("PATH") != NULL ? 0 : 2;
}

static void what_the_environment_could_do(void **state)
{
    (void)state;
    in_child(what_steers_libraries_is_cleared);
    in_child(nothing_is_cleared_that_was_not_there);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_the_environment_could_do),
        cmocka_unit_test(what_it_gives_up),
        cmocka_unit_test(what_it_can_not_give_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
