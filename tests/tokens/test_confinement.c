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
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attacks.h"
#include "tokens/worker/agent.h"
#include "tokens/worker/landlock.h"
#include "tokens/worker/user.h"

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

static int bound(const struct sockaddr_un *a, size_t n, int type)
{
    int fd = socket(AF_UNIX, type, 0);

    return bind(fd, (const struct sockaddr *)a, (socklen_t)n) == 0 &&
                   (type == SOCK_DGRAM || listen(fd, 8) == 0)
               ? fd
               : -1;
}

/* Hands out a socket of the network to whoever connects. */
static void hand_out(int listener)
{
    union {
        struct cmsghdr head;
        char space[CMSG_SPACE(sizeof(int))];
    } control = {.head = {.cmsg_len = CMSG_LEN(sizeof(int)),
                          .cmsg_level = SOL_SOCKET,
                          .cmsg_type = SCM_RIGHTS}};
    char c = 0;
    struct iovec part = {&c, 1};
    struct msghdr m = {.msg_iov = &part,
                       .msg_iovlen = 1,
                       .msg_control = control.space,
                       .msg_controllen = sizeof control.space};
    int to = accept(listener, NULL, NULL), inet = socket(AF_INET, SOCK_STREAM, 0);

    memcpy(CMSG_DATA(&control.head), &inet, sizeof inet);
    (void)sendmsg(to, &m, MSG_NOSIGNAL);
    close(inet);
    close(to);
}

static _Noreturn void be_accomplice(const struct target *t, int ready)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX}, path = a, datagrams = a;
    size_t n = offsetof(struct sockaddr_un, sun_path) + 1 + strlen(t->abstract);
    struct pollfd p[2] = {{.events = POLLIN}, {.events = POLLIN}};

    memcpy(a.sun_path + 1, t->abstract, strlen(t->abstract));
    snprintf(path.sun_path, sizeof path.sun_path, "%s/socket", t->folder);
    snprintf(datagrams.sun_path, sizeof datagrams.sun_path, "%s/datagrams", t->folder);
    p[0].fd = bound(&a, n, SOCK_STREAM);
    p[1].fd = bound(&path, sizeof path, SOCK_STREAM);
    if (p[0].fd < 0 || p[1].fd < 0 || bound(&datagrams, sizeof datagrams, SOCK_DGRAM) < 0)
        _exit(1);
    (void)!write(ready, "", 1);
    while (poll(p, 2, -1) > 0 || errno == EINTR)
        for (size_t i = 0; i < 2; i++)
            if (p[i].revents != 0)
                hand_out(p[i].fd);
    _exit(0);
}

/* The process that is attacked, and helps with some; the attacker's own child it is not. */
static pid_t start_victim(const struct target *t)
{
    int ready[2];
    char c;
    pid_t pid;

    if (pipe(ready) != 0)
        return -1;
    if ((pid = fork()) == 0) {
        word = ATTACK_WORD;
        (void)prctl(PR_SET_DUMPABLE, 1);
        (void)prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY); /* where Yama would refuse it */
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        be_accomplice(t, ready[1]);
    }
    close(ready[1]);
    if (read(ready[0], &c, 1) != 1)
        pid = -1;
    close(ready[0]);
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

static bool has_folder(struct target *t)
{
    char path[128];
    FILE *f;

    strcpy(t->folder, "/tmp/tc-attacked-XXXXXX");
    if (mkdtemp(t->folder) == NULL)
        return false;
    snprintf(t->abstract, sizeof t->abstract, "%s", t->folder);
    snprintf(path, sizeof path, "%s/plan", t->folder);
    f = fopen(path, "we");
    return f != NULL && fclose(f) == 0;
}

static void remove_folder(const struct target *t)
{
    static const char *const names[] = {"plan", "file", "socket", "datagrams", ""};
    char path[128];

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        snprintf(path, sizeof path, "%s/%s", t->folder, names[i]);
        (void)remove(path);
    }
}

static bool becomes(uid_t user)
{
    return (user == geteuid() || (setgroups(0, NULL) == 0 && setresgid(user, user, user) == 0 &&
                                  setresuid(user, user, user) == 0)) &&
           prctl(PR_SET_DUMPABLE, 1) == 0;
}

/* In a process of that user; how many attacks did not do as they should. */
static int attack_all(uid_t user, const struct attack *attacks)
{
    struct target t = {.word = &word};
    int wrong = 0;

    if (!has_terminal(&t) || !becomes(user) || !has_folder(&t) || (t.pid = start_victim(&t)) < 0)
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
    remove_folder(&t);
    return wrong;
}

