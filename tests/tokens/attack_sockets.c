/* SPDX-License-Identifier: Apache-2.0 */
#include "attacks.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

static socklen_t path_address(const struct target *t, const char *name, struct sockaddr_un *a)
{
    *a = (struct sockaddr_un){.sun_family = AF_UNIX};
    snprintf(a->sun_path, sizeof a->sun_path, "%s/%s", t->folder, name);
    return sizeof *a;
}

static socklen_t abstract_address(const struct target *t, struct sockaddr_un *a)
{
    size_t n = strlen(t->abstract);

    *a = (struct sockaddr_un){.sun_family = AF_UNIX};
    memcpy(a->sun_path + 1, t->abstract, n);
    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + n);
}

/* With libc's connect(), which asks for a connection, and past it. */
static int connected(const struct sockaddr_un *a, socklen_t n)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return -1;
    if (connect(fd, (const struct sockaddr *)a, n) == 0 || syscall(SYS_connect, fd, a, n) == 0)
        return fd;
    close(fd);
    return -1;
}

/* The accomplice sends one of the network. */
static bool gets_an_inet_socket(int fd)
{
    union {
        struct cmsghdr head;
        char space[CMSG_SPACE(sizeof(int))];
    } control = {.space = {0}};
    char c;
    struct iovec part = {&c, 1};
    struct msghdr m = {.msg_iov = &part,
                       .msg_iovlen = 1,
                       .msg_control = control.space,
                       .msg_controllen = sizeof control.space};

    return fd >= 0 && recvmsg(fd, &m, 0) == 1 && CMSG_FIRSTHDR(&m) != NULL;
}

static bool connects_to_a_path(const struct target *t)
{
    struct sockaddr_un a;
    socklen_t n = path_address(t, "socket", &a);

    return gets_an_inet_socket(connected(&a, n));
}

static bool connects_to_an_abstract_address(const struct target *t)
{
    struct sockaddr_un a;
    socklen_t n = abstract_address(t, &a);

    return gets_an_inet_socket(connected(&a, n));
}

/* Datagrams go without connect(). The accomplice does not listen for them: that nobody does is
 * another error than that nothing may be sent. */
static bool sends_a_datagram(const struct target *t)
{
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), pair[2] = {-1, -1};
    struct sockaddr_un a;
    socklen_t n = path_address(t, "datagrams", &a);

    (void)socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, pair);
    return sendto(fd, "", 1, 0, (struct sockaddr *)&a, n) == 1 ||
           sendto(pair[0], "", 1, 0, (struct sockaddr *)&a, n) == 1;
}

static bool listens(const struct target *t)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_un a = {.sun_family = AF_UNIX};

    (void)t;
    return bind(fd, (struct sockaddr *)&a, sizeof a.sun_family) == 0 && listen(fd, 1) == 0;
}

const struct attack attacks_by_sockets[] = {
    {"gets a socket of the network by a path", connects_to_a_path, true},
    {"gets a socket of the network by an abstract address", connects_to_an_abstract_address, true},
    {"sends a datagram", sends_a_datagram, true},
    {"listens", listens, true},
    {NULL, NULL, false},
};
