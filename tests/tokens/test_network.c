/* SPDX-License-Identifier: Apache-2.0 */
/* What a module's helper can reach: nothing, or this machine itself; the program itself never. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tokens/worker/agent.h"
#include <netinet/in.h>

#include "tokens/worker/broker.h"
#include "tokens/worker/network.h"
#include "tokens/worker/sandbox.h"

/* One thing that a module tries. */
struct trial {
    const char *address;
    int port, how;
};

/* Gives connections one byte each, on all IPv4 addresses of this machine or on ::1. */
struct server {
    pid_t pid;
    int port;
};

static int listener(int family, int *port)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    socklen_t n = family == AF_INET ? sizeof v4 : sizeof v6;
    int fd = (int)syscall(SYS_socket, family, SOCK_STREAM, 0);

    v4.sin_addr.s_addr = htonl(INADDR_ANY);
    if (fd < 0 ||
        bind(fd, family == AF_INET ? (struct sockaddr *)&v4 : (struct sockaddr *)&v6, n) != 0 ||
        listen(fd, 8) != 0 ||
        getsockname(fd, family == AF_INET ? (struct sockaddr *)&v4 : (struct sockaddr *)&v6, &n) !=
            0)
        return -1;
    *port = ntohs(family == AF_INET ? v4.sin_port : v6.sin6_port);
    return fd;
}

static bool serve(int family, struct server *s)
{
    int fd = listener(family, &s->port);

    if (fd < 0)
        return false;
    s->pid = fork();
    assert_true(s->pid >= 0);
    if (s->pid == 0)
        for (;;) {
            int one = accept(fd, NULL, NULL);

            if (one < 0 || write(one, "!", 1) != 1)
                _exit(1);
            close(one);
        }
    close(fd);
    return true;
}

static void stop(const struct server *s)
{
    assert_int_equal(kill(s->pid, SIGKILL), 0);
    assert_int_equal(waitpid(s->pid, NULL, 0), s->pid);
}

/* In the agent's child: loads the library, tries, and says in an error what came of it. */
static int probe(void *arg, struct tokens **out, struct err *e)
{
    const struct trial *t = arg;
    void *dl = dlopen(NET_MODULE_PATH, RTLD_NOW | RTLD_LOCAL);
    int (*reach)(const char *, int, int) = NULL;

    *out = NULL;
    if (dl != NULL)
        *(void **)&reach = dlsym(dl, "net_reach");
    return err_set(e, ERR_INPUT, "%d", reach != NULL ? reach(t->address, t->port, t->how) : -9999);
}

static int start(struct trial *t, int channel, struct tokens **out, struct err *e)
{
    const struct agent_job job = {
        .make = probe, .arg = t, .module = NET_MODULE_PATH, .channel = channel};

    return agent_start_job(&job, NULL, out, e);
}

/* The byte that was read, or minus errno. A new agent each time; without a broker it has no channel.
 */
static int reach(const struct broker *b, const char *address, int port, int how)
{
    struct trial t = {address, port, how};
    struct tokens *tokens;
    struct err e;
    int channel = -1, got;

    if (b != NULL)
        assert_int_equal(broker_channel(b, &channel, &e), 0);
    assert_int_equal(start(&t, channel, &tokens, &e), -1);
    assert_int_equal(e.code, ERR_INPUT);
    assert_int_equal(sscanf(e.what, "%d", &got), 1);
    return got;
}

static void without_a_channel_nothing_is_reached(void **state)
{
    struct server s;

    (void)state;
    assert_true(serve(AF_INET, &s));
    for (int how = 0; how < 3; how++) {
        assert_int_equal(reach(NULL, "127.0.0.1", s.port, how), -EACCES);
        assert_int_equal(reach(NULL, "::1", s.port, how), -EACCES);
    }
    stop(&s);
}