static void attack_as(uid_t user, const struct attack *attacks)
{
    int status = 0;
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0)
        _exit(attack_all(user, attacks));
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

/* As whoever runs the test, and where that is root as somebody without rights. */
static void attack(const struct attack *attacks)
{
    attack_as(geteuid(), attacks);
    if (geteuid() == 0)
        attack_as(SOMEBODY, attacks);
}

static void no_attack_on_a_process_succeeds(void **state)
{
    (void)state;
    attack(attacks_on_processes);
}

static void no_attack_by_a_socket_succeeds(void **state)
{
    (void)state;
    attack(attacks_by_sockets);
}

static void no_attack_on_a_file_succeeds(void **state)
{
    (void)state;
    if (!landlock_there()) {
        print_message("this kernel has no Landlock (CONFIG_SECURITY_LANDLOCK, lsm=landlock)\n");
        skip();
    }
    attack(attacks_on_files);
}

/* From now on this process, in a mount namespace of its own, sees such a user on the machine. */
static bool has_module_user(void)
{
    char path[] = "/tmp/tc-passwd-XXXXXX", command[128];
    int fd = mkstemp(path);

    if (fd < 0 || unshare(CLONE_NEWNS) != 0 ||
        mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
        return false;
    snprintf(command, sizeof command, "cat /etc/passwd >%s", path);
    if (system(command) != 0 || lseek(fd, 0, SEEK_END) < 0 ||
        dprintf(fd, MODULE_USER ":x:61234:61234::/:/bin/false\n") < 0 || fchmod(fd, 0644) != 0 ||
        mount(path, "/etc/passwd", NULL, MS_BIND, NULL) != 0)
        return false;
    close(fd);
    return unlink(path) == 0 && user_there();
}

static void modules_are_not_root(void **state)
{
    int status = 0;
    pid_t pid;

    (void)state;
    if (!user_is_root()) /* then they are not */
        return;
    pid = fork();
    if (pid == 0)
        _exit(has_module_user() ? attack_all(0, attacks_on_root) : 77);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == 77) {
        print_message("root has no mount namespaces here: no user for modules can be made\n");
        skip();
    }
    assert_int_equal(WEXITSTATUS(status), 0);
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

/* In the helper: takes no notice of anything. */
static int hang(void *self, struct token_list *out, struct err *e)
{
    (void)self;
    (void)out;
    (void)e;
    for (int i = 1; i < NSIG; i++)
        (void)signal(i, SIG_IGN);
    while (pause() < 0)
        continue;
    return 0;
}

static int make_hanging(void *arg, struct tokens **out, struct err *e)
{
    static const struct token_driver driver = {.name = "hanging", .list = hang};

    (void)arg;
    if ((*out = calloc(1, sizeof **out)) == NULL)
        return err_oom(e);
    (*out)->driver = &driver;
    return 0;
}

/* Once the request is on its way. */
static int kill_the_program(void *self, int fd, const struct token_doing *doing)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};

    (void)self;
    return strcmp(doing->now, "looking for tokens") == 0 ? raise(SIGKILL) : poll(&p, 1, -1) - 1;
}

/* The program dies while a module hangs: what is left of it comes to this process, and ends. */
static void no_module_outlives_the_program(void **state)
{
    const struct token_wait wait = {NULL, kill_the_program};
    struct token_list list;
    struct tokens *t;
    struct err e;
    int status, killed = 0;
    pid_t pid;

    (void)state;
    assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
    pid = fork();
    if (pid == 0) {
        if (agent_start(make_hanging, NULL, &wait, &t, &e) == 0)
            (void)t->driver->list(t->self, &list, &e);
        _exit(1);
    }
    alarm(300); /* ends the test that waits in vain */
    while (wait4(-1, &status, 0, NULL) > 0)
        killed += WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
    alarm(0);
    assert_int_equal(errno, ECHILD);
    assert_true(killed >= 2); /* the program and the module; the keeper may have ended before */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_attack_on_a_process_succeeds),
        cmocka_unit_test(no_attack_by_a_socket_succeeds),
        cmocka_unit_test(no_attack_on_a_file_succeeds),
        cmocka_unit_test(modules_are_not_root),
        cmocka_unit_test(threads_and_signals_to_itself_work),
        cmocka_unit_test(a_module_that_aborts_is_reported_so),
        cmocka_unit_test(no_module_outlives_the_program),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
