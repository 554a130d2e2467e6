/* SPDX-License-Identifier: Apache-2.0 */
/* What a hostile module tries from within its helper, as root and as another user: each attack fails,
 * and most of them succeed outside of it, which shows that they are attacks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attacks.h"
#include "tokens/worker/agent.h"

#define SOMEBODY 65534 /* a user without rights */

static long word; /* of the process that is attacked */

struct attempt {
    const struct attack *attack;
    const struct target *target;
};

/* In the helper. */
static int attempt(void *arg, struct tokens **out, struct err *e)
{
    const struct attempt *a = arg;

    *out = NULL;
    return err_set(e, ERR_INPUT, "%s", a->attack->succeeds(a->target) ? "succeeds" : "fails");
}

static bool succeeds_in_a_helper(const struct attack *attack, const struct target *t)
{
    struct attempt a = {attack, t};
    struct tokens *tokens;
    struct err e;

    if (agent_start(attempt, &a, NULL, &tokens, &e) == 0)
        return true; /* it never does */
    /* numbers of i386 end the helper where the kernel does not know them */
    if (e.code != ERR_INPUT && strstr(attack->name, "i386") == NULL) {
        fprintf(stderr, "%s: %s\n", attack->name, e.what);
        return true;
    }
    return strcmp(e.what, "succeeds") == 0;
}

static bool succeeds_outside(const struct attack *attack, const struct target *t)
{
    int status = 0;
    pid_t pid = fork();

    if (pid == 0)
        _exit(attack->succeeds(t) ? 1 : 0);
    return waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 1;
}

/* The process that is attacked; the attacker's own child it is not. */
static pid_t start_victim(void)
{
    int ready[2];
    char c;
    pid_t pid;

    if (pipe(ready) != 0)
        return -1;
    if ((pid = fork()) == 0) {
        word = ATTACK_WORD;
        (void)prctl(PR_SET_DUMPABLE, 1);
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        (void)!write(ready[1], "", 1);
        for (;;)
            pause();
    }
    (void)!read(ready[0], &c, 1);
    close(ready[0]);
    close(ready[1]);
    return pid;
}

/* A session with a terminal of its own, as the ceremony's. */
static bool has_terminal(struct target *t)
{
    int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC), fd;

    if (setsid() < 0 || master < 0 || grantpt(master) != 0 || unlockpt(master) != 0)
        return false;
    snprintf(t->terminal, sizeof t->terminal, "%s", ptsname(master));
    fd = open(t->terminal, O_RDWR | O_CLOEXEC);
    return fd >= 0 && ioctl(fd, TIOCSCTTY, 0) == 0 && dup2(fd, 0) == 0 && dup2(fd, 1) == 1;
}

/* In a process of that user; how many attacks did not do as they should. */
static int attack_all(uid_t user)
{
    struct target t = {0, &word, ""};
    int wrong = 0;

    if (!has_terminal(&t) ||
        (user != geteuid() && (setgroups(0, NULL) != 0 || setresgid(user, user, user) != 0 ||
                               setresuid(user, user, user) != 0)) ||
        prctl(PR_SET_DUMPABLE, 1) != 0 || (t.pid = start_victim()) < 0)
        return 99;
    for (const struct attack *a = attacks; a->name != NULL; a++) {
        if (succeeds_in_a_helper(a, &t)) {
            fprintf(stderr, "as user %u a module %s\n", (unsigned)user, a->name);
            wrong++;
        }
        if (a->for_anybody && !succeeds_outside(a, &t)) {
            fprintf(stderr, "as user %u nobody %s: no attack\n", (unsigned)user, a->name);
            wrong++;
        }
    }
    kill(t.pid, SIGKILL);
    return wrong;
}

static void attack_as(uid_t user)
{
    int status = 0;
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0)
        _exit(attack_all(user));
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void every_attack_fails(void **state)
{
    (void)state;
    attack_as(geteuid());
}

static void every_attack_fails_as_a_user(void **state)
{
    (void)state;
    if (geteuid() == 0) /* else the one before was it */
        attack_as(SOMEBODY);
}

static void *count(void *n)
{
    ++*(int *)n;
    return NULL;
}

/* In the helper: what modules need. */
static int work(void *arg, struct tokens **out, struct err *e)
{
    pthread_t thread;
    int n = 0;

    (void)arg;
    *out = NULL;
    if (pthread_create(&thread, NULL, count, &n) != 0 || pthread_join(thread, NULL) != 0 ||
        raise(SIGURG) != 0 || kill(getpid(), SIGURG) != 0)
        n = -1;
    return err_set(e, ERR_INPUT, "%d", n);
}

static void threads_and_signals_to_itself_work(void **state)
{
    struct tokens *tokens;
    struct err e;

    (void)state;
    assert_int_equal(agent_start(work, NULL, NULL, &tokens, &e), -1);
    assert_string_equal(e.what, "1");
}

static int give_up(void *arg, struct tokens **out, struct err *e)
{
    (void)arg;
    (void)out;
    (void)e;
    abort();
}

static void a_module_that_aborts_is_reported_so(void **state)
{
    struct tokens *tokens;
    struct err e;

    (void)state;
    assert_int_equal(agent_start(give_up, NULL, NULL, &tokens, &e), -1);
    assert_int_equal(e.code, ERR_TOKEN);
    assert_non_null(strstr(e.what, "crashed (signal 6"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_attack_fails),
        cmocka_unit_test(every_attack_fails_as_a_user),
        cmocka_unit_test(threads_and_signals_to_itself_work),
        cmocka_unit_test(a_module_that_aborts_is_reported_so),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