static void loopback_is_loopback(void **state)
{
    struct server s, six;
    struct broker *b;
    struct err e;

    (void)state;
    assert_true(serve(AF_INET, &s));
    assert_int_equal(broker_start(&b, &e), 0);
    assert_int_equal(reach(b, "127.0.0.1", s.port, 0), '!');
    assert_int_equal(reach(b, "127.1.2.3", s.port, 0), '!');
    assert_int_equal(reach(b, "::ffff:127.0.0.1", s.port, 0), '!');
    assert_int_equal(reach(b, "127.0.0.1", 1, 0), -ECONNREFUSED);
    /* nothing else, though the server listens there too */
    assert_int_equal(reach(b, "0.0.0.0", s.port, 0), -EACCES);
    assert_int_equal(reach(b, "192.0.2.1", s.port, 0), -EACCES);
    assert_int_equal(reach(b, "128.0.0.1", s.port, 0), -EACCES);
    assert_int_equal(reach(b, "::", s.port, 0), -EACCES);
    assert_int_equal(reach(b, "::ffff:192.0.2.1", s.port, 0), -EACCES);
    assert_int_equal(reach(b, "fe80::1", s.port, 0), -EACCES);
    /* no other kind of socket, and no way past the broker */
    assert_int_equal(reach(b, "127.0.0.1", s.port, 1), -EACCES);
    assert_int_equal(reach(b, "127.0.0.1", s.port, 2), -EACCES);
    /* a second module gets nothing by the first one's */
    assert_int_equal(reach(NULL, "127.0.0.1", s.port, 0), -EACCES);
    if (serve(AF_INET6, &six)) {
        assert_int_equal(reach(b, "::1", six.port, 0), '!');
        stop(&six);
    }
    broker_free(b);
    stop(&s);
}

/* An address as connect() takes it; its size. */
static size_t address_of(const char *text, struct sockaddr_storage *out)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};

    memset(out, 0, sizeof *out);
    if (inet_pton(AF_INET, text, &v4.sin_addr) == 1) {
        memcpy(out, &v4, sizeof v4);
        return sizeof v4;
    }
    assert_int_equal(inet_pton(AF_INET6, text, &v6.sin6_addr), 1);
    memcpy(out, &v6, sizeof v6);
    return sizeof v6;
}

/* Every form in which an address is written. */
static void forms_of_an_address(void **state)
{
    static const struct {
        const char *address;
        bool passes;
    } rows[] = {
        {"127.0.0.1", true},
        {"127.255.255.255", true},
        {"::1", true},
        {"::ffff:127.9.9.9", true},
        {"126.255.255.255", false},
        {"128.0.0.0", false},
        {"192.0.2.7", false},
        {"0.0.0.0", false}, /* which is this machine, by another name */
        {"::", false},
        {"::ffff:0.0.0.0", false},
        {"::ffff:192.0.2.7", false},
        {"::127.0.0.1", false}, /* the old form without ffff is no IPv4 */
        {"64:ff9b::127.0.0.1", false},
        {"2001:db8::1", false},
        {"::2", false},
        {"7f00::1", false},
    };
    struct sockaddr_storage a;

    (void)state;
    assert_false(broker_allows("", 0));
    assert_false(broker_allows("\x02\x00\x00", 3));
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        size_t n = address_of(rows[i].address, &a);

        if (broker_allows(&a, n) != rows[i].passes)
            fail_msg("%s", rows[i].address);
        /* a family with the other one's size, or half an address, is none */
        assert_false(broker_allows(&a, n - 1));
        assert_false(broker_allows(&a, n + 1));
        a.ss_family = a.ss_family == AF_INET ? AF_INET6 : AF_INET;
        assert_false(broker_allows(&a, n));
        a.ss_family = AF_UNIX;
        assert_false(broker_allows(&a, n));
        a.ss_family = AF_UNSPEC;
        assert_false(broker_allows(&a, n));
    }
}

/* Asks on the channel: the answer's errno; a descriptor never comes. */
static int ask(int channel, const void *p, size_t n)
{
    char control[256];
    int why = -1;
    struct iovec part = {&why, sizeof why};
    struct msghdr m = {.msg_iov = &part,
                       .msg_iovlen = 1,
                       .msg_control = control,
                       .msg_controllen = sizeof control};

    assert_int_equal(send(channel, p, n, MSG_NOSIGNAL), (ssize_t)n);
    assert_int_equal(recvmsg(channel, &m, 0), (ssize_t)sizeof why);
    assert_null(CMSG_FIRSTHDR(&m));
    return why;
}

