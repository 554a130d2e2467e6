/* SPDX-License-Identifier: Apache-2.0 */
#undef _GNU_SOURCE /* with it connect() takes a union */
#define _DEFAULT_SOURCE

#include "tokens/worker/network.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

/* socket() and connect() know no handle: this file has two variables. */
static int local = -1, network = -1;

void network_use(int to_local, int to_network)
{
    local = to_local;
    network = to_network;
}

int socket(int domain, int type, int protocol)
{
    if (network >= 0 && (domain == AF_INET || domain == AF_INET6) &&
        (type & ~(SOCK_NONBLOCK | SOCK_CLOEXEC)) == SOCK_STREAM)
        return (int)syscall(SYS_socket, AF_UNIX, type, 0);
    return (int)syscall(SYS_socket, domain, type, protocol);
}

/* The broker's answer: a connected socket, or -1 and errno. */
static int receive(int channel)
{
    union {
        struct cmsghdr head;
        char space[CMSG_SPACE(sizeof(int))];
    } control = {.space = {0}};
    int why = EACCES, fd = -1;
    struct iovec part = {&why, sizeof why};
    struct msghdr m = {.msg_iov = &part,
                       .msg_iovlen = 1,
                       .msg_control = control.space,
                       .msg_controllen = sizeof control.space};
    const struct cmsghdr *c;
    ssize_t n;

    while ((n = recvmsg(channel, &m, MSG_CMSG_CLOEXEC)) < 0 && errno == EINTR)
        continue;
    c = n == (ssize_t)sizeof why ? CMSG_FIRSTHDR(&m) : NULL;
    if (c != NULL && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS &&
        c->cmsg_len == CMSG_LEN(sizeof fd))
        memcpy(&fd, CMSG_DATA(c), sizeof fd);
    if (fd < 0)
        errno = n == (ssize_t)sizeof why && why != 0 ? why : EACCES;
    return fd;
}

/* Puts the connected socket in the place of the one that was asked for, with its flags. */
static int swap_in(int connected, int fd)
{
    int status = fcntl(fd, F_GETFL), kept = fcntl(fd, F_GETFD);

    if (status < 0 || kept < 0 || dup2(connected, fd) < 0 || fcntl(fd, F_SETFD, kept) < 0 ||
        fcntl(fd, F_SETFL, status) < 0) {
        close(connected);
        return -1;
    }
    close(connected);
    return 0;
}

static int channel_for(sa_family_t family)
{
    if (family == AF_UNIX)
        return local;
    return family == AF_INET || family == AF_INET6 ? network : -1;
}

int connect(int fd, const struct sockaddr *address, socklen_t n)
{
    int connected, channel = -1;

    if (address != NULL && n >= sizeof address->sa_family)
        channel = channel_for(address->sa_family);
    if (channel < 0)
        return (int)syscall(SYS_connect, fd, address, n);
    if (send(channel, address, n, MSG_NOSIGNAL) != (ssize_t)n) {
        errno = EACCES;
        return -1;
    }
    return (connected = receive(channel)) < 0 ? -1 : swap_in(connected, fd);
}
