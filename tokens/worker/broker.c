/* SPDX-License-Identifier: Apache-2.0 */
#include "tokens/worker/broker.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tokens/worker/connector.h"

struct broker {
    pid_t pid;
    int fd;
};

bool broker_allows(const void *address, size_t n)
{
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    sa_family_t family;

    if (n < sizeof family)
        return false;
    memcpy(&family, address, sizeof family);
    if (family == AF_INET && n == sizeof v4) {
        memcpy(&v4, address, sizeof v4);
        return ntohl(v4.sin_addr.s_addr) >> 24 == 127;
    }
    if (family != AF_INET6 || n != sizeof v6)
        return false;
    memcpy(&v6, address, sizeof v6);
    return IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr) ||
           (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr) && v6.sin6_addr.s6_addr[12] == 127);
}

/* Loopback is for helpers, not for the program itself: `self` is its pid. */
static bool allows(const void *self, const void *address, size_t n, pid_t from)
{
    return from != 0 && from != *(const pid_t *)self && broker_allows(address, n);
}

/* What its process does, from its first to its last line. */
static _Noreturn void serve(int fd, pid_t parent)
{
    int none = -1;

    if (connector_confine(&fd, &none, parent) != 0)
        _exit(1);
    while (connector_serve(fd, allows, &parent))
        continue;
    _exit(0);
}

/* Two ends; the kernel tells the second one who sends. */
static int make_pair(int pair[2])
{
    int on = 1;

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
        return -1;
    if (setsockopt(pair[1], SOL_SOCKET, SO_PASSCRED, &on, sizeof on) == 0)
        return 0;
    close(pair[0]);
    close(pair[1]);
    return -1;
}

int broker_start(struct broker **out, struct err *e)
{
    struct broker *b = calloc(1, sizeof *b);
    pid_t parent = getpid();
    int pair[2];

    *out = NULL;
    if (b == NULL)
        return err_oom(e);
    if (make_pair(pair) != 0) {
        free(b);
        return err_system(e, errno, "the broker for connections can't be reached");
    }
    if ((b->pid = fork()) == 0)
        serve(pair[1], parent);
    close(pair[1]);
    b->fd = pair[0];
    if (b->pid > 0) {
        *out = b;
        return 0;
    }
    err_system(e, errno, "the broker for connections can't be started");
    close(pair[0]);
    free(b);
    return -1;
}

void broker_free(struct broker *b)
{
    if (b == NULL)
        return;
    close(b->fd);
    kill(b->pid, SIGKILL);
    while (waitpid(b->pid, NULL, 0) < 0 && errno == EINTR)
        continue;
    free(b);
}

int broker_channel(const struct broker *b, int *out, struct err *e)
{
    *out = fcntl(b->fd, F_DUPFD_CLOEXEC, 0);
    return *out >= 0 ? 0 : err_system(e, errno, "a channel to the broker can't be made");
}