/* The program holds the channel's end, for its helpers; it gets nothing by it. */
static void the_program_itself_never(void **state)
{
    struct sockaddr_in a = {.sin_family = AF_INET};
    struct sockaddr_storage garbage;
    struct broker *b;
    struct server s;
    struct err e;
    int channel;

    (void)state;
    memset(&garbage, 0xA5, sizeof garbage);
    assert_true(serve(AF_INET, &s));
    assert_int_equal(broker_start(&b, &e), 0);
    assert_int_equal(broker_channel(b, &channel, &e), 0);
    a.sin_port = htons((uint16_t)s.port);
    a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(ask(channel, &a, sizeof a), EACCES);
    assert_int_equal(ask(channel, &garbage, sizeof garbage), EACCES);
    assert_int_equal(ask(channel, "x", 1), EACCES);
    close(channel);
    assert_int_equal(reach(b, "127.0.0.1", s.port, 0), '!'); /* it lives */
    broker_free(b);
    stop(&s);
}

/* A broker that is gone: an error, no hang. */
static void a_broker_that_is_gone(void **state)
{
    struct trial t = {"127.0.0.1", 1, 0};
    struct tokens *tokens;
    struct broker *b;
    struct err e;
    int channel;

    (void)state;
    assert_int_equal(broker_start(&b, &e), 0);
    assert_int_equal(broker_channel(b, &channel, &e), 0);
    broker_free(b);
    assert_int_equal(start(&t, channel, &tokens, &e), -1);
    assert_string_equal(e.what, "-13");
}

/* No descriptor is left: an error that says so, no broker that serves nobody, no descriptor lost.
 */
static void no_descriptors_left(void **state)
{
    struct rlimit before, none;
    struct broker *b, *other;
    struct err e;
    int channel = -1;

    (void)state;
    assert_int_equal(broker_start(&b, &e), 0);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    none = (struct rlimit){0, before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    assert_int_equal(broker_start(&other, &e), -1);
    assert_null(other);
    assert_int_equal(e.code, ERR_IO);
    assert_non_null(strstr(e.what, "the broker for connections can't be reached"));
    assert_int_equal(broker_channel(b, &channel, &e), -1);
    assert_int_equal(e.code, ERR_IO);
    assert_non_null(strstr(e.what, "a channel to the broker can't be made"));
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_int_equal(broker_channel(b, &channel, &e), 0); /* it goes on */
    close(channel);
    broker_free(b);
    broker_free(NULL);
}

/* Shut in as the program is: the broker, started before, still serves its helpers. */
static void the_sandbox_of_the_program_holds(void **state)
{
    struct server s;
    struct broker *b;
    struct err e;
    int status;
    pid_t pid;

    (void)state;
    assert_true(serve(AF_INET, &s));
    pid = fork();
    if (pid == 0) {
        struct trial t = {"127.0.0.1", s.port, 0};
        struct tokens *tokens;
        int channel;

        if (broker_start(&b, &e) != 0 || sandbox_no_network(&e) != 0 ||
            socket(AF_INET, SOCK_STREAM, 0) >= 0 || errno != EACCES ||
            broker_channel(b, &channel, &e) != 0)
            _exit(1);
        (void)start(&t, channel, &tokens, &e);
        broker_free(b);
        _exit(strcmp(e.what, "33") == 0 ? 0 : 2);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    stop(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_channel_nothing_is_reached),
        cmocka_unit_test(loopback_is_loopback),
        cmocka_unit_test(forms_of_an_address),
        cmocka_unit_test(the_program_itself_never),
        cmocka_unit_test(a_broker_that_is_gone),
        cmocka_unit_test(no_descriptors_left),
        cmocka_unit_test(the_sandbox_of_the_program_holds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
